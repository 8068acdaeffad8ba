//! How a watermark moves.

use crate::record::RecordId;
use crate::storage::account::{Advance, Advanced, Watermark};

/// Moves a watermark, where it stands so, as the caller wants it: the answer, and the watermark to write if it moved.
///
/// It moves if there is none yet, if a new generation begins, or if it stands where the stretch begins. The same advance
/// again finds it moved, and counts nothing. The last record tells an advance from one that happens to end at the same
/// offset: two of them at one offset are two generations of the topic.
#[must_use]
pub fn advance(standing: Option<&Watermark>, advance: &Advance) -> (Advanced, Option<Watermark>) {
    let Some(standing) = standing else { return (Advanced::Moved, Some(moved(advance, None, None))) };
    let same_generation = advance.generation == standing.generation;
    let begins_anew = standing.generation.checked_add(1) == Some(advance.generation);
    let same_last = advance.last.is_none() || advance.last == standing.last;
    if same_generation && standing.next == advance.to && same_last {
        (Advanced::Moved, None)
    } else if same_generation && standing.next == advance.from && advance.from < advance.to {
        (Advanced::Moved, Some(moved(advance, standing.last, Some(standing))))
    } else if begins_anew {
        (Advanced::Moved, Some(moved(advance, None, Some(standing))))
    } else {
        (Advanced::Refused(standing.clone()), None)
    }
}

fn moved(advance: &Advance, last: Option<RecordId>, standing: Option<&Watermark>) -> Watermark {
    let (captured, quarantined) =
        standing.map_or((0, 0), |standing| (standing.captured, standing.quarantined));
    Watermark {
        generation: advance.generation,
        next: advance.to,
        last: advance.last.or(last),
        captured: captured + advance.records,
        quarantined: quarantined + advance.quarantined,
    }
}
