//! Whether brokers are within reach, from what the client knows anyway.

use std::time::Duration;

use dlq_core::observe::DlqEvent;
use rdkafka::Statistics;
use rdkafka::statistics::Broker;

use super::context::SourceContext;

/// How long a broker that was asked may say nothing: five of the heartbeats that a member of a group sends.
const SILENCE: Duration = Duration::from_secs(15);

impl SourceContext {
    /// Tells how many brokers answer.
    pub(super) fn tell_brokers(&self, statistics: &Statistics) {
        let brokers: Vec<_> = statistics.brokers.values().collect();
        let (brokers, complaint) = (answering(&brokers), self.complaints.reason());
        self.observers.tell(&DlqEvent::Reached { brokers, complaint: &complaint });
    }
}

/// How many are connected and have answered lately. A connection may stand open to a broker that is gone; but where
/// nothing was asked, no answer is due.
fn answering(brokers: &[&Broker]) -> usize {
    let connected = || brokers.iter().filter(|broker| broker.state == "UP");
    let lately = connected().filter(|broker| answered_lately(broker)).count();
    let is_asked = connected().any(|broker| broker.waitresp_cnt > 0);
    if is_asked { lately } else { connected().count() }
}

fn answered_lately(broker: &Broker) -> bool {
    u64::try_from(broker.rxidle).is_ok_and(|idle| Duration::from_micros(idle) < SILENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker(state: &str, asked: i64, idle: Duration) -> Broker {
        let rxidle = i64::try_from(idle.as_micros()).unwrap();
        Broker { state: state.to_owned(), waitresp_cnt: asked, rxidle, ..Broker::default() }
    }

    #[test]
    fn a_broker_answers_that_is_connected_and_not_silent_when_it_is_asked() {
        let (soon, late) = (Duration::from_secs(1), Duration::from_secs(16));
        let answering = |brokers: &[Broker]| super::answering(&brokers.iter().collect::<Vec<_>>());
        assert_eq!(answering(&[broker("UP", 1, soon), broker("DOWN", 0, soon)]), 1);
        assert_eq!(answering(&[broker("DOWN", 0, soon), broker("TRY_CONNECT", 0, soon)]), 0);
        assert_eq!(answering(&[broker("UP", 0, late)]), 1, "nothing was asked");
        assert_eq!(answering(&[broker("UP", 1, late), broker("UP", 0, late)]), 0, "connected, and silent");
        assert_eq!(answering(&[]), 0);
    }
}
