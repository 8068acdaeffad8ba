//! `dlq copy`: everything that one storage keeps, moved into another.
//!
//! The target is filled record by record, in the order of their ids, and how far that came is noted in it. Then both are
//! compared, id by id and version by version, until nothing differs any more and the source stood still meanwhile; the
//! books are opened as they stood; and what both keep is read back and proven to be the same. Each step may be repeated,
//! so whoever is killed begins again where it was.

mod documents;
mod ends;
mod fill;
mod mend;
mod note;
mod proof;
mod shown;
mod state;

pub use ends::{Ends, identity};
pub use proof::{Proof, Row};
pub use shown::Shown;

use anyhow::bail;

use note::{Note, Phase};
use state::State;

/// How often what differs is gone over before the source is said not to be at rest.
const ROUNDS: u32 = 5;

/// Copies everything, and proves it.
///
/// # Errors
/// The target holds something that this copy did not put there; the source is not at rest, or keeps a record that is damaged;
/// or one of the two does not answer. What was copied stays, and the same copy goes on from there.
pub async fn copy(ends: &Ends, shown: &Shown) -> anyhow::Result<Proof> {
    let mut note = Note::begin(ends).await?;
    if note.phase != Phase::Done {
        state::refuse_leases(&*ends.source).await?;
        fill::all(ends, &mut note, shown).await?;
        settle(ends, shown).await?;
    }
    let proof = Proof::of(ends, shown).await?;
    if proof.same && note.phase != Phase::Done {
        note.end(ends).await?;
    }
    Ok(proof)
}

/// Goes over what differs until nothing does, and the source was the same before and after.
async fn settle(ends: &Ends, shown: &Shown) -> anyhow::Result<()> {
    let mut mended = 0;
    for _ in 0..ROUNDS {
        let before = State::of(&*ends.source).await?;
        shown.begin("comparing", before.records());
        mended = mend::all(ends, shown).await? + documents::all(ends).await?;
        ends.target.open_books(&before.account, &before.watermarks).await?;
        state::refuse_leases(&*ends.source).await?;
        if mended == 0 && State::of(&*ends.source).await? == before {
            return Ok(());
        }
        tracing::info!(mended, "compared once more");
    }
    bail!(
        "the source is not at rest: {mended} of its records or documents had changed when they were gone over for the \
         {ROUNDS}th time; stop whatever captures into it, sends from it or changes it, and copy again: it goes on from here"
    )
}
