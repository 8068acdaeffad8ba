//! Letters in files: the form that golden and recorded ones share.

use std::path::PathBuf;

use serde::Deserialize;

/// Every letter of the folder, without those of the folders in it.
pub(crate) fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.is_file()).collect();
    assert!(!files.is_empty(), "no letters in {folder}");
    files.sort();
    files
}

/// A header: its name, and its value.
#[derive(Deserialize)]
pub(crate) struct WireHeader {
    pub(crate) name: String,
    #[serde(flatten)]
    value: WireValue,
}

/// Bytes as `text`, `lines` (joined by line feeds) or `hex`, or `null`.
#[derive(Deserialize)]
pub(crate) struct WireValue {
    text: Option<String>,
    lines: Option<Vec<String>>,
    hex: Option<String>,
    null: Option<bool>,
}

impl WireHeader {
    /// The bytes of the value, unless it is null.
    pub(crate) fn value(&self) -> Option<Vec<u8>> {
        self.value.bytes()
    }
}

impl WireValue {
    /// The bytes, unless it is null.
    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        match (&self.text, &self.lines, &self.hex, self.null) {
            (Some(text), None, None, None) => Some(text.clone().into_bytes()),
            (None, Some(lines), None, None) => Some(lines.join("\n").into_bytes()),
            (None, None, Some(hex), None) => Some(bytes(hex)),
            (None, None, None, Some(true)) => None,
            _ => panic!("a value is none or several of text, lines, hex and null"),
        }
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}
