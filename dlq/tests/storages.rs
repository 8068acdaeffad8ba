//! What each storage can do, as the README's table has it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[allow(unused_imports, reason = "each test file uses its part")]
mod rig;

use std::path::Path;

use dlq_core::storage::{Condition, StorageCapability};

use rig::{Store, opened, wait};

const BEGIN: &str =
    "<!-- What each storage can do: `UPDATE=1 cargo test -p dlq --test storages` writes it. -->\n";
const END: &str = "<!-- end -->";

#[test]
fn the_readme_tells_what_each_storage_can_do() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = std::fs::read_to_string(&readme).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (stands, after) = rest.split_once(END).unwrap();
    let table = table();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&readme, [before, BEGIN, &table, END, after].concat()).unwrap();
    } else {
        assert!(stands == table, "it has to be:\n{table}");
    }
}

fn table() -> String {
    let storages = [
        ("memory", Store::memory()),
        ("SQLite", Store::sqlite()),
        ("PostgreSQL", Store::postgres()),
        ("MariaDB, MySQL", Store::mariadb()),
        ("Redis, Valkey", Store::redis()),
        ("Cassandra, ScyllaDB", Store::cassandra()),
    ];
    let mut capabilities = Vec::new();
    for (_, store) in &storages {
        capabilities.push(wait(async { *opened(&store.url).await.capability() }));
    }
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let head = storages.iter().map(|(name, _)| (*name).to_owned());
    let mut table = row(std::iter::once(String::new()).chain(head).collect());
    table += &row(vec!["---".to_owned(); storages.len() + 1]);
    let line = |what: &str, tell: &dyn Fn(&StorageCapability) -> String| {
        row(std::iter::once(what.to_owned()).chain(capabilities.iter().map(tell)).collect())
    };
    table += &line("records written in one call", &|it| largest(it.largest_batch));
    for condition in Condition::ALL {
        let decides =
            |it: &StorageCapability| if it.pushed_down.contains(&condition) { "yes" } else { "" }.to_owned();
        table += &line(&named(condition), &decides);
    }
    table
}

fn largest(records: usize) -> String {
    if records == usize::MAX { "any number".to_owned() } else { records.to_string() }
}

/// `DeadLetterTopics` as two or three words.
fn named(condition: Condition) -> String {
    let mut words = String::from("by");
    for letter in format!("{condition:?}").chars() {
        if letter.is_uppercase() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}
