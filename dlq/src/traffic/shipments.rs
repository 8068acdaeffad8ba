//! The topic `shipments`, and the sink that writes it into a warehouse: a connector in Kafka Connect.

use serde::{Deserialize, Serialize};

use super::connect::{self, Failure};
use super::{Dice, Letter, Place, fill};

/// Where shipments are sent.
pub const TOPIC: &str = "shipments";
/// Where the sink puts those on which it failed.
pub const DEAD_LETTER_TOPIC: &str = "shipments-dlq";
/// The sink's consumer group: Connect makes it of the connector's name.
pub const GROUP: &str = "connect-warehouse-sink";
const CONNECTOR: &str = "warehouse-sink";

/// So many of 1000 shipments are no JSON.
const NOT_JSON: u64 = 15;
/// So many have a carrier's code that is too long.
const TOO_LONG: u64 = 25;
/// So many have none.
const NO_CARRIER: u64 = 10;
/// How long a carrier's code may be in the warehouse, in characters.
const CARRIER_CHARS_MAX: usize = 24;

#[derive(Debug, Deserialize, Serialize)]
struct Shipment {
    shipment: u64,
    order: u64,
    carrier: Option<String>,
}

/// The `n`th shipment under a seed; some of them the sink cannot take.
#[must_use]
pub fn message(seed: u64, n: u64) -> Letter {
    let mut dice = Dice::of(seed, n);
    let fate = dice.throw(1_000);
    let key = format!("shipment-{n:07}");
    if fate < NOT_JSON {
        return Letter::new(key, format!("shipment;{n};{}", dice.throw(9_000)));
    }
    let is = |from: u64, share: u64| (from..from + share).contains(&fate);
    let more = if is(NOT_JSON, TOO_LONG) { "-international-express" } else { "" };
    let carrier = format!("carrier-{:03}{more}", dice.throw(200));
    let carrier = (!is(NOT_JSON + TOO_LONG, NO_CARRIER)).then_some(carrier);
    let shipment = Shipment { shipment: n, order: dice.throw(1_000_000), carrier };
    Letter::new(key, serde_json::to_vec(&shipment).unwrap_or_default())
}

/// What the sink makes of a shipment.
///
/// # Errors
/// The dead letter that Connect writes of it.
pub fn process(letter: Letter, place: &Place) -> Result<(), Box<Letter>> {
    let failure = match serde_json::from_slice(letter.payload.as_deref().unwrap_or_default()) {
        Ok(Shipment { carrier: None, .. }) => Some(no_carrier()),
        Ok(Shipment { carrier: Some(carrier), .. }) => (carrier.len() > CARRIER_CHARS_MAX).then(too_long),
        Err(_) => Some(not_json()),
    };
    failure.map_or(Ok(()), |failure| Err(Box::new(connect::dead_letter(letter, place, &failure))))
}

/// Connect's own message ends where the cause should be named: that stands in the trace only.
fn not_json() -> Failure {
    let message = "Converting byte[] to Kafka Connect data failed due to serialization error: ";
    Failure {
        connector: CONNECTOR,
        stage: "VALUE_CONVERTER",
        executed_by: "org.apache.kafka.connect.json.JsonConverter",
        class: "org.apache.kafka.connect.errors.DataException",
        stack_trace: fill(include_str!("traces/connect-converter.txt"), &[("message", &message)]),
        message: Some(message.to_owned()),
    }
}

fn no_carrier() -> Failure {
    let message = "Field carrier is missing: it cannot be extracted";
    Failure {
        connector: CONNECTOR,
        stage: "TRANSFORMATION",
        executed_by: "com.acme.warehouse.CarrierCode",
        class: "org.apache.kafka.connect.errors.DataException",
        stack_trace: fill(include_str!("traces/connect-transformation.txt"), &[("message", &message)]),
        message: Some(message.to_owned()),
    }
}

fn too_long() -> Failure {
    let message = format!("ERROR: value too long for type character varying({CARRIER_CHARS_MAX})");
    Failure {
        connector: CONNECTOR,
        stage: "TASK_PUT",
        executed_by: "org.apache.kafka.connect.sink.SinkTask",
        class: "com.acme.warehouse.RowRejectedException",
        stack_trace: fill(include_str!("traces/connect-task-put.txt"), &[("message", &message)]),
        message: Some("a row of shipments was rejected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_stage_fails_now_and_then() {
        let place = Place { topic: TOPIC.to_owned(), partition: 0, offset: 0, timestamp: 0 };
        let dead: Vec<_> = (0..10_000).filter_map(|n| process(message(1, n), &place).err()).collect();
        let stages: BTreeSet<_> =
            dead.iter().map(|letter| letter.value("__connect.errors.stage").unwrap()).collect();
        assert_eq!((stages.len(), (350..650).contains(&dead.len())), (3, true), "{}", dead.len());
    }

    #[test]
    fn no_place_in_a_trace_stays_empty() {
        for failure in [not_json(), no_carrier(), too_long()] {
            assert!(!failure.stack_trace.contains(['{', '}']), "{}", failure.stack_trace);
        }
    }
}
