//! [`Warnings`]: what could not be read, in words for a person.

use std::fmt;

/// How many warnings a record keeps.
const COUNT_MAX: usize = 32;
/// How long each may be, in bytes.
const BYTES_MAX: usize = 512;
/// How many bytes of a header's value a warning quotes.
const EXCERPT_BYTES_MAX: usize = 64;

/// The warnings about one letter: few, and none of them long, whatever the letter.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    kept: Vec<String>,
    left_out: usize,
}

impl Warnings {
    /// Adds a warning; beyond the limit it is only counted, and never written out.
    pub(super) fn add(&mut self, warning: fmt::Arguments<'_>) {
        if self.kept.len() == COUNT_MAX {
            self.left_out += 1;
            return;
        }
        let mut text = warning.to_string();
        text.truncate(text.floor_char_boundary(BYTES_MAX));
        self.kept.push(text);
    }

    /// Adds a warning about a header's value.
    pub(super) fn about(&mut self, header: &str, complaint: impl fmt::Display) {
        self.add(format_args!("header {header}: {complaint}"));
    }

    /// All that were kept, and, if some were not, how many.
    pub(super) fn into_texts(mut self) -> Vec<String> {
        if self.left_out > 0 {
            self.kept.push(format!("{} more warnings were left out", self.left_out));
        }
        self.kept
    }
}

/// The beginning of a value as quoted text: safe to print, whatever it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Excerpt<'a>(pub(super) &'a [u8]);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = self;
        let begin = bytes.get(..EXCERPT_BYTES_MAX).unwrap_or(bytes);
        let more = if begin.len() < bytes.len() { "…" } else { "" };
        write!(f, "{:?}{more}", String::from_utf8_lossy(begin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_few_and_short() {
        let mut warnings = Warnings::default();
        for _ in 0..COUNT_MAX + 3 {
            warnings.about("h", "ä".repeat(BYTES_MAX));
        }
        let texts = warnings.into_texts();
        assert_eq!(texts.len(), COUNT_MAX + 1);
        assert!(texts.iter().all(|text| text.len() <= BYTES_MAX));
        assert_eq!(texts.last().unwrap(), "3 more warnings were left out");
    }

    #[test]
    fn excerpts_are_safe_to_print() {
        assert_eq!(Excerpt(b"a\x1b[31m\xFF").to_string(), "\"a\\u{1b}[31m\u{FFFD}\"");
        assert!(Excerpt(&[b'x'; 1000]).to_string().ends_with("x\"…"));
    }
}
