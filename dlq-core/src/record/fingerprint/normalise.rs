//! A message without what differs from one letter to the next.

use std::borrow::Cow;

/// No more of a message is read than this, in bytes: what groups it stands in front.
const LENGTH_MAX: usize = 8 * 1024;

/// Takes the variable parts out of a message:
///
/// | found | becomes |
/// |---|---|
/// | a number, with its sign; numbers joined by one of `.,:-/`: amounts, versions, addresses, dates, times | `#` |
/// | a UUID; four and more hexadecimal digits, a decimal one among them; `0x…`: object ids, hashes, pointers | `#` |
/// | what stands in `'single'`, `"double"` or `` `back` `` quotes (not an apostrophe inside a word) | the empty quotes |
/// | an e-mail address | `#@#` |
///
/// Reads at most the first 8 KiB, once. The result is never longer than the message, and normalising it again changes
/// nothing.
pub(super) fn normalise(message: &str) -> Cow<'_, str> {
    let text = message.get(..message.floor_char_boundary(LENGTH_MAX)).unwrap_or(message);
    let normalised = Normaliser::new(text).run();
    if normalised == text { Cow::Borrowed(text) } else { Cow::Owned(normalised) }
}

/// Goes over the bytes once, copying or replacing. It stops at ASCII bytes only, so every cut is between characters.
struct Normaliser<'a> {
    text: &'a str,
    /// The next byte to look at.
    at: usize,
    out: String,
    /// Where in `out` the name begins that an `@` would turn into an e-mail address; none when there is no such name.
    mailbox: Option<usize>,
    /// The quotes that are known to have no partner in the rest of the text, so that nobody looks for it twice.
    unpaired: Vec<u8>,
}

impl<'a> Normaliser<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, out: String::with_capacity(text.len()), mailbox: None, unpaired: Vec::new() }
    }

    fn run(mut self) -> String {
        while let Some(byte) = self.byte(self.at) {
            match byte {
                b'"' | b'\'' | b'`' => self.quote(byte),
                b'@' => self.at_sign(),
                _ if byte.is_ascii_alphanumeric() => self.word(),
                _ => self.punctuation(),
            }
        }
        self.out
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn slice(&self, end: usize) -> &'a str {
        self.text.get(self.at..end).unwrap_or_default()
    }

    /// Where the bytes from `start` on stop to be such.
    fn end_of(&self, start: usize, such: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        start + rest.iter().position(|byte| !such(*byte)).unwrap_or(rest.len())
    }

    fn copy_to(&mut self, end: usize) {
        self.out.push_str(self.slice(end));
        self.at = end;
    }

    fn punctuation(&mut self) {
        let end = self.end_of(self.at, |byte| !stops_punctuation(byte));
        if !self.slice(end).bytes().all(is_mailbox) {
            self.mailbox = None;
        }
        self.copy_to(end);
    }

    fn quote(&mut self, quote: u8) {
        self.mailbox = None;
        if let Some(end) = self.closing(quote) {
            self.out.extend([char::from(quote); 2]);
            self.at = end + 1;
        } else {
            self.copy_to(self.at + 1);
        }
    }

    /// Where the quote that opens here is closed; nothing when it opens nothing.
    fn closing(&mut self, quote: u8) -> Option<usize> {
        let inside_word = |at: Option<usize>| at.and_then(|at| self.byte(at)).is_some_and(is_word);
        let apostrophe = quote == b'\'' && inside_word(self.at.checked_sub(1));
        if apostrophe || self.unpaired.contains(&quote) {
            return None;
        }
        let mut at = self.at + 1;
        while let Some(byte) = self.byte(at) {
            match byte {
                b'\\' => at += 2,
                _ if byte == quote && !(quote == b'\'' && inside_word(Some(at + 1))) => return Some(at),
                _ => at += 1,
            }
        }
        self.unpaired.push(quote);
        None
    }

    fn at_sign(&mut self) {
        let start = self.at + 1;
        let end = self.end_of(start, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        let domain = self.text.get(start..end).unwrap_or_default();
        match self.mailbox.take() {
            Some(mailbox) if is_domain(domain) => {
                self.out.truncate(mailbox);
                self.out.push_str("#@#");
                self.at = start + domain.trim_end_matches(['.', '-']).len();
            }
            _ => self.copy_to(start),
        }
    }

    /// A run of ASCII letters and digits.
    fn word(&mut self) {
        self.mailbox.get_or_insert(self.out.len());
        let end = self.end_of(self.at, |byte| byte.is_ascii_alphanumeric());
        if let Some(uuid_end) = self.uuid_end(end) {
            self.number(uuid_end);
        } else if is_hexadecimal(self.slice(end)) {
            self.number(end);
        } else {
            self.letters_and_digits(end);
        }
    }

    /// Where the UUID ends that begins with the word up to `end`; nothing when it begins none.
    fn uuid_end(&self, end: usize) -> Option<usize> {
        let uuid_end = self.at + UUID_LENGTH;
        let goes_on = || self.byte(uuid_end).is_some_and(|byte| byte.is_ascii_alphanumeric());
        (end - self.at == UUID_WORD_LENGTH && is_uuid(self.slice(uuid_end)) && !goes_on()).then_some(uuid_end)
    }

    fn letters_and_digits(&mut self, end: usize) {
        while self.at < end {
            let letters = self.end_of(self.at, |byte| byte.is_ascii_alphabetic());
            self.copy_to(letters);
            let digits = self.end_of(self.at, |byte| byte.is_ascii_digit());
            if digits > self.at {
                self.number(digits);
            }
        }
    }

    /// Puts `#` for the text up to `end`, in one with the number before it and with its own sign.
    fn number(&mut self, end: usize) {
        self.at = end;
        match *self.out.as_bytes() {
            [.., b'#', b'.' | b',' | b':' | b'-' | b'/'] => {
                self.out.pop();
            }
            [b'-'] | [.., b' ' | b'=' | b'(' | b'[' | b'{' | b':' | b',', b'-'] => {
                self.out.pop();
                self.out.push('#');
            }
            _ => self.out.push('#'),
        }
    }
}

const UUID_LENGTH: usize = 36;

/// Of the word a UUID begins with.
const UUID_WORD_LENGTH: usize = 8;

/// `8-4-4-4-12` hexadecimal digits, a decimal one among them.
fn is_uuid(text: &str) -> bool {
    text.len() == UUID_LENGTH
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_hexadecimal(word: &str) -> bool {
    let prefixed = word.strip_prefix("0x").filter(|digits| !digits.is_empty());
    let digits = prefixed.unwrap_or(word);
    (prefixed.is_some() || (word.len() >= 4 && word.bytes().any(|byte| byte.is_ascii_digit())))
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_domain(text: &str) -> bool {
    let alphanumeric = u8::is_ascii_alphanumeric;
    text.as_bytes()
        .windows(3)
        .any(|bytes| matches!(bytes, [a, b'.', b] if alphanumeric(a) && alphanumeric(b)))
}

fn stops_punctuation(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'"' | b'\'' | b'`' | b'@')
}

/// What may stand between the letters of a mailbox's name.
fn is_mailbox(byte: u8) -> bool {
    matches!(byte, b'.' | b'_' | b'-' | b'+' | b'%')
}

/// What a single quote must not touch on its outer side, or it is an apostrophe. `#` counts, for it stands for a word.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'#') || !byte.is_ascii()
}
