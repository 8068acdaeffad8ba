//! How many golden letters there are of each dialect.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// Letters of one dialect: written by its documentation, and recorded from the framework itself.
#[derive(Debug, Default)]
struct Count {
    written: usize,
    recorded: usize,
}

/// Prints the counts, by the dialect that decides.
pub(super) fn print(root: &Path) -> Result<(), Box<dyn Error>> {
    let folder = root.join("dlq-kafka/tests/wire");
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for dialect in dialects(&folder)? {
        counts.entry(dialect).or_default().written += 1;
    }
    for dialect in dialects(&folder.join("recorded"))? {
        counts.entry(dialect).or_default().recorded += 1;
    }
    println!("  {:<28}{:>8}{:>10}", "dialect", "written", "recorded");
    for (dialect, Count { written, recorded }) in counts {
        println!("  {dialect:<28}{written:>8}{recorded:>10}");
    }
    Ok(())
}

/// The deciding dialect of each letter of a folder.
fn dialects(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut dialects = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let letter: Value = serde_json::from_slice(&fs::read(&path)?)?;
            let expected = letter.get("expect").or_else(|| letter.get("reading"));
            let decides = expected.and_then(|expected| expected["dialects"][0].as_str());
            dialects.push(decides.unwrap_or("(none)").to_owned());
        }
    }
    Ok(dialects)
}
