//! Text that others wrote, made harmless: nothing that is shown can steer a terminal.

use std::borrow::Cow;

/// How many bytes that are not UTF-8 are shown.
const HEX_BYTES_MAX: usize = 256;

/// A text for one line: every control character escaped, also tabs and line breaks.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, steers)
}

/// A text of several lines: every control character escaped but tabs and line breaks.
#[must_use]
pub fn block(text: &str) -> Cow<'_, str> {
    escaped(text, |c| steers(c) && !matches!(c, '\n' | '\t'))
}

/// At most so many characters of a text, on one line; `…` stands for the rest.
#[must_use]
pub fn short(text: &str, chars_max: usize) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(chars_max).collect();
    let rest = if chars.next().is_some() { "…" } else { "" };
    format!("{}{rest}", line(&start))
}

/// At most so many bytes: as text where they are UTF-8, else in hexadecimal, and what is left out.
#[must_use]
pub fn bytes(bytes: &[u8], bytes_max: usize) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let end = text.floor_char_boundary(bytes_max);
            let shown = text.get(..end).unwrap_or_default();
            format!("{}{}", block(shown), left_out(bytes.len() - end))
        }
        Err(_) => {
            let shown = bytes.get(..bytes_max.min(HEX_BYTES_MAX)).unwrap_or(bytes);
            format!("{} (not UTF-8){}", hex(shown), left_out(bytes.len() - shown.len()))
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("0x{digits}")
}

fn left_out(bytes: usize) -> String {
    if bytes == 0 { String::new() } else { format!("… {bytes} bytes more") }
}

/// JSON text in which control characters that JSON allows as they are, such as C1 and those that turn the direction of
/// writing, are escaped too. It stays the same JSON: outside its strings there are none but line breaks.
#[must_use]
pub fn json(json: &str) -> Cow<'_, str> {
    replaced(json, |c| c != '\n' && steers(c), |c| format!("\\u{:04x}", u32::from(c)))
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    replaced(text, is_escaped, |c| c.escape_default().to_string())
}

fn replaced(text: &str, is_meant: impl Fn(char) -> bool, with: impl Fn(char) -> String) -> Cow<'_, str> {
    if !text.chars().any(&is_meant) {
        return Cow::Borrowed(text);
    }
    let each = |c: char| if is_meant(c) { with(c) } else { c.to_string() };
    Cow::Owned(text.chars().map(each).collect())
}

/// Whether a terminal may act on the character instead of showing it. All of them take one UTF-16 unit.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(line("a\u{1b}[31m\n\t\u{9b}ä\u{202e}"), "a\\u{1b}[31m\\n\\t\\u{9b}ä\\u{202e}");
        assert_eq!(block("a\n\tb\r\u{7}"), "a\n\tb\\r\\u{7}");
        assert!(matches!(line("plain ä"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_stays_the_same_json() {
        let value = serde_json::json!({ "text": "\u{1b}\u{7f}\u{9b}\u{202e}ä\n" });
        let text = serde_json::to_string_pretty(&value).unwrap();
        let safe = json(&text);
        assert!(!safe.chars().any(|c| c != '\n' && steers(c)), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }

    #[test]
    fn bytes_are_text_or_hexadecimal() {
        assert_eq!(bytes("häß".as_bytes(), 99), "häß");
        assert_eq!(bytes("häß".as_bytes(), 2), "h… 4 bytes more");
        assert_eq!(bytes(&[0xff, 0, 1], 99), "0xff0001 (not UTF-8)");
        assert_eq!(bytes(&[0xff, 0, 1], 1), "0xff (not UTF-8)… 2 bytes more");
        assert_eq!(short("a\nbc", 3), "a\\nb…");
    }
}
