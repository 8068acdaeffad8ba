use std::borrow::Cow;

use proptest::prelude::*;

use super::{Fingerprint, FingerprintInput, normalise};

const INPUT: FingerprintInput<'static> = FingerprintInput {
    topic: "orders",
    root_class: Some("java.io.IOException"),
    frame: Some("com.acme.Stock.read"),
    message: Some("item 17 is gone"),
    stage: Some("TASK_PUT"),
};

#[test]
fn variable_parts_are_taken_out() {
    let table = [
        ("Order 4711 not found", "Order # not found"),
        ("took -12 ms, x=-1.5e (2,000.50)", "took # ms, x=#e (#)"),
        ("id 3f2a1b4c-1234-5678-9abc-def012345678!", "id #!"),
        ("error occurred [Listeners$Handler@77743c7a]; boom", "error occurred [Listeners$Handler@#]; boom"),
        ("at 0xdeadbeef, sha a94a8fe5ccb1", "at #, sha #"),
        ("deadline faced in a cafe", "deadline faced in a cafe"),
        ("no field 'it''s' or \"a \\\" b\" in `t`", "no field '''' or \"\" in ``"),
        ("can't read the users' file 'a.txt'", "can't read the users' file ''"),
        ("mail to jo.doe+7@mail.example.com. Bounced", "mail to #@#. Bounced"),
        ("2024-01-15T10:20:30.123Z and 2024-01-15 10:20:30,123", "#T#Z and # #"),
        ("broker 10.0.0.17:9092 of orders-3", "broker # of orders-#"),
        ("line12of345", "line#of#"),
        ("naïve größe 5 → 6", "naïve größe # → #"),
        ("an open \" quote", "an open \" quote"),
        ("", ""),
    ];
    for (message, expected) in table {
        assert_eq!(normalise(message), expected, "{message}");
    }
}

#[test]
fn a_message_without_variable_parts_is_not_copied() {
    assert!(matches!(normalise("no such customer"), Cow::Borrowed(_)));
}

#[test]
fn a_long_message_is_cut_between_characters() {
    assert_eq!(normalise(&"x".repeat(10_000)).len(), 8192);
    assert_eq!(normalise(&format!("x{}", "é".repeat(10_000))).len(), 8191);
}

#[test]
fn the_frame_decides_before_the_message_and_the_message_before_the_stage() {
    let of = |change: fn(&mut FingerprintInput<'static>)| {
        let mut input = INPUT;
        change(&mut input);
        Fingerprint::of(&input)
    };
    let whole = Fingerprint::of(&INPUT);
    assert_eq!(of(|i| i.message = Some("another")), whole);
    assert_ne!(of(|i| i.frame = Some("com.acme.Stock.write")), whole);
    assert_ne!(of(|i| i.topic = "payments"), whole);
    assert_ne!(of(|i| i.root_class = None), whole);

    let by_message = of(|i| i.frame = None);
    assert_eq!(of(|i| (i.frame, i.message) = (None, Some("item 99 is gone"))), by_message);
    assert_ne!(of(|i| (i.frame, i.message) = (None, Some("item 99 is here"))), by_message);
    assert_eq!(of(|i| (i.frame, i.stage) = (None, None)), by_message);

    let by_stage = of(|i| (i.frame, i.message) = (None, None));
    assert_eq!(of(|i| (i.frame, i.message) = (None, Some(""))), by_stage);
    assert_ne!(of(|i| (i.frame, i.message, i.stage) = (None, None, None)), by_stage);
}

#[test]
fn parts_do_not_run_into_each_other() {
    let of = |topic, class| {
        Fingerprint::of(&FingerprintInput { topic, root_class: Some(class), ..Default::default() })
    };
    assert_ne!(of("a", "bc"), of("ab", "c"));
}

/// When this fails, the rules have changed: raise `VERSION`, or every group in every store splits unannounced.
#[test]
fn fingerprints_of_this_version_never_change() {
    assert_eq!(Fingerprint::VERSION, 1);
    assert_eq!(Fingerprint::of(&INPUT).to_string(), "5b8612b8ecf91890");
    let by_message = FingerprintInput { frame: None, ..INPUT };
    assert_eq!(Fingerprint::of(&by_message).to_string(), "e19a56fe04212422");
}

#[test]
fn text_and_json_are_sixteen_digits() {
    let fingerprint = Fingerprint::from_u64(0xab);
    assert_eq!(fingerprint.to_string(), "00000000000000ab");
    assert_eq!("00000000000000AB".parse(), Ok(fingerprint));
    let json = serde_json::to_string(&fingerprint).unwrap();
    assert_eq!(json, "\"00000000000000ab\"");
    assert_eq!(serde_json::from_str::<Fingerprint>(&json).unwrap(), fingerprint);
    for wrong in ["", "ab", "+0000000000000ab", "00000000000000abc", "000000000000000g"] {
        let error = wrong.parse::<Fingerprint>().unwrap_err().to_string();
        assert_eq!(error, format!("fingerprint {wrong:?} is invalid; allowed: 16 hexadecimal digits"));
    }
}

/// A text made of the characters that mean something to the reader, and some that do not.
fn tricky() -> impl Strategy<Value = String> {
    proptest::string::string_regex(
        "([0-9a-gzT'\"`\\\\@.,:#/_+% é\n-]|a@b\\.cd|0x1f|3f2a1b4c-1234-5678-9abc-def012345678){0,60}",
    )
    .unwrap()
}

/// Words with holes, and what may fill a hole without making another failure of it.
fn filled() -> impl Strategy<Value = (String, String)> {
    let hole = prop_oneof![
        ("[0-9]{1,12}", "[0-9]{1,12}"),
        ("-?[0-9]{1,4}\\.[0-9]{1,4}", "-?[0-9]{1,4}"),
        ("'[a-z \"]{0,9}'", "'[a-z0-9 ]{0,9}'"),
        ("\"[a-z ']{0,9}\"", "\"[a-z0-9 ]{0,9}\""),
        (
            "0[0-9a-f]{7}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
        ),
        ("[a-z]{1,5}[0-9]?@[a-z]{2,6}\\.com", "[a-z]{1,5}\\.[a-z]@[a-z]{2}\\.example\\.org"),
        ("Handler@7[0-9a-f]{7}", "Handler@[0-9a-f]{6}3"),
    ];
    proptest::collection::vec(("[a-z]{1,8}", hole), 1..6).prop_map(|parts| {
        let join = |side: fn(&(String, String)) -> &String| -> String {
            parts.iter().map(|(word, hole)| format!("{word} {} ", side(hole))).collect()
        };
        (join(|hole| &hole.0), join(|hole| &hole.1))
    })
}

proptest! {
    #[test]
    fn any_text_is_taken(text in any::<String>()) {
        let once = normalise(&text).into_owned();
        prop_assert!(once.len() <= text.len());
        prop_assert_eq!(normalise(&once), once.as_str());
    }

    #[test]
    fn normalising_twice_changes_nothing(text in tricky()) {
        let once = normalise(&text).into_owned();
        prop_assert_eq!(normalise(&once), once.as_str());
        prop_assert!(!once.bytes().any(|byte| byte.is_ascii_digit()));
    }

    #[test]
    fn messages_that_differ_in_variable_parts_only_are_the_same((one, other) in filled()) {
        prop_assert_eq!(normalise(&one), normalise(&other));
    }
}
