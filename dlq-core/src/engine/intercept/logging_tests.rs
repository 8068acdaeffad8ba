use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};

use super::*;
use crate::clock::Timestamp;
use crate::record::{Body, Captured, Content};

/// Keeps each line with its level.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<(Level, String)>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!("{field}={value:?} ");
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        self.0.lock().unwrap().push((*event.metadata().level(), fields.0));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn every_so_many_records_and_each_failure_are_told_but_never_what_they_hold() {
    let headers = [(b"secret".as_slice(), Some(b"secret".as_slice()))];
    let content = Content::pack(headers, Body::Present(b"secret"), Body::Present(b"secret")).unwrap();
    let captured = Captured { content: Some(content), ..Captured::default() };
    let record = DlqRecord::new(captured, Timestamp::from_millis(0));
    let refused = RecordOutcome::Refused { reason: "too large" };

    let lines = Lines::default();
    tracing::subscriber::with_default(lines.clone(), || {
        let logging = Logging::every(NonZeroU64::new(2).unwrap());
        for outcome in [RecordOutcome::Stored, RecordOutcome::Stored, refused, RecordOutcome::AlreadyThere] {
            logging.after_record(&record, &outcome);
        }
    });

    let lines = lines.0.lock().unwrap();
    let levels: Vec<_> = lines.iter().map(|(level, _)| *level).collect();
    assert_eq!(levels, [Level::INFO, Level::WARN, Level::INFO]);
    assert!(lines[0].1.contains("records=2 outcomes=stored 2"), "{lines:?}");
    let of_the_refused = &lines[1].1;
    for told in [&record.id.to_string(), "outcome=refused", "too large"] {
        assert!(of_the_refused.contains(told), "{lines:?}");
    }
    assert!(lines[2].1.contains("stored 2, already_there 1, refused 1"), "{lines:?}");
    assert!(!lines.iter().any(|(_, line)| line.contains("secret")), "{lines:?}");
}
