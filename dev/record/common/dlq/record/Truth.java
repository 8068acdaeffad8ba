package dlq.record;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is true of a letter, known from what the program did and not from what the letter says. */
public final class Truth {
    private final List<String> dialects;
    private final List<Map<String, Object>> hops = new ArrayList<>();
    private final Map<String, Object> failure = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();
    private boolean missing;

    private Truth(List<String> dialects) {
        this.dialects = dialects;
        for (String part : List.of("class", "root_class", "message", "frame", "stage", "component", "attempts")) {
            failure.put(part, null);
        }
    }

    /** Of a letter that these frameworks wrote. */
    public static Truth of(String... dialects) {
        return new Truth(List.of(dialects));
    }

    /** It failed there, read by {@code group}; the first failure first, as far as any header tells. */
    public Truth hop(String dialect, Place place, String group) {
        Map<String, Object> hop = new LinkedHashMap<>();
        hop.put("topic", place.topic());
        hop.put("partition", place.partition() < 0 ? null : place.partition());
        hop.put("offset", place.offset() < 0 ? null : place.offset());
        hop.put("timestamp", place.timestamp());
        hop.put("consumer_group", group);
        hop.put("dialect", dialect);
        hops.add(hop);
        return this;
    }

    /** It failed with what was {@code caught}, of which the exception of class {@code told} tells most. */
    public Truth failed(Throwable caught, Class<? extends Throwable> told) {
        Throwable telling = null;
        Throwable root = caught;
        for (Throwable at = caught; at != null; at = at.getCause()) {
            telling = telling == null && at.getClass() == told ? at : telling;
            root = at;
        }
        if (telling == null) {
            throw new IllegalStateException("not failed with " + told, caught);
        }
        return failed(telling.getClass().getName(), root.getClass().getName(), telling.getMessage(), frame(root));
    }

    public Truth failed(String told, String root, String message, String frame) {
        failure.put("class", told);
        failure.put("root_class", root);
        failure.put("message", message);
        failure.put("frame", frame);
        return this;
    }

    public Truth message(String message) {
        failure.put("message", message);
        return this;
    }

    public Truth attempts(int attempts) {
        failure.put("attempts", attempts);
        return this;
    }

    public Truth stage(String stage, String component) {
        failure.put("stage", stage);
        failure.put("component", component);
        return this;
    }

    public Truth warning(String warning) {
        warnings.add(warning);
        return this;
    }

    /** Key and value are not in the letter, which only points at its source. */
    public Truth missing() {
        missing = true;
        return this;
    }

    Map<String, Object> parts() {
        Map<String, Object> parts = new LinkedHashMap<>();
        parts.put("dialects", dialects);
        parts.put("hops", hops);
        parts.put("failure", failure);
        parts.put("warnings", warnings);
        if (missing) {
            parts.put("missing", true);
        }
        return parts;
    }

    /** The first frame of the application, without the numbers that compilers draw anew. */
    private static String frame(Throwable root) {
        return Arrays.stream(root.getStackTrace())
                .filter(frame -> frame.getClassName().startsWith("com.acme."))
                .map(frame -> frame.getClassName() + "." + frame.getMethodName().replaceFirst("\\$\\d+$", ""))
                .findFirst().orElse(null);
    }
}
