use super::{check, crate_paths};
use crate::source::Source;

fn paths(text: &str) -> Vec<String> {
    let source = Source::new("a.rs", text);
    crate_paths(&source.tokens).iter().map(|path| path.segments.join("::")).collect()
}

fn wrongs(path: &str, text: &str) -> Vec<String> {
    check(&Source::new(path, text)).into_iter().map(|finding| finding.wrong).collect()
}

#[test]
fn groups_are_spelled_out() {
    let text =
        "use crate::{record::{self, id::RecordId as Id, status::*}, clock};\nlet x = crate::retry::go();";
    let expected = ["record::self", "record::id::RecordId", "record::status", "clock", "retry::go"];
    assert_eq!(paths(text), expected);
}

#[test]
fn what_is_no_path_is_passed_over() {
    assert_eq!(paths("pub(crate) fn f() { crate::fault!(\"x\") } // crate::retry::go"), Vec::<String>::new());
}

#[test]
fn words_stay_below_rules() {
    let found = check(&Source::new("dlq-core/src/record/id.rs", "\nuse crate::policy::Backoff;"));
    let expected = "dlq-core/src/record/id.rs:2: record imports policy; record may import clock";
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
}

#[test]
fn a_folder_may_import_itself_and_what_it_knows() {
    assert!(
        wrongs("dlq-core/src/storage/memory/mod.rs", "use crate::{storage::Save, engine::gate::Gate};")
            .is_empty()
    );
    assert!(wrongs("dlq-core/src/clock.rs", "use crate::clock::Clock;").is_empty());
    assert!(wrongs("dlq-core/src/retry/attempt.rs", "use crate::engine::intercept::Chain;").is_empty());
    assert!(wrongs("dlq-core/src/lib.rs", "pub use crate::handler::DlqHandler;").is_empty());
    assert!(wrongs("dlq-kafka/src/lib.rs", "use crate::anything::At::All;").is_empty());
}

#[test]
fn rooms_of_one_floor_are_told_apart() {
    assert_eq!(
        wrongs("dlq-core/src/storage/mod.rs", "use crate::engine::ring::Ring;"),
        ["storage imports engine/ring"]
    );
    assert_eq!(wrongs("dlq-core/src/storage/mod.rs", "use crate::engine::Ring;"), ["storage imports engine"]);
    assert_eq!(
        wrongs("dlq-core/src/engine/gate/mod.rs", "use crate::engine::batch::A;"),
        ["engine/gate imports engine/batch"]
    );
    assert_eq!(
        wrongs("dlq-core/src/handler/mod.rs", "use crate::redrive::Job;"),
        ["handler imports redrive"]
    );
}

#[test]
fn a_path_through_the_root_hides_where_it_leads() {
    let expected = ["`crate::DlqRecord` names no folder of the import table"];
    assert_eq!(wrongs("dlq-core/src/storage/mod.rs", "use crate::DlqRecord;"), expected);
}
