//! What each strategy answers, and what none of them ever does.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn gate(strategy: Backpressure) -> Gate {
    Gate::new(strategy).unwrap()
}

fn adaptive(at_worst: Relief) -> Gate {
    gate(Backpressure::Adaptive(Adaptive { at_worst, ..Adaptive::default() }))
}

fn refusal(strategy: Backpressure) -> String {
    Gate::new(strategy).unwrap_err().to_string()
}

fn waits_for(rule: Rule) -> Verdict {
    Verdict::Wait { rule, wait: Wait::UNTIL_GIVEN_BACK }
}

#[test]
fn while_there_is_room_all_pass_and_when_full_each_does_what_its_name_says() {
    let full = Pressure::of(10, 10);
    let heavy = Pressure { bytes: 5, bytes_max: Some(5), ..Pressure::of(1, 10) };
    let cases = [
        (Backpressure::Block, waits_for(Rule::Pending), waits_for(Rule::Bytes)),
        (
            Backpressure::DropOldest,
            Verdict::DropOldest { rule: Rule::Pending },
            Verdict::DropOldest { rule: Rule::Bytes },
        ),
        (
            Backpressure::DropNewest,
            Verdict::Refuse { rule: Rule::Pending },
            Verdict::Refuse { rule: Rule::Bytes },
        ),
    ];
    for (strategy, when_full, when_heavy) in cases {
        let gate = gate(strategy);
        assert_eq!(gate.check(&Pressure::of(9, 10)), Verdict::Pass);
        assert_eq!(gate.check(&full), when_full);
        assert_eq!(gate.check(&heavy), when_heavy);
    }
}

#[test]
fn adaptive_waits_while_the_storage_does_well_and_does_its_worst_while_it_does_not() {
    let gate = adaptive(Relief::DropNewest);
    let failing = |pending| Pressure { error_rate: Some(0.6), ..Pressure::of(pending, 100) };
    let slow = |pending| Pressure {
        store_latency: Some(Duration::from_secs(2)),
        error_rate: Some(0.0),
        ..Pressure::of(pending, 100)
    };
    assert_eq!(gate.check(&failing(79)), Verdict::Pass, "that is what the room is for");
    assert_eq!(gate.check(&failing(80)), Verdict::Refuse { rule: Rule::ErrorRate });
    assert_eq!(gate.check(&slow(80)), Verdict::Refuse { rule: Rule::StoreLatency });
    assert_eq!(gate.check(&Pressure::of(100, 100)), waits_for(Rule::Utilisation), "unknown is not failing");
}

#[test]
fn what_has_crossed_its_limit_counts_until_it_has_recovered() {
    let gate = adaptive(Relief::Wait);
    let passes = |pending| gate.check(&Pressure::of(pending, 100)) == Verdict::Pass;
    assert!(passes(79) && !passes(80) && !passes(61) && passes(59) && passes(79));
}

#[test]
fn thresholds_name_what_was_reached_and_ask_again_about_what_nobody_tells() {
    let limits = Threshold {
        pending: Some(50),
        bytes: Some(1000),
        cpu: Some(0.9),
        error_rate: Some(0.5),
        beyond: Relief::Wait,
    };
    let gate = gate(Backpressure::Threshold(limits));
    let calm = Pressure::of(49, 100);
    let rule = |pressure: Pressure| gate.check(&pressure).rule();
    assert_eq!(rule(calm), None);
    assert_eq!(rule(Pressure { pending: 50, ..calm }), Some(Rule::Pending));
    assert_eq!(rule(Pressure { bytes: 1000, ..calm }), Some(Rule::Bytes));
    assert_eq!(rule(Pressure { error_rate: Some(0.5), ..calm }), Some(Rule::ErrorRate));
    let busy = gate.check(&Pressure { cpu: Some(0.95), ..calm });
    assert!(matches!(busy, Verdict::Wait { rule: Rule::Cpu, wait: Wait { at_most: Some(_) } }), "{busy:?}");
}

#[test]
fn values_that_make_no_sense_are_refused_by_name() {
    let adaptive = |adaptive| refusal(Backpressure::Adaptive(adaptive));
    let with = Adaptive::default();
    assert_eq!(
        adaptive(Adaptive { utilisation: 0.0, ..with }),
        "adaptive.utilisation = 0.0: allowed: a share of more than 0, to 1"
    );
    assert!(adaptive(Adaptive { recover: f64::NAN, ..with }).starts_with("adaptive.recover = NaN"));
    assert!(adaptive(Adaptive { error_rate: Some(1.5), ..with }).contains("adaptive.error_rate = Some(1.5)"));
    let threshold = Threshold { pending: Some(0), ..Threshold::default() };
    assert_eq!(
        refusal(Backpressure::Threshold(threshold)),
        "threshold.pending = Some(0): allowed: 1 or more, or none"
    );
}

#[test]
fn a_strategy_is_data() {
    let given: Backpressure = serde_json::from_str(r#"{"threshold":{"cpu":0.9}}"#).unwrap();
    assert_eq!(given, Backpressure::Threshold(Threshold { cpu: Some(0.9), ..Threshold::default() }));
    assert_eq!(serde_json::from_str::<Backpressure>(r#""drop_oldest""#).unwrap(), Backpressure::DropOldest);
    assert!(serde_json::from_str::<Backpressure>(r#"{"adaptive":{"cpus":0.9}}"#).is_err());
}

fn share() -> impl Strategy<Value = Option<f64>> {
    prop::option::of(0.0..=1.0)
}

prop_compose! {
    fn pressure()(
        (pending, capacity) in (0..=100_usize, 1..=80_usize),
        (bytes, bytes_max) in (0..=1000_usize, prop::option::of(1..=900_usize)),
        (cpu, error_rate) in (share(), share()),
        store_latency in prop::option::of((0..3000_u64).prop_map(Duration::from_millis)),
    ) -> Pressure {
        Pressure { pending, capacity, bytes, bytes_max, cpu, error_rate, store_latency }
    }
}

fn relief() -> impl Strategy<Value = Relief> {
    prop::sample::select(vec![Relief::Wait, Relief::DropOldest, Relief::DropNewest])
}

/// A strategy, and the most that it may do.
fn strategy() -> impl Strategy<Value = (Backpressure, Relief)> {
    let plain = prop::sample::select(vec![
        (Backpressure::Block, Relief::Wait),
        (Backpressure::DropOldest, Relief::DropOldest),
        (Backpressure::DropNewest, Relief::DropNewest),
    ]);
    let adaptive = (0.1..=1.0, 0.1..=1.0, relief()).prop_map(|(utilisation, recover, at_worst)| {
        let adaptive = Adaptive { utilisation, recover, at_worst, ..Adaptive::default() };
        (Backpressure::Adaptive(adaptive), at_worst)
    });
    let threshold = (prop::option::of(1..90_usize), prop::option::of(0.1..=1.0), relief());
    let threshold = threshold.prop_map(|(pending, cpu, beyond)| {
        (Backpressure::Threshold(Threshold { pending, cpu, beyond, ..Threshold::default() }), beyond)
    });
    prop_oneof![plain, adaptive, threshold]
}

proptest! {
    #[test]
    fn nothing_is_dropped_that_was_not_allowed_and_nothing_full_lets_in_more(
        (strategy, allowed) in strategy(),
        pressures in prop::collection::vec(pressure(), 1..50),
    ) {
        let gate = gate(strategy);
        for pressure in pressures {
            let verdict = gate.check(&pressure);
            match verdict {
                Verdict::Pass => prop_assert!(pressure.pending == 0 || pressure.full().is_none()),
                Verdict::Wait { .. } => {}
                Verdict::DropOldest { .. } => prop_assert_eq!(allowed, Relief::DropOldest),
                Verdict::Refuse { .. } => prop_assert_eq!(allowed, Relief::DropNewest),
            }
            prop_assert!(pressure.pending > 0 || verdict == Verdict::Pass, "nobody would find out");
        }
    }

    #[test]
    fn between_recovered_and_the_limit_the_answer_stays(
        crowded_first: bool,
        between in prop::collection::vec(601..800_usize, 1..50),
    ) {
        let gate = adaptive(Relief::DropOldest);
        let failing = |pending| Pressure { error_rate: Some(0.9), ..Pressure::of(pending, 1000) };
        let first = gate.check(&failing(if crowded_first { 800 } else { 599 }));
        for pending in between {
            prop_assert_eq!(gate.check(&failing(pending)), first);
        }
    }
}
