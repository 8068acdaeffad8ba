use std::time::Duration;

use proptest::prelude::*;

use super::validate::Rule;
use super::*;

const MILLISECOND: Duration = Duration::from_millis(1);
const MICROSECOND: Duration = Duration::from_micros(1);
const HOUR: Duration = Duration::from_secs(3_600);
const MIB: usize = 1 << 20;

/// One row for each number, one column for each profile, as the module's documentation shows them.
fn table() -> String {
    let names = Profile::ALL.map(|profile| format!("`{profile}`")).join(" | ");
    let head = format!("//! | | {names} |\n//! |---|---|---|---|---|---|\n");
    let columns = Profile::ALL.map(numbers_of);
    let rows = columns[0].iter().enumerate().map(|(row, (name, _))| {
        let values: Vec<_> = columns.iter().map(|column| column[row].1.as_str()).collect();
        format!("//! | {name} | {} |\n", values.join(" | "))
    });
    head + &rows.collect::<String>()
}

fn numbers_of(profile: Profile) -> Vec<(String, String)> {
    let PerformanceConfig {
        batching,
        batch_size,
        batch_size_min,
        batch_target,
        linger,
        writers,
        parallelism,
        ring_size,
        max_pending,
        budget_bytes,
        adaptive_threshold,
    } = profile.performance();
    let ProcessingConfig { store_timeout, store_retry_min, store_retry_max, dedup_window, dedup_records } =
        profile.processing();
    let rows = [
        ("batching", if batching { "on" } else { "off" }.to_owned()),
        ("batch_size", batch_size.to_string()),
        ("batch_size_min", batch_size_min.to_string()),
        ("batch_target", format!("{} ms", batch_target.as_millis())),
        ("linger", format!("{} ms", linger.as_millis())),
        ("writers", writers.to_string()),
        ("parallelism", parallelism.map_or("cores".to_owned(), |workers| workers.to_string())),
        ("ring_size", ring_size.to_string()),
        ("max_pending", max_pending.to_string()),
        ("budget_bytes", format!("{} MiB", budget_bytes / MIB)),
        ("adaptive_threshold", adaptive_threshold.to_string()),
        ("store_timeout", format!("{} s", store_timeout.as_secs())),
        ("store_retry_min", format!("{} ms", store_retry_min.as_millis())),
        ("store_retry_max", format!("{} s", store_retry_max.as_secs())),
        ("dedup_window", if dedup_window.is_zero() { "off".to_owned() } else { format!("{dedup_window:?}") }),
        ("dedup_records", dedup_records.to_string()),
    ];
    rows.into_iter().map(|(name, value)| (format!("`{name}`"), value)).collect()
}

#[test]
fn the_table_in_the_documentation_is_what_the_profiles_are() {
    let expected = table();
    assert!(include_str!("mod.rs").contains(&expected), "the documentation should say:\n{expected}");
}

#[test]
fn every_profile_is_what_the_builders_take() {
    for profile in Profile::ALL {
        let (performance, processing) = (profile.performance(), profile.processing());
        assert_eq!(PerformanceConfigBuilder::from(performance).build(), Ok(performance), "{profile}");
        assert_eq!(ProcessingConfigBuilder::from(processing).build(), Ok(processing), "{profile}");
    }
}

#[test]
fn every_profile_is_found_again_by_its_name() {
    for profile in Profile::ALL {
        assert_eq!(profile.to_string().parse(), Ok(profile));
        assert_eq!(serde_json::to_string(&profile).unwrap(), format!("\"{profile}\""));
    }
    let unknown = "fast".parse::<Profile>().unwrap_err().to_string();
    assert!(unknown.starts_with("profile = \"fast\": allowed: default, high_throughput, "), "{unknown}");
}

proptest! {
    #[test]
    fn whatever_the_machine_and_the_rate_the_numbers_are_allowed(
        cores: usize, memory: u64, rate: u64, small in 0_u64..1 << 34, slow in 0_u64..2_000_000,
    ) {
        for (memory, rate) in [(memory, rate), (small, slow), (memory, slow), (small, rate), (0, 0)] {
            let auto = PerformanceConfig::auto(cores, memory, rate);
            prop_assert_eq!(PerformanceConfigBuilder::from(auto).build(), Ok(auto));
        }
    }
}

#[test]
fn a_hundred_thousand_a_second_on_two_cores_are_the_default() {
    let auto = PerformanceConfig::auto(2, 1 << 30, 100_000);
    assert_eq!(auto, PerformanceConfig { parallelism: Some(2), ..PerformanceConfig::DEFAULT });
}

/// For one rule, what is just inside of it and what is just outside.
type Edges<B> = (Vec<B>, Vec<B>);

/// That each rule takes what is just inside, and refuses what is just outside by name.
#[track_caller]
fn holds_to_the_edge<C: std::fmt::Debug, B: Copy>(
    rules: &[Rule<C>],
    edges: Vec<Edges<B>>,
    build: fn(B) -> Result<C, InvalidConfig>,
) {
    assert_eq!(edges.len(), rules.len());
    for (Rule { field, allowed, .. }, (inside, outside)) in rules.iter().zip(edges) {
        for (at, builder) in inside.into_iter().enumerate() {
            assert!(build(builder).is_ok(), "{field}, inside no. {at}: {:?}", build(builder));
        }
        for (at, builder) in outside.into_iter().enumerate() {
            let InvalidConfig(mistakes) = build(builder).expect_err(field);
            let named = mistakes.iter().any(|it| it.field == *field && it.allowed == *allowed);
            assert!(named, "{field}: allowed: {allowed}, outside no. {at}: {mistakes:?}");
        }
    }
}

#[test]
fn every_rule_for_performance_holds_to_the_edge() {
    let it = PerformanceConfig::builder;
    let large = || it().ring_size(1 << 24).max_pending(100_000_000);
    let edges = vec![
        (
            vec![it().batch_size(1).batch_size_min(1), large().batch_size(100_000)],
            vec![it().batch_size(0), large().batch_size(100_001)],
        ),
        (vec![it().batch_size(1024).ring_size(1024)], vec![it().batch_size(1025).ring_size(1024)]),
        (
            vec![it().batch_size_min(1), it().batch_size_min(1000)],
            vec![it().batch_size_min(0), it().batch_size_min(1001)],
        ),
        (
            vec![it().batch_target(MILLISECOND), it().batch_target(Duration::from_secs(60))],
            vec![
                it().batch_target(Duration::ZERO),
                it().batch_target(Duration::from_secs(60) + MILLISECOND),
                it().batch_target(MILLISECOND + MICROSECOND),
            ],
        ),
        (
            vec![it().linger(Duration::ZERO), it().linger(Duration::from_secs(10))],
            vec![it().linger(Duration::from_secs(10) + MILLISECOND), it().linger(MICROSECOND)],
        ),
        (vec![it().writers(1), it().writers(64)], vec![it().writers(0), it().writers(65)]),
        (
            vec![it().parallelism(None), it().parallelism(Some(1)), it().parallelism(Some(1024))],
            vec![it().parallelism(Some(0)), it().parallelism(Some(1025))],
        ),
        (
            vec![it().ring_size(2).batch_size(2).batch_size_min(2), large()],
            vec![it().ring_size(1), it().ring_size(65_535), it().ring_size(1 << 25)],
        ),
        (vec![it().max_pending(65_536)], vec![it().max_pending(65_535)]),
        (
            vec![it().ring_size(2).batch_size(1).batch_size_min(1).max_pending(2), large()],
            vec![it().max_pending(1), it().max_pending(100_000_001)],
        ),
        (vec![it().budget_bytes(MIB), it().budget_bytes(usize::MAX)], vec![it().budget_bytes(MIB - 1)]),
        (
            vec![it().batch_size(4096).budget_bytes(2 * MIB)],
            vec![it().batch_size(4097).budget_bytes(2 * MIB)],
        ),
        (
            vec![it().adaptive_threshold(f64::MIN_POSITIVE), it().adaptive_threshold(1.0)],
            vec![
                it().adaptive_threshold(0.0),
                it().adaptive_threshold(1.0 + f64::EPSILON),
                it().adaptive_threshold(f64::NAN),
            ],
        ),
    ];
    holds_to_the_edge(PerformanceConfig::RULES, edges, PerformanceConfigBuilder::build);
}

#[test]
fn every_rule_for_processing_holds_to_the_edge() {
    let it = ProcessingConfig::builder;
    let day = 24 * HOUR;
    let edges = vec![
        (
            vec![it().store_timeout(MILLISECOND), it().store_timeout(HOUR)],
            vec![
                it().store_timeout(Duration::ZERO),
                it().store_timeout(HOUR + MILLISECOND),
                it().store_timeout(MILLISECOND + MICROSECOND),
            ],
        ),
        (
            vec![it().store_retry_min(MILLISECOND), it().store_retry_min(Duration::from_secs(5))],
            vec![
                it().store_retry_min(Duration::ZERO),
                it().store_retry_min(Duration::from_secs(5) + MILLISECOND),
                it().store_retry_min(MILLISECOND + MICROSECOND),
            ],
        ),
        (
            vec![it().store_retry_min(MILLISECOND).store_retry_max(MILLISECOND), it().store_retry_max(HOUR)],
            vec![
                it().store_retry_max(Duration::ZERO),
                it().store_retry_max(HOUR + MILLISECOND),
                it().store_retry_max(HOUR - MICROSECOND),
            ],
        ),
        (
            vec![it().dedup_window(Duration::ZERO), it().dedup_window(day)],
            vec![it().dedup_window(day + MILLISECOND), it().dedup_window(MICROSECOND)],
        ),
        (
            vec![it().dedup_records(1), it().dedup_records(10_000_000)],
            vec![it().dedup_records(0), it().dedup_records(10_000_001)],
        ),
    ];
    holds_to_the_edge(ProcessingConfig::RULES, edges, ProcessingConfigBuilder::build);
}

#[test]
fn all_mistakes_are_told_at_once() {
    let wrong = PerformanceConfig::builder().ring_size(1000).writers(0).batch_size(2000).build().unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "batch_size = 2000 beside ring_size = 1000: allowed: at most ring_size; writers = 0: allowed: 1 to 64; \
         ring_size = 1000: allowed: a power of two from 2 to 16777216"
    );
}

#[test]
fn what_is_written_is_what_is_read() {
    for profile in Profile::ALL {
        let json = serde_json::to_string(&profile.performance()).unwrap();
        assert_eq!(serde_json::from_str::<PerformanceConfig>(&json).unwrap(), profile.performance());
        let json = serde_json::to_string(&profile.processing()).unwrap();
        assert_eq!(serde_json::from_str::<ProcessingConfig>(&json).unwrap(), profile.processing());
    }
}

#[test]
fn what_is_read_is_checked_and_what_is_left_out_is_the_default() {
    let read = |json: &str| serde_json::from_str::<PerformanceConfig>(json);
    let some = read(r#"{"batch_size": 500, "linger_ms": 2}"#).unwrap();
    let built = PerformanceConfig::builder().batch_size(500).linger(Duration::from_millis(2)).build();
    assert_eq!(Ok(some), built);
    for (json, complaint) in [
        (r#"{"ring_size": 1000}"#, "ring_size = 1000: allowed: a power of two from 2 to 16777216"),
        (r#"{"ringsize": 1024}"#, "unknown field `ringsize`"),
        (r#"{"linger_ms": -1}"#, "invalid value"),
    ] {
        let error = read(json).unwrap_err().to_string();
        assert!(error.contains(complaint), "{json}: {error}");
    }
}
