//! The laws as data: who may know whom, how large things may grow, where unsafe code may stand.

/// A place and what it may know. A trailing `*` in a name stands for any ending.
pub(crate) struct Law {
    pub(crate) place: &'static str,
    pub(crate) knows: &'static [&'static str],
}

/// The folders of `dlq-core/src`, floor by floor. Each may import itself; naming a folder includes those below it.
pub(crate) const IMPORTS: &[Law] = &[
    Law { place: "clock", knows: &[] },
    Law { place: "invalid", knows: &[] },
    Law { place: "record", knows: &["clock"] },
    Law { place: "observe", knows: &["record", "clock"] },
    Law { place: "policy", knows: &["record", "clock", "invalid"] },
    Law { place: "engine", knows: &[] },
    Law { place: "engine/ring", knows: &["invalid"] },
    Law { place: "engine/gate", knows: &["clock", "invalid"] },
    Law { place: "engine/parallel", knows: &["clock", "invalid"] },
    Law { place: "engine/batch", knows: &["clock", "invalid", "engine/ring"] },
    Law { place: "engine/intercept", knows: &["record", "clock", "invalid", "observe"] },
    Law { place: "storage", knows: &["record", "clock", "invalid", "policy", "observe", "engine/gate"] },
    Law { place: "retry", knows: &["record", "clock", "invalid", "observe", "policy", "engine", "storage"] },
    Law {
        place: "redrive",
        knows: &["record", "clock", "invalid", "observe", "policy", "engine", "storage", "retry"],
    },
    Law {
        place: "handler",
        knows: &["record", "clock", "invalid", "observe", "policy", "engine", "storage", "retry"],
    },
];

/// The crates and the crates of ours that each may depend on, tests aside.
pub(crate) const CRATES: &[Law] = &[
    Law { place: "dlq-core", knows: &[] },
    Law { place: "xtask", knows: &[] },
    Law { place: "dlq-testkit", knows: &["dlq-core"] },
    Law { place: "dlq-kafka", knows: &["dlq-core"] },
    Law { place: "dlq-storage-keyed", knows: &["dlq-core"] },
    Law { place: "dlq-storage-*", knows: &["dlq-core", "dlq-storage-keyed"] },
    Law { place: "dlq-metrics", knows: &["dlq-core"] },
    Law { place: "dlq-patterns", knows: &["dlq-core"] },
    Law { place: "dlq", knows: BELOW_THE_TOP },
    Law { place: "dlq-examples", knows: BELOW_THE_TOP },
];

const BELOW_THE_TOP: &[&str] =
    &["dlq-core", "dlq-testkit", "dlq-kafka", "dlq-storage-*", "dlq-metrics", "dlq-patterns"];

/// Lines of a file, its test modules aside.
pub(crate) const FILE_LINES_MAX: usize = 500;

/// Lines of a function, from `fn` to its closing brace.
pub(crate) const FUNCTION_LINES_MAX: usize = 70;

/// A folder, with its slash, or a file.
pub(crate) const UNSAFE_PLACES: &[&str] = &[
    "dlq-core/benches/buffered.rs",
    "dlq-core/src/engine/ring/",
    "dlq-kafka/src/raw_headers.rs",
    "dlq-kafka/src/topic_ids.rs",
];
