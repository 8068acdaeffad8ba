//! How the client fetches, by what capture is for.

use dlq_core::policy::config::Profile;

/// What holds for every profile that does not say otherwise: it bounds the client's memory, and is worth three times the
/// throughput of the client's own defaults.
///
/// A broker answers one fetch at a time. Where all other partitions are read to their end, a fetch that left while a
/// partition's queue was full waits at the broker for whatever comes to them, and that partition with it: not for the
/// client's half second, but for less than its queue lasts.
pub(super) const USUAL: [(&str, &str); 4] = [
    ("fetch.queue.backoff.ms", "5"),
    ("fetch.wait.max.ms", "50"),
    ("queued.max.messages.kbytes", "16384"),
    ("queued.min.messages", "10000"),
];

/// What a profile says otherwise.
pub(super) const fn otherwise(profile: Profile) -> &'static [(&'static str, &'static str)] {
    match profile {
        Profile::Default | Profile::Development => &[],
        Profile::HighThroughput => {
            &[("queued.max.messages.kbytes", "65536"), ("queued.min.messages", "100000")]
        }
        // Nothing that is ready waits: neither a fetch for room in the queue, nor a request for others to leave with.
        Profile::LowLatency => &[("fetch.queue.backoff.ms", "1"), ("socket.nagle.disable", "true")],
        Profile::MemoryEfficient => &[
            ("queued.max.messages.kbytes", "2048"),
            ("queued.min.messages", "1000"),
            ("fetch.max.bytes", "4194304"),
        ],
    }
}
