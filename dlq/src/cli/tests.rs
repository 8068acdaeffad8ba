use std::sync::Arc;

use clap::{CommandFactory, Parser};
use dlq_core::record::{
    Body, Captured, CapturedFailure, CapturedFrom, Change, Content, DlqRecord, DlqStatus, KnownBy, Origin,
    Provenance, SourcePartition,
};
use dlq_core::storage::memory::MemoryStorage;
use dlq_core::storage::{Patch, QueryCriteria, Save, StorageError, StorageErrorKind};
use dlq_core::{ErrorType, Timestamp, TopicName};

use super::*;
use crate::config::Sources;
use crate::output::Format;

const TRACE: &str = "java.lang.IllegalStateException: outer\n\tat a.B.c(B.java:1)\n\
                     Caused by: java.net.ConnectException: refused\n\tat d.E.f(E.java:2)";

fn topic(name: &str) -> TopicName {
    TopicName::new(name).unwrap()
}

/// A dead letter at this offset whose texts try to steer a terminal.
fn record(offset: i64) -> DlqRecord {
    let headers: [(&[u8], Option<&[u8]>); 5] = [
        (b"class", Some(b"java.net.ConnectException")),
        (b"message", Some(b"\x1b[31mrefused\x1b[0m")),
        (b"trace", Some(TRACE.as_bytes())),
        (b"binary", Some(&[0xff, 0x00])),
        (b"nothing", None),
    ];
    let payload = format!("{{\"order\":{offset},\"evil\":\"\u{9b}2J\"}}");
    let content = Content::pack(headers, Body::Present(b"k1"), Body::Present(payload.as_bytes())).unwrap();
    let span = |name: &[u8]| content.headers().first(name).map(|header| header.span);
    let failure = CapturedFailure {
        class: span(b"class"),
        message: span(b"message"),
        stack_trace: span(b"trace"),
        error_type: ErrorType::TransientNetwork,
        ..CapturedFailure::default()
    };
    let captured = Captured {
        from: Some(CapturedFrom {
            source: SourcePartition { cluster: "c1".into(), topic: topic("orders-dlt"), partition: 0 }.into(),
            offset,
            timestamp: Timestamp::from_millis(1_700_000_000_000 + offset),
        }),
        content: Some(content.clone()),
        origin: Origin {
            topic: Some(topic("orders")),
            partition: Some(3),
            offset: Some(40 + offset),
            consumer_group: Some("billing".into()),
            known_by: Some(KnownBy::Headers),
            ..Origin::default()
        },
        provenance: Provenance { warnings: vec!["odd \u{1b} header".to_owned()], ..Provenance::default() }
            .into(),
        failure,
    };
    DlqRecord::new(captured, Timestamp::from_millis(1_700_000_001_000))
}

/// A storage with three records, of which the last is on hold.
async fn storage() -> (MemoryStorage, Vec<DlqRecord>) {
    let storage = MemoryStorage::default();
    let records: Vec<_> = (0..3).map(record).collect();
    for saved in storage.save_batch(records.iter().cloned().map(Save::New).collect()).await.unwrap() {
        saved.unwrap();
    }
    let last = QueryCriteria::builder().ids([records[2].id]).build();
    let change = Change::by("user:anna").because("evil \u{1b}[2J");
    storage.bulk_update(&last, &Patch::to(DlqStatus::OnHold), &change).await.unwrap();
    (storage, records)
}

/// What the verb answers and writes; `{n}` stands for the id of record n.
async fn run(line: &str) -> (Exit, String) {
    let (storage, records) = storage().await;
    let line =
        (0..3).fold(line.to_owned(), |line, n| line.replace(&format!("{{{n}}}"), &records[n].id.to_string()));
    let cli = Cli::try_parse_from(std::iter::once("dlq").chain(line.split_whitespace())).unwrap();
    let mut written = Vec::new();
    let mut output = Output { format: cli.global.output, to: &mut written };
    let exit = match &cli.verb {
        Verb::List(args) => list::run(args, &storage, &mut output).await,
        Verb::Show(args) => show::run(args, &storage, &mut output).await,
        Verb::Groups(args) => groups::run(args, &storage, &mut output).await,
        Verb::Stats(args) => stats::run(*args, &storage, &mut output).await,
        Verb::Export(args) => export::run(args, &storage, &mut output).await,
        Verb::Skip(args) => decided(Decision::Skip, args, &storage, &mut output).await,
        Verb::Release(args) => decided(Decision::Release, args, &storage, &mut output).await,
        Verb::Purge(args) => decided(Decision::Purge, args, &storage, &mut output).await,
        Verb::Account(args) => {
            let config = Config::load(&Sources::default()).unwrap().config;
            account::run(args, &config, Arc::new(storage), &mut output).await
        }
        verb => panic!("{verb:?} opens its storage itself"),
    };
    (exit.unwrap(), String::from_utf8(written).unwrap())
}

async fn decided(
    decision: Decision,
    args: &decide::DecideArgs,
    storage: &MemoryStorage,
    output: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let config = Config::load(&Sources::default()).unwrap().config;
    decide::run(decision, args, &config.redrive, storage, output).await
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_command_line_is_sound() {
    Cli::command().debug_assert();
    let about = Cli::command().get_about().unwrap().to_string();
    assert!(about.starts_with("Drains dead-letter topics"), "{about}");
}

#[tokio::test]
async fn list_shows_a_line_for_each_record() {
    let (exit, shown) = run("list --order oldest").await;
    assert_eq!(exit, Exit::Done);
    let lines: Vec<_> = shown.lines().collect();
    assert!(lines[0].contains("ID") && lines[0].contains("FAILURE"), "{shown}");
    assert!(
        lines[1].contains("pending") && lines[1].contains("ConnectException: \\u{1b}[31mrefused"),
        "{shown}"
    );
    assert!(lines[3].contains("on_hold"), "{shown}");
    assert_eq!(lines[4], "3 records");
}

#[tokio::test]
async fn list_filters_and_finds_nothing_without_complaint() {
    assert!(run("list --status on_hold --header nothing").await.1.ends_with("\n1 record\n"));
    assert_eq!(run("list --topic payments").await, (Exit::Done, "no records match\n".to_owned()));
    assert_eq!(run("list --topic payments -o jsonl").await, (Exit::Done, String::new()));
}

#[tokio::test]
async fn list_goes_on_where_it_ended() {
    let first = json(&run("list --limit 2 -o json").await.1);
    assert_eq!(first["records"].as_array().unwrap().len(), 2);
    let rest = run(&format!("list -o jsonl --cursor {}", first["next"].as_str().unwrap())).await.1;
    assert_eq!(rest.lines().count(), 1);
    let last = json(&rest);
    assert_eq!(last["captured_from"]["offset"], 0);
    assert_eq!(last["headers"][4]["base64"], serde_json::Value::Null);
}

#[tokio::test]
async fn show_tells_the_whole_story() {
    let (exit, shown) = run("show {2}").await;
    assert_eq!(exit, Exit::Done);
    for part in [
        "on_hold",
        "transient_network",
        "1. java.lang.IllegalStateException: outer",
        "2. java.net.ConnectException: refused",
        "at d.E.f(E.java:2)",
        "orders[3]@42 (known by headers)",
        "orders-dlt[0]@2 of cluster c1 at 2023-11-14T22:13:20.002Z",
        "warning: odd \\u{1b} header",
        "Key: k1",
        "Headers: 5",
        "0xff00 (not UTF-8)",
        "Payload: 25 bytes",
        "\"evil\":\"\\u{9b}2J\"",
        "pending → on_hold",
        "user:anna",
        "evil \\u{1b}[2J",
    ] {
        assert!(shown.contains(part), "{part:?} is missing in\n{shown}");
    }
}

#[tokio::test]
async fn nothing_that_is_shown_steers_a_terminal() {
    for line in [
        "show {2}",
        "show {2} --full",
        "show {2} -o json",
        "list",
        "list -o jsonl",
        "list -o csv",
        "groups",
        "groups -o json",
        "groups -o csv",
        "groups 0000000000000000",
        "stats",
        "stats -o csv",
        "export",
        "purge --all --dry-run",
    ] {
        let our_headings = ["\u{1b}[1m", "\u{1b}[0m"];
        let shown = our_headings.iter().fold(run(line).await.1, |shown, style| shown.replace(style, ""));
        let evil = shown.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(evil, None, "{line}: {shown}");
    }
    assert!(!run("show {2} -o json").await.1.contains('\u{1b}'));
}

#[tokio::test]
async fn show_as_json_has_the_promised_fields_and_the_history() {
    let record = json(&run("show {2} -o json").await.1);
    assert_eq!((&record["status"], &record["version"]), (&"on_hold".into(), &2.into()));
    assert_eq!(record["failure"]["message"], "\u{1b}[31mrefused\u{1b}[0m");
    assert_eq!(record["history"][0]["actor"], "user:anna");
}

#[tokio::test]
async fn an_unknown_record_is_a_no() {
    assert_eq!(run("show 018bcfe5-69f4-8ae6-ad8e-69d0d2f6ba19").await, (Exit::No, String::new()));
}

#[tokio::test]
async fn books_that_do_not_balance_are_a_no() {
    let (exit, shown) = run("account -o json").await;
    let books = json(&shown);
    assert_eq!((exit, &books["balances"]), (Exit::No, &false.into()), "stored, but below no watermark");
    assert_eq!((&books["differences"]["arrived"], &books["by_status"]["on_hold"]), (&(-3).into(), &1.into()));
    assert!(run("account").await.1.contains("The books do not balance"));
}

#[test]
fn errors_have_their_exit_codes() {
    let mistake = crate::config::Mistakes::from(crate::config::Mistake::about("key", "problem"));
    assert_eq!(Exit::of(&mistake.into()), Exit::Mistake);
    assert_eq!(Exit::of(&anyhow::anyhow!("broken")), Exit::Failed);
    let storage = |kind| Exit::of(&StorageError::new(kind, "page", "no").into());
    assert_eq!(storage(StorageErrorKind::Validation), Exit::Mistake);
    assert_eq!(storage(StorageErrorKind::Connection), Exit::Failed);
    let pipe = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
    assert_eq!(Exit::of(&pipe.into()), Exit::Done);
    assert_eq!(Format::default(), Format::Table);
}

#[tokio::test]
async fn csv_has_a_line_for_each_record_and_no_formula() {
    let (exit, shown) = run("list -o csv --order oldest").await;
    let mut lines = csv::Reader::from_reader(shown.as_bytes());
    assert_eq!(lines.headers().unwrap(), &crate::output::line::TITLES[..]);
    let lines: Vec<_> = lines.records().map(Result::unwrap).collect();
    assert_eq!((exit, lines.len()), (Exit::Done, 3));
    assert_eq!((&lines[0][2], &lines[0][8]), ("orders", "\\u{1b}[31mrefused\\u{1b}[0m"));
}

#[tokio::test]
async fn groups_are_listed_and_shown() {
    let (exit, shown) = run("groups").await;
    assert_eq!(exit, Exit::Done);
    assert!(shown.contains("0000000000000000") && shown.ends_with("\n1 group\n"), "{shown}");
    let groups = json(&run("groups -o json --topic orders --status on_hold").await.1);
    let group = &groups["groups"][0];
    assert_eq!((&group["records"], &group["by_status"]["on_hold"]), (&3.into(), &1.into()));
    assert_eq!(group["class"], "java.net.ConnectException");
    for none in ["groups --topic payments", "groups --type serialization", "groups --status success"] {
        assert_eq!(run(none).await, (Exit::Done, "no groups match\n".to_owned()));
    }
    let one = run("groups 0000000000000000").await.1;
    assert!(one.contains("3: 2 pending, 1 on_hold"), "{one}");
    assert_eq!(run("groups 00000000000000ff").await.0, Exit::No);
}

#[tokio::test]
async fn stats_count_by_status_topic_and_type() {
    let stats = json(&run("stats -o json").await.1);
    assert_eq!((&stats["all"]["records"], &stats["all"]["by_status"]["on_hold"]), (&3.into(), &1.into()));
    assert_eq!(
        (&stats["topics"][0]["key"], &stats["types"][0]["key"]),
        (&"orders".into(), &"transient_network".into())
    );
    let shown = run("stats").await.1;
    assert!(shown.lines().any(|line| line.split_whitespace().eq(["pending", "2"])), "{shown}");
    assert_eq!(run("stats -o csv").await.1.lines().count(), 4);
    assert_eq!(run("stats -o jsonl").await.1.lines().count(), 3);
}

#[tokio::test]
async fn a_decision_tells_what_it_would_do_and_what_it_did() {
    let (exit, shown) = run("skip --all --dry-run").await;
    assert_eq!(exit, Exit::Done);
    assert!(shown.ends_with("3 records would be skipped\n"), "{shown}");
    let (exit, shown) = run("release --all --dry-run").await;
    assert_eq!(exit, Exit::Done);
    assert!(shown.contains("2 records are left alone: release is not for what is pending"), "{shown}");
    let looked = json(&run("purge --topic orders --dry-run -o json").await.1);
    assert_eq!((&looked["records"], &looked["by_status"]["pending"]), (&3.into(), &2.into()));
    assert_eq!(looked["by_topic"][0]["topic"], "orders");
    let done = json(&run("purge --all --yes -o json").await.1);
    assert_eq!((&done["changed"], &done["leased"], &done["refused"]), (&3.into(), &0.into(), &0.into()));
    let (exit, shown) = run("release {0}").await;
    assert_eq!(exit, Exit::No);
    assert!(shown.ends_with("no records to release\n"), "{shown}");
}

#[tokio::test]
async fn an_export_is_lines_that_can_be_read_back() {
    let (exit, shown) = run("export --topic orders").await;
    assert_eq!((exit, shown.lines().count()), (Exit::Done, 3));
    for (number, line) in (0..).zip(shown.lines()) {
        let back = DlqRecord::from_json(line).unwrap();
        assert_eq!(back.captured, record(number).captured);
    }
}
