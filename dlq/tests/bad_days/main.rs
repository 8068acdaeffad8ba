//! Bad days that end well: real processes, a real broker, real databases; nothing is lost, nothing is doubled, and the
//! books balance afterwards.
//!
//! | file | the bad day |
//! |---|---|
//! | `killed` | `dlq serve` is killed with SIGKILL, alone and beside another |
//! | `frozen` | it stands still for longer than its session |
//! | `told_to_stop` | it gets SIGTERM at any moment, thirty times; and twice at once |
//! | `database` | PostgreSQL, MariaDB or Redis is killed, stands still, or becomes read-only |
//! | `cut_off` | the network between `dlq serve` and PostgreSQL goes silent, resets, or forgets |
//! | `disk` | the storage's disk is full |
//! | `refused` | the storage refuses one record of many |
//! | `slow` | the storage is slower than the group's patience, and than a flood of large letters |
//! | `broker` | Kafka is killed, stands still, or is cut off |
//! | `forgotten` | Kafka no longer has what it had: topics made anew, retention, expired offsets |
//! | `corrupt` | a bit of a stored letter is no longer what it was |
//! | `large` | letters of twenty megabytes, and headers without end |
//! | `unreadable` | a flood of letters that nobody can read |
//! | `rebalanced` | members of the group come and go, under each of Kafka's protocols |
//! | `again` | Kafka delivers again what was stored, and sent home meanwhile |
//! | `odd` | letters of a form that no one expects |
//! | `home` | the way home of what failed in other frameworks, and of what has no home |
//! | `on_the_way` | a `dlq redrive` is killed, or stands still for longer than its lease |
//!
//! Letters that fail come from `letters`; what the tests share is in `tests/rig`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../rig/mod.rs"]
#[allow(unused_imports, reason = "each test file uses its part")]
mod rig;

mod again;
mod broker;
mod corrupt;
mod cut_off;
mod database;
mod disk;
mod forgotten;
mod frozen;
mod home;
mod killed;
mod large;
mod letters;
mod odd;
mod on_the_way;
mod rebalanced;
mod refused;
mod slow;
mod start;
mod told_to_stop;
mod unreadable;
