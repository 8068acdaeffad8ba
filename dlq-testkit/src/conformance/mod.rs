//! The one suite for every store: a check per promise of the [contract](dlq_core::storage).
//!
//! [`conformance!`](crate::conformance!) makes a test of every check. A check opens a store of its own, on a clock that
//! stands still until the check moves it.

#[macro_use]
mod list;
mod audit;
mod examinee;
mod prepare;
mod verify;
mod walk;

macro_rules! groups {
    ($($(#[doc = $doc:literal])+ $group:ident;)+) => {$(
        $(#[doc = $doc])+
        #[expect(missing_docs, reason = "the name of a check says what it proves")]
        pub mod $group;
    )+

    #[cfg(test)]
    const SOURCES: &[&str] = &[$(include_str!(concat!(stringify!($group), ".rs"))),+];
    };
}

groups! {
    /// New records and arrivals.
    save;
    /// Whatever bytes a message is made of.
    content;
    /// Replacing progress.
    replace;
    /// Reading by id.
    find;
    /// Reading by criteria, page by page.
    page;
    /// Counting by criteria.
    count;
    /// Patching by criteria.
    bulk;
    /// Purging by criteria.
    delete;
    /// The words that library and command line share.
    words;
    /// Leasing records.
    claim;
    /// Keeping lanes in order.
    lanes;
    /// Giving leases back.
    settle;
    /// Recognising what was sent home and came back.
    returns;
    /// How far capture has come.
    watermark;
    /// The books.
    account;
    /// Numbers that do not scan.
    statistics;
    /// Who changed what.
    history;
    /// Documents.
    documents;
    /// A store that moves, as a whole.
    transfer;
    /// Is it there?
    health;
    /// Many at once.
    races;
    /// What holds over all methods.
    promises;
}

pub use audit::audit;
pub use examinee::{Examinee, StoreUnderTest};

#[cfg(test)]
mod tests {
    use super::SOURCES;

    /// One that is not would never run.
    #[test]
    fn every_check_is_in_the_list() {
        let listed: Vec<&str> = include_str!("list.rs").split_whitespace().collect();
        let checks = SOURCES.iter().flat_map(|source| source.split("\npub async fn ").skip(1));
        for check in checks.filter_map(|rest| rest.split('(').next()) {
            assert!(listed.contains(&check), "{check} is not in the list");
        }
    }
}
