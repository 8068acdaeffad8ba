//! [`Metric`]: every number there is, each with its name, its kind, its unit, its labels and what it tells: the one
//! place.

/// How a number moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// It only grows, from zero at the start of the process.
    Counter,
    /// It goes up and down.
    Gauge,
    /// It is counted into buckets with these upper bounds, and one above them.
    Histogram(&'static [f64]),
}

/// In what it is measured. Base units only, as Prometheus has it: what other systems show in microseconds stands here
/// in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Bytes.
    Bytes,
    /// Seconds, with as many decimals as are known.
    Seconds,
    /// A share, from 0 to 1.
    Ratio,
}

/// What is said of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Description {
    /// The name on a Prometheus page.
    pub name: &'static str,
    /// How it moves.
    pub kind: Kind,
    /// In what it is measured.
    pub unit: Unit,
    /// The labels that it has, and no others.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub help: &'static str,
}

/// From a millisecond to a minute.
const LATENCY: Kind =
    Kind::Histogram(&[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0]);
/// From a record alone to the largest batch that can be configured.
const SIZE: Kind =
    Kind::Histogram(&[1.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0, 100_000.0]);
/// Tenths.
const SHARE: Kind = Kind::Histogram(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);

/// Declares every metric once: the variant, its documentation, and its [`Description`].
macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $metric:ident = $name:literal, $kind:expr, $unit:ident $(, $label:literal)*;)+) => {
        /// A number that is told of a dead-letter queue handler.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Metric {
            $($(#[doc = $help])+ $metric,)+
        }

        impl Metric {
            /// Every metric, in the order of the reference.
            pub const ALL: &'static [Self] = &[$(Self::$metric,)+];

            /// What is said of it.
            #[must_use]
            pub const fn description(self) -> Description {
                match self {
                    $(Self::$metric => Description {
                        name: $name,
                        kind: $kind,
                        unit: Unit::$unit,
                        labels: &[$($label),*],
                        help: concat!($($help),+).trim_ascii(),
                    },)+
                }
            }
        }
    };
}

metrics! {
    /// Dead letters read from a topic, before they are stored.
    CapturedRecords = "dlq_captured_records_total", Kind::Counter, Count, "topic";
    /// Their bytes.
    CapturedBytes = "dlq_captured_bytes_total", Kind::Counter, Bytes, "topic";
    /// Dead letters by the framework whose handwriting was recognised.
    DialectRecords = "dlq_dialect_records_total", Kind::Counter, Count, "dialect";
    /// Dead letters in which no framework's handwriting was recognised.
    UnrecognisedRecords = "dlq_unrecognised_records_total", Kind::Counter, Count, "topic";
    /// Records of a batch when it sets out for the storage; how many there are is the number of batches.
    BatchRecords = "dlq_batch_records", SIZE, Count;
    /// Records of a batch against how many it could have held.
    BatchFill = "dlq_batch_fill_ratio", SHARE, Ratio;
    /// Bytes between Kafka and the storage's answer when the last batch set out.
    BufferUsed = "dlq_buffer_used_bytes", Kind::Gauge, Bytes;
    /// How many they may be before partitions are paused.
    BufferLimit = "dlq_buffer_limit_bytes", Kind::Gauge, Bytes;
    /// The one against the other.
    BufferUtilisation = "dlq_buffer_utilisation_ratio", Kind::Gauge, Ratio;
    /// 1 while partitions are paused because the buffer is full, else 0.
    Paused = "dlq_capture_paused", Kind::Gauge, Count;
    /// How often partitions were paused because the buffer was full.
    Pauses = "dlq_capture_pauses_total", Kind::Counter, Count;
    /// Records written for the first time.
    StoredRecords = "dlq_stored_records_total", Kind::Counter, Count;
    /// Their bytes.
    StoredBytes = "dlq_stored_bytes_total", Kind::Counter, Bytes;
    /// Records that were stored already when they were captured again.
    DuplicateRecords = "dlq_duplicate_records_total", Kind::Counter, Count;
    /// Dead letters recognised as the return of a record that was sent home.
    ReturnedRecords = "dlq_returned_records_total", Kind::Counter, Count;
    /// Records that the storage refuses and nobody else keeps: each holds its partition.
    RefusedRecords = "dlq_refused_records_total", Kind::Counter, Count;
    /// Records that the storage refused and quarantine keeps.
    QuarantinedRecords = "dlq_quarantined_records_total", Kind::Counter, Count;
    /// Records that a program submitted and that were dropped to make room, by the gate's rule.
    DroppedRecords = "dlq_dropped_records_total", Kind::Counter, Count, "rule";
    /// Records that a program submitted and that were not let in, by the gate's rule: they went back to it.
    TurnedAwayRecords = "dlq_turned_away_records_total", Kind::Counter, Count, "rule";
    /// How long the storage took to answer a batch.
    StoreDuration = "dlq_store_duration_seconds", LATENCY, Seconds;
    /// How long a batch took from the capture of its first record to the storage's answer.
    CaptureLatency = "dlq_capture_latency_seconds", LATENCY, Seconds;
    /// How often a batch had to be written again because the storage did not answer.
    StoreRetries = "dlq_store_retries_total", Kind::Counter, Count;
    /// How long the storage took to answer a call of any kind, by the contract's method.
    StorageCallDuration = "dlq_storage_call_duration_seconds", LATENCY, Seconds, "operation";
    /// Calls of the storage that came to an error as a whole, by method and by the error's kind; `abandoned` where nobody
    /// waited for the answer.
    StorageCallErrors = "dlq_storage_call_errors_total", Kind::Counter, Count, "operation", "kind";
    /// 1 while batches wait for a storage that does not answer (the circuit is open), else 0.
    BreakerOpen = "dlq_storage_breaker_open", Kind::Gauge, Count;
    /// Partitions that this instance reads.
    AssignedPartitions = "dlq_assigned_partitions", Kind::Gauge, Count;
    /// Offsets still to be stored; 0 for a partition that another instance reads by now.
    Lag = "dlq_capture_lag_offsets", Kind::Gauge, Count, "topic", "partition";
    /// Offsets of dead letters that were gone before they were captured.
    MissingOffsets = "dlq_missing_offsets_total", Kind::Counter, Count, "topic";
    /// How often the source stopped with an error and was started again.
    SourceRestarts = "dlq_source_restarts_total", Kind::Counter, Count;
    /// Attempts to send records home: records claimed for it.
    RedriveAttempts = "dlq_redrive_attempts_total", Kind::Counter, Count;
    /// Records sent home that the target accepted.
    RedriveDelivered = "dlq_redrive_delivered_total", Kind::Counter, Count;
    /// Records that could not be sent home, or of which nobody knows.
    RedriveFailed = "dlq_redrive_failed_total", Kind::Counter, Count;
    /// Records in the storage by status, as the books have it.
    Records = "dlq_records", Kind::Gauge, Count, "status";
    /// Open records by the topic in which they failed: pending, retrying, failed or on hold.
    OpenRecords = "dlq_open_records", Kind::Gauge, Count, "topic";
    /// Open records by the type of their failure.
    OpenByType = "dlq_open_records_by_type", Kind::Gauge, Count, "error_type";
    /// The entries of the books, over the storage's whole life.
    Books = "dlq_books_records", Kind::Gauge, Count, "entry";
    /// What the books' two sides differ by, which is to be 0: `arrived` lags while capture runs, `stored` never does.
    BooksDifference = "dlq_books_difference_records", Kind::Gauge, Count, "side";
    /// When the books were read last, as seconds since 1970: their numbers are of that moment.
    BooksRead = "dlq_books_read_timestamp_seconds", Kind::Gauge, Seconds;
    /// Always 1; the label tells what runs.
    BuildInfo = "dlq_build_info", Kind::Gauge, Count, "version";
    /// Processor time of this process, user and system.
    ProcessCpu = "process_cpu_seconds_total", Kind::Counter, Seconds;
    /// Memory of this process that is in use.
    ProcessResident = "process_resident_memory_bytes", Kind::Gauge, Bytes;
    /// Memory that it has reserved.
    ProcessVirtual = "process_virtual_memory_bytes", Kind::Gauge, Bytes;
    /// Memory that it may reserve at most.
    ProcessVirtualMax = "process_virtual_memory_max_bytes", Kind::Gauge, Bytes;
    /// Files and sockets that it has open.
    ProcessFiles = "process_open_fds", Kind::Gauge, Count;
    /// How many it may open.
    ProcessFilesMax = "process_max_fds", Kind::Gauge, Count;
    /// Its threads.
    ProcessThreads = "process_threads", Kind::Gauge, Count;
    /// When it was started, as seconds since 1970.
    ProcessStart = "process_start_time_seconds", Kind::Gauge, Seconds;
}

impl Metric {
    /// The name on a Prometheus page, such as `dlq_stored_bytes_total`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.description().name
    }

    /// The name in OpenTelemetry, such as `dlq.stored` in bytes: without the endings that tell kind and unit, which an
    /// exporter to Prometheus puts back.
    #[must_use]
    pub fn dotted(self) -> String {
        let Description { name, unit, .. } = self.description();
        let name = name.strip_suffix("_total").unwrap_or(name);
        let ending = match unit {
            Unit::Count => "",
            Unit::Bytes => "_bytes",
            Unit::Seconds => "_seconds",
            Unit::Ratio => "_ratio",
        };
        name.strip_suffix(ending).unwrap_or(name).replace('_', ".")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_follow_the_conventions_of_prometheus() {
        for metric in Metric::ALL {
            let Description { name, kind, unit, labels, help } = metric.description();
            assert!(name.starts_with("dlq_") || name.starts_with("process_"), "{name}");
            assert!(name.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase()), "{name}");
            assert_eq!(name.ends_with("_total"), kind == Kind::Counter, "{name}");
            let base = name.trim_end_matches("_total");
            assert_eq!(base.ends_with("_seconds"), unit == Unit::Seconds, "{name}");
            assert_eq!(base.ends_with("_bytes"), unit == Unit::Bytes, "{name}");
            assert_eq!(base.ends_with("_ratio"), unit == Unit::Ratio, "{name}");
            assert!(!labels.contains(&"le") && help.ends_with('.'), "{name}: {help}");
        }
    }

    #[test]
    fn names_are_there_once() {
        let names: HashSet<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        let dotted: HashSet<_> = Metric::ALL.iter().map(|metric| metric.dotted()).collect();
        assert_eq!((names.len(), dotted.len()), (Metric::ALL.len(), Metric::ALL.len()));
        assert_eq!(Metric::StoredBytes.dotted(), "dlq.stored");
        assert_eq!(Metric::StoredRecords.dotted(), "dlq.stored.records");
        assert_eq!(Metric::CaptureLatency.dotted(), "dlq.capture.latency");
    }

    #[test]
    fn histograms_have_twelve_bounds_at_most_in_rising_order() {
        for metric in Metric::ALL {
            if let Kind::Histogram(bounds) = metric.description().kind {
                assert!(bounds.len() <= 12 && bounds.is_sorted(), "{}", metric.name());
            }
        }
    }
}
