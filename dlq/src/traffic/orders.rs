//! The topic `orders`, and the order service that consumes it: a Spring application.

use serde::{Deserialize, Serialize};

use super::spring::{self, Failure};
use super::{Dice, Letter, Place, fill};

/// Where orders are sent.
pub const TOPIC: &str = "orders";
/// Where the order service puts those on which it failed.
pub const DEAD_LETTER_TOPIC: &str = "orders-dlt";
/// The order service's consumer group.
pub const GROUP: &str = "order-service";
/// The root of the failures that pass by themselves once the payment service is back.
pub const PAYMENT_TIMEOUT: &str = "java.net.SocketTimeoutException";

/// So many of 1000 orders are paid by card.
const CARD: u64 = 100;
/// So many are cut off.
const CUT_OFF: u64 = 15;
/// So many want more than there is.
const TOO_MANY: u64 = 20;
/// So many come from a customer that nobody knows.
const NOBODY: u64 = 8;
/// How many pieces of everything are in stock.
const STOCK: u64 = 40;

#[derive(Debug, Deserialize, Serialize)]
struct Order {
    order: u64,
    customer: Option<u64>,
    sku: u64,
    quantity: u64,
    payment: Payment,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Payment {
    Card,
    Invoice,
}

/// The `n`th order under a seed; some of them cannot be processed.
#[must_use]
pub fn message(seed: u64, n: u64) -> Letter {
    let mut dice = Dice::of(seed, n);
    let [customer, sku, fate] = [5_000, 900, 1_000].map(|sides| dice.throw(sides));
    let is = |from: u64, share: u64| (from..from + share).contains(&fate);
    let more = if is(CARD + CUT_OFF, TOO_MANY) { STOCK } else { 0 };
    let order = Order {
        order: n,
        customer: (!is(CARD + CUT_OFF + TOO_MANY, NOBODY)).then_some(customer),
        sku,
        quantity: 1 + more + dice.throw(9),
        payment: if is(0, CARD) { Payment::Card } else { Payment::Invoice },
    };
    let mut payload = serde_json::to_vec(&order).unwrap_or_default();
    if is(CARD, CUT_OFF) {
        payload.truncate(20);
    }
    Letter::new(format!("customer-{customer:04}"), payload)
        .header("traceparent", traceparent(&mut dice))
        .header("__TypeId__", "com.acme.orders.Order")
}

/// As the [W3C](https://www.w3.org/TR/trace-context/) has it: version, trace, span and flags.
fn traceparent(dice: &mut Dice) -> String {
    let [upper, lower, span] = [(); 3].map(|()| dice.throw(u64::MAX));
    format!("00-{upper:016x}{lower:016x}-{span:016x}-01")
}

/// What the order service makes of an order.
///
/// # Errors
/// The dead letter that Spring writes of it.
pub fn process(letter: Letter, place: &Place, payments_are_back: bool) -> Result<(), Box<Letter>> {
    let failure = match serde_json::from_slice(letter.payload.as_deref().unwrap_or_default()) {
        Ok(order) => failure_of(&order, payments_are_back),
        Err(error) => Some(cut_off(error.column())),
    };
    failure.map_or(Ok(()), |failure| Err(Box::new(spring::dead_letter(letter, place, &failure))))
}

fn failure_of(order: &Order, payments_are_back: bool) -> Option<Failure> {
    if order.customer.is_none() {
        return Some(nobody());
    }
    if order.quantity > STOCK {
        return Some(too_many(order.sku, order.quantity - STOCK));
    }
    (order.payment == Payment::Card && !payments_are_back).then(|| payment_timeout(order.order))
}

fn payment_timeout(order: u64) -> Failure {
    let message = format!("payment of order {order} is not confirmed");
    let causes = fill(include_str!("traces/payment-timeout.txt"), &[("message", &message)]);
    Failure::in_listener(GROUP, "com.acme.orders.PaymentFailedException", &message, &causes)
}

fn too_many(sku: u64, missing: u64) -> Failure {
    let message = format!("stock is negative: -{missing} of article {sku}");
    let causes = fill(include_str!("traces/stock-negative.txt"), &[("message", &message)]);
    Failure::in_listener(GROUP, "java.lang.IllegalStateException", &message, &causes)
}

fn nobody() -> Failure {
    const MESSAGE: &str = r#"Cannot invoke "com.acme.orders.Customer.region()" because "customer" is null"#;
    let causes = fill(include_str!("traces/customer-unknown.txt"), &[("message", &MESSAGE)]);
    Failure::in_listener(GROUP, "java.lang.NullPointerException", MESSAGE, &causes)
}

fn cut_off(column: usize) -> Failure {
    Failure::in_deserializer(&fill(include_str!("traces/json-cut-off.txt"), &[("column", &column)]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn place() -> Place {
        Place { topic: TOPIC.to_owned(), partition: 0, offset: 0, timestamp: 0 }
    }

    fn causes(payments_are_back: bool) -> BTreeMap<String, u32> {
        let mut causes = BTreeMap::new();
        let dead = (0..10_000).filter_map(|n| process(message(1, n), &place(), payments_are_back).err());
        for letter in dead {
            let cause = letter.value("kafka_dlt-exception-cause-fqcn").unwrap();
            *causes.entry(String::from_utf8(cause.to_vec()).unwrap()).or_default() += 1;
        }
        causes
    }

    #[test]
    fn each_failure_has_its_share_and_only_payments_come_back() {
        let (before, after) = (causes(false), causes(true));
        assert_eq!((before.len(), after.len()), (4, 3), "{before:?} {after:?}");
        let payments = before["com.acme.orders.PaymentFailedException"];
        assert!((800..1200).contains(&payments), "{before:?}");
        assert!(after.values().all(|&count| count > 40), "{after:?}");
    }

    #[test]
    fn no_place_in_a_trace_stays_empty() {
        for failure in [payment_timeout(7), too_many(1, 2), nobody(), cut_off(20)] {
            assert!(!failure.stack_trace.contains(['{', '}']), "{}", failure.stack_trace);
            assert!(failure.stack_trace.contains("\nCaused by: "));
        }
    }
}
