//! The failure groups as a table.

use dlq_core::record::DlqRecord;
use dlq_core::record::trace::{FrameworkPrefixes, StackTrace};
use dlq_core::storage::{Dimension, Tally};
use dlq_core::{DlqStorage, Timestamp};

use crate::output::{Output, grid, moment, text};

/// How much of a message is shown, in characters.
const MESSAGE_CHARS: usize = 60;

/// Prints the failure groups, the largest first: how many, since when, and one of their records as an example.
///
/// # Errors
/// The storage cannot be read, or nothing can be written.
pub(super) async fn print(storage: &dyn DlqStorage, output: &mut Output<'_>) -> anyhow::Result<()> {
    let mut groups = storage.statistics(Dimension::Fingerprint).await?;
    groups.sort_by_key(|group| std::cmp::Reverse(group.total()));
    let samples: Vec<_> = groups.iter().map(|group| group.sample).collect();
    let samples = storage.find_batch(&samples).await?;
    let rows = groups.iter().zip(&samples).map(|(group, sample)| row(group, sample.as_ref()));
    let titles = ["COUNT", "FIRST", "LAST", "ROOT CAUSE", "MESSAGE", "TOPIC", "WHERE"];
    output.line(grid::titled(titles, rows))?;
    Ok(())
}

fn row(group: &Tally, sample: Option<&DlqRecord>) -> [String; 7] {
    let failure = sample.map(DlqRecord::failure).unwrap_or_default();
    [
        group.total().to_string(),
        clock(group.first_seen),
        clock(group.last_seen),
        grid::or_dash(failure.root_class.or(failure.class)),
        grid::or_dash(failure.message.map(|message| text::short(message.trim(), MESSAGE_CHARS))),
        grid::or_dash(sample.and_then(|sample| sample.captured.topic())),
        grid::or_dash(sample.and_then(place)),
    ]
}

/// The application's frame that failed; the framework's stage where there is none.
fn place(sample: &DlqRecord) -> Option<String> {
    let (failure, content) = (&sample.captured.failure, sample.captured.content.as_ref()?);
    let trace = content.text(failure.stack_trace?);
    let frame = StackTrace::parse(&trace).application_frame(&FrameworkPrefixes::default());
    frame
        .map(|frame| frame.stable_name().into_owned())
        .or_else(|| Some(content.text(failure.context().stage?).into_owned()))
}

/// The time of the day in UTC.
fn clock(time: Timestamp) -> String {
    let shown = moment::shown(time);
    shown.split(['T', '.', 'Z']).nth(1).map_or_else(|| shown.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_as_that_of_the_day() {
        assert_eq!(clock(Timestamp::from_millis(1_700_000_000_500)), "22:13:20");
        assert_eq!(clock(Timestamp::from_millis(0)), "00:00:00");
        assert_eq!(clock(Timestamp::MAX), format!("{} ms", i64::MAX));
    }
}
