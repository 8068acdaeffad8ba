use proptest::prelude::*;

use super::*;
use crate::clock::Timestamp;
use crate::record::{Body, Captured, CapturedFailure, FailureContext, Span};

fn submitted(payload: &[u8]) -> DlqRecord {
    with_headers(&[], payload)
}

fn with_headers(headers: &[(&[u8], Option<&[u8]>)], payload: &[u8]) -> DlqRecord {
    let content =
        Content::pack(headers.iter().copied(), Body::Present(b"key"), Body::Present(payload)).unwrap();
    let captured = Captured { content: Some(content), ..Captured::default() };
    DlqRecord::new(captured, Timestamp::from_millis(0))
}

fn payload_of(record: &DlqRecord) -> Vec<u8> {
    record.captured.content.as_ref().and_then(|content| content.payload().bytes()).unwrap().to_vec()
}

fn fields(paths: &[&str]) -> MaskingBuilder {
    paths.iter().fold(Masking::builder(), |masking, path| masking.field(*path))
}

/// The payload after masking.
fn masked(masking: MaskingBuilder, payload: &[u8]) -> Vec<u8> {
    let record = submitted(payload);
    payload_of(&masking.build().unwrap().before_record(&record).unwrap_or(record))
}

#[track_caller]
fn becomes(paths: &[&str], before: &str, after: &str) {
    let masked = masked(fields(paths), before.as_bytes());
    assert_eq!(String::from_utf8_lossy(&masked), after);
}

#[test]
fn named_values_are_replaced_wherever_the_path_leads() {
    becomes(
        &["card.number"],
        r#"{"card": {"number": 4000 , "year": 30}}"#,
        r#"{"card": {"number": "***" , "year": 30}}"#,
    );
    becomes(&["a"], r#"{"a":{"b":[1]},"b":null}"#, r#"{"a":"***","b":null}"#);
    becomes(&["*.a", "b"], r#"[{"a":1,"b":2},{"a":[]}]"#, r#"[{"a":"***","b":2},{"a":"***"}]"#);
    becomes(&["*.*"], r#"{"x":[1,{"y":2}],"z":3}"#, r#"{"x":["***","***"],"z":3}"#);
    becomes(
        &["a.b.c"],
        r#"{"a.b":{"c":1},"a":{"b.c":2,"b":3}}"#,
        r#"{"a.b":{"c":"***"},"a":{"b.c":"***","b":3}}"#,
    );
}

#[test]
fn neither_escapes_nor_duplicates_hide_a_value() {
    becomes(&["email"], r#"{"em\u0061il":"x","email":"y"}"#, r#"{"em\u0061il":"***","email":"***"}"#);
}

#[test]
fn where_nothing_is_named_nothing_changes() {
    let masking = fields(&["a.b"]).header("h").build().unwrap();
    for payload in [r#"{"a":1,"b":{"a":{"b":1}}}"#, "[]", "12", r#""a""#, r#"{"":{"":1}}"#] {
        assert!(masking.before_record(&submitted(payload.as_bytes())).is_none(), "{payload}");
    }
}

#[test]
fn what_begins_as_json_and_cannot_be_read_is_masked_whole() {
    let lenient = || fields(&["a"]).not_json(NotJson::Leave);
    for broken in [
        r#"{"a":"x""#,
        r#"{"a":"x"} y"#,
        r#" [{"a":1},]"#,
        r#"{"\ud800":1,"a":"x"}"#,
        "{\"a\":\"\u{1}\"}",
        "\u{feff}{",
    ] {
        assert_eq!(masked(lenient(), broken.as_bytes()), b"***", "{broken}");
    }
    assert_eq!(masked(lenient(), b"{\"a\":\"\xff\"}"), b"***");
}

#[test]
fn what_is_no_json_is_masked_whole_or_left_as_told() {
    for payload in [b"a=x".as_slice(), b"\0\0\0\0\x01\x02avro", b"\xff\xfe{"] {
        assert_eq!(masked(fields(&["a"]), payload), b"***");
        assert_eq!(masked(fields(&["a"]).not_json(NotJson::Leave), payload), payload);
        assert_eq!(masked(Masking::builder().header("h"), payload), payload, "no field is named");
    }
    assert_eq!(masked(fields(&["a"]), b""), b"");
}

#[test]
fn frames_of_schema_registries_and_byte_order_marks_stay() {
    for frame in [b"\0\0\0\0\x07".as_slice(), b"\xef\xbb\xbf", b"\r\n "] {
        let framed = |document: &[u8]| [frame, document].concat();
        assert_eq!(masked(fields(&["a"]), &framed(br#"{"a":1}"#)), framed(br#"{"a":"***"}"#));
    }
}

#[test]
fn headers_of_the_name_are_replaced_and_texts_of_the_failure_stay_where_they_point() {
    let token = [b"Bearer 1234567890".as_slice(), &[b'x'; 200]].concat();
    let headers: [(&[u8], Option<&[u8]>); 6] = [
        (b"class", Some(b"java.io.IOException")),
        (b"Authorization", Some(&token)),
        (b"authorization", None),
        (b"AUTHORIZATION", Some(b"")),
        (b"authorization", Some(b"x")),
        (b"trace", Some(b"at app.Main")),
    ];
    let mut record = with_headers(&headers, br#"{"a":"secret","b":1}"#);
    let captured = std::sync::Arc::get_mut(&mut record.captured).unwrap();
    let content = captured.content.clone().unwrap();
    let content = content.repacked(content.key(), content.payload(), b"the aside").unwrap();
    let at = |name: &[u8]| content.headers().first(name).map(|header| header.span);
    let within = at(b"Authorization").map(|span| Span::new(span.start() + 7, 4));
    let payload = edit::payload_range(&content);
    let payload = Span::new(u32::try_from(payload.start).unwrap(), u32::try_from(payload.len()).unwrap());
    let context = FailureContext { stage: within, component: Some(payload), attempts: None };
    captured.failure = CapturedFailure {
        class: at(b"class"),
        stack_trace: at(b"trace"),
        message: Some(content.aside()),
        context: context.kept(),
        ..CapturedFailure::default()
    };
    captured.content = Some(content);

    let masking = fields(&["a"]).header("authorization").mask("hidden").build().unwrap();
    let masked = masking.before_record(&record).unwrap();
    assert_eq!(masked.id, record.id);
    let (content, failure) = (masked.captured.content.clone().unwrap(), &masked.captured.failure);
    assert_eq!(Content::from_block(content.block().clone()), Ok(content.clone()));
    let values: Vec<_> = content.headers().map(|header| header.value).collect();
    let hidden = Some(b"hidden".as_slice());
    assert_eq!(values, [headers[0].1, hidden, None, Some(b"".as_slice()), hidden, headers[5].1]);
    assert_eq!(content.key(), Body::Present(b"key"));
    let text = |span: Option<Span>| content.text(span.unwrap()).into_owned();
    assert_eq!(text(failure.class), "java.io.IOException");
    assert_eq!(text(failure.stack_trace), "at app.Main");
    assert_eq!(text(failure.message), "the aside");
    assert_eq!(text(failure.context().stage), "hidden", "what stood within what is masked is masked");
    assert_eq!(text(failure.context().component), r#"{"a":"hidden","b":1}"#);
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    let refusal = |masking: MaskingBuilder| masking.build().unwrap_err().to_string();
    for path in ["", "a..b", ".a", "a."] {
        assert!(refusal(fields(&[path])).starts_with(&format!("field = {path:?}: allowed: names")));
    }
    assert_eq!(refusal(Masking::builder().header("")), "header = \"\": allowed: a name that is not empty");
    assert_eq!(refusal(Masking::builder().mask("")), "mask = \"\": allowed: 1 to 64 bytes");
    assert!(Masking::builder().mask("\"\\\n").build().is_ok());
}

/// A JSON document as it is written: with its white space, its escapes and its duplicates.
#[derive(Clone, Debug)]
enum Json {
    Scalar(String),
    Array(Vec<Self>),
    Object(Vec<(Name, Self)>),
}

#[derive(Clone, Debug)]
struct Name {
    text: String,
    escaped: bool,
}

/// Names with dots, wildcards and empty ones among them.
fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "ab", "a.b", "*", "", "é", "c\"d"]).prop_map(str::to_owned)
}

fn document() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        any::<u32>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        prop::sample::select(vec!["null", "true", "-0.5E+9", r#""\ud83d\uDE00 \ud800""#])
            .prop_map(str::to_owned),
    ];
    scalar.prop_map(Json::Scalar).prop_recursive(5, 60, 5, |inner| {
        let name = (name(), any::<bool>()).prop_map(|(text, escaped)| Name { text, escaped });
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::Array),
            prop::collection::vec((name, inner), 0..5).prop_map(Json::Object),
        ]
    })
}

fn paths() -> impl Strategy<Value = Vec<Vec<String>>> {
    let segment = prop::sample::select(vec!["a", "b", "ab", "*", "é", "c\"d"]).prop_map(str::to_owned);
    prop::collection::vec(prop::collection::vec(segment, 1..4), 1..4)
}

impl Name {
    fn written(&self) -> String {
        if !self.escaped {
            return serde_json::to_string(&self.text).unwrap();
        }
        let escapes: String = self.text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        format!("\"{escapes}\"")
    }
}

/// The paths that go on below a member of this name, or below an element.
fn below(paths: &[Vec<String>], name: Option<&str>) -> Vec<Vec<String>> {
    let mut below = Vec::new();
    for path in paths {
        if path[0] == "*" {
            below.push(path[1..].to_vec());
        }
        let parts: Vec<_> = name.into_iter().flat_map(|name| name.split('.')).map(str::to_owned).collect();
        if !parts.is_empty() && path.starts_with(&parts) {
            below.push(path[parts.len()..].to_vec());
        }
    }
    below
}

/// How the document is written, and how it should be once what is at these paths is masked.
fn written(json: &Json, paths: &[Vec<String>]) -> (String, String) {
    if paths.iter().any(Vec::is_empty) {
        return (written(json, &[]).0, "\"***\"".to_owned());
    }
    let (mut before, mut after) = (String::new(), String::new());
    let mut both = |(one, other): (String, String)| {
        before += &one;
        after += &other;
    };
    let same = |text: String| (text.clone(), text);
    match json {
        Json::Scalar(text) => both(same(text.clone())),
        Json::Array(elements) => {
            both(same("[ ".into()));
            for (at, element) in elements.iter().enumerate() {
                both(same(if at > 0 { " ,\n" } else { "" }.into()));
                both(written(element, &below(paths, None)));
            }
            both(same("]".into()));
        }
        Json::Object(members) => {
            both(same("{".into()));
            for (at, (name, value)) in members.iter().enumerate() {
                both(same(format!("{}{}\t: ", if at > 0 { ", " } else { "" }, name.written())));
                both(written(value, &below(paths, Some(&name.text))));
            }
            both(same(" }".into()));
        }
    }
    (before, after)
}

proptest! {
    #[test]
    fn in_any_document_what_is_named_is_masked_and_all_else_stays_byte_for_byte(
        json in document(), paths in paths(),
    ) {
        let (before, after) = written(&json, &paths);
        let joined: Vec<_> = paths.iter().map(|path| path.join(".")).collect();
        let joined: Vec<_> = joined.iter().map(String::as_str).collect();
        let masked = masked(fields(&joined), before.as_bytes());
        prop_assert_eq!(String::from_utf8(masked).unwrap(), after);
    }

    #[test]
    fn whatever_the_bytes_a_named_value_never_remains(
        head in prop::collection::vec(any::<u8>(), 0..6), tail in prop::collection::vec(any::<u8>(), 0..6), cut in 0_usize..40,
    ) {
        let mut payload = [head.as_slice(), br#"{"x":[1],"a":"0123456789secret"}"#, &tail].concat();
        payload.truncate(payload.len() - cut.min(payload.len()));
        let masked = masked(fields(&["a"]), &payload);
        let leaks = masked.windows(6).any(|window| window == b"secret");
        prop_assert!(!leaks, "{}", String::from_utf8_lossy(&masked));
    }
}
