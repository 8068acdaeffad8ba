package dlq.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** A letter as text that a person can read, and from which every byte of it can be had back. */
final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    static String letter(String about, ConsumerRecord<byte[], byte[]> letter, Truth truth) throws JsonProcessingException {
        List<String> headers = new ArrayList<>();
        for (Header header : letter.headers()) {
            headers.add("    { \"name\": " + quoted(header.key()) + ", " + value(header.value()) + " }");
        }
        List<String> expect = new ArrayList<>();
        for (var part : truth.parts().entrySet()) {
            expect.add("    " + quoted(part.getKey()) + ": " + quoted(part.getValue()));
        }
        return "{\n  \"about\": " + quoted(about)
                + ",\n  \"topic\": " + quoted(letter.topic())
                + ",\n  \"partition\": " + letter.partition()
                + ",\n  \"offset\": " + letter.offset()
                + ",\n  \"timestamp\": " + letter.timestamp()
                + ",\n  \"key\": { " + value(letter.key())
                + " },\n  \"payload\": { " + value(letter.value())
                + " },\n  \"headers\": [" + (headers.isEmpty() ? "" : "\n" + String.join(",\n", headers) + "\n  ")
                + "],\n  \"expect\": {\n" + String.join(",\n", expect) + "\n  }\n}\n";
    }

    /** A value as null, text, lines of text, or hex. */
    private static String value(byte[] bytes) throws JsonProcessingException {
        if (bytes == null) {
            return "\"null\": true";
        }
        String text = printable(bytes);
        if (text == null) {
            return "\"hex\": " + quoted(HexFormat.of().formatHex(bytes));
        }
        if (!text.contains("\n")) {
            return "\"text\": " + quoted(text);
        }
        List<String> lines = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            lines.add("        " + quoted(line));
        }
        return "\"lines\": [\n" + lines.stream().collect(Collectors.joining(",\n")) + "\n      ]";
    }

    private static String printable(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            boolean odd = text.chars().anyMatch(c -> Character.isISOControl(c) && "\t\r\n".indexOf(c) < 0);
            return odd ? null : text;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static String quoted(Object value) throws JsonProcessingException {
        return MAPPER.writeValueAsString(value);
    }
}
