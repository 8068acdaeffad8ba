//! The topic `parcels`, and the service that tracks them: Silverback, on .NET.

use super::silverback::{self, Failure};
use super::{Dice, Letter, Place};

/// Where parcels are reported.
pub const TOPIC: &str = "parcels";
/// Where the tracker puts the reports that it cannot take.
pub const DEAD_LETTER_TOPIC: &str = "parcels-errors";
/// The tracker's consumer group.
pub const GROUP: &str = "parcel-tracker";

/// So many of 1000 reports name a depot that is closed.
const CLOSED: u64 = 25;
/// How many depots there are.
const DEPOTS: u64 = 40;

/// The `n`th report under a seed: a parcel and its depot; some of the depots are closed.
#[must_use]
pub fn message(seed: u64, n: u64) -> Letter {
    let mut dice = Dice::of(seed, n);
    let more = if dice.throw(1_000) < CLOSED { DEPOTS } else { 0 };
    Letter::new(format!("parcel-{n:07}"), (more + dice.throw(DEPOTS)).to_string())
}

/// What the tracker makes of a report.
///
/// # Errors
/// The dead letter that Silverback writes of it.
pub fn process(letter: Letter, place: &Place) -> Result<(), Box<Letter>> {
    let depot = std::str::from_utf8(letter.payload.as_deref().unwrap_or_default()).unwrap_or_default();
    if depot.parse::<u64>().is_ok_and(|depot| depot < DEPOTS) {
        return Ok(());
    }
    let failure =
        Failure { reason: "Acme.Parcels.DepotClosedException in Acme.Parcels", group: GROUP, attempts: 3 };
    Err(Box::new(silverback::dead_letter(letter, place, &failure)))
}
