//! What a rule asks of a class or a message.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::str::FromStr;

use regex::Regex;

/// What a [`Rule`](super::Rule) asks of a class or a message.
///
/// In configuration it is written so: `*` anything; `text` the whole; `text*` the beginning; `*text` the end;
/// `*text*` any part; `/text/` a regular expression.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Anything; a class or message that is not known, too.
    Any,
    /// The whole text. Of a class, the name without its package, or the class it is nested in, will do:
    /// `TimeoutException`.
    Is(Cow<'static, str>),
    /// How the text begins: `org.apache.avro.`.
    StartsWith(Cow<'static, str>),
    /// How the text ends: `ValidationException`.
    EndsWith(Cow<'static, str>),
    /// Some part of the text, whatever the case of its ASCII letters.
    Contains(Cow<'static, str>),
    /// What the regular expression finds.
    Matches(Regex),
}

impl Pattern {
    /// True when `text` fits.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Is(whole) => text == whole,
            Self::StartsWith(start) => text.starts_with(start.as_ref()),
            Self::EndsWith(end) => text.ends_with(end.as_ref()),
            Self::Contains(part) => contains_in_any_case(text.as_bytes(), part.as_bytes()),
            Self::Matches(regex) => regex.is_match(text),
        }
    }

    /// True when `text` fits, or when it is not known and need not be.
    pub(super) fn admits(&self, text: Option<&str>) -> bool {
        text.map_or(matches!(self, Self::Any), |text| self.matches(text))
    }
}

/// Looks for the first letter in both cases and compares from there.
fn contains_in_any_case(text: &[u8], part: &[u8]) -> bool {
    let Some(first) = part.first() else {
        return true;
    };
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text)
        .filter_map(|at| text.get(at..at + part.len()))
        .any(|found| found.eq_ignore_ascii_case(part))
}

impl FromStr for Pattern {
    type Err = InvalidPattern;

    /// # Errors
    ///
    /// An empty text, a `*` elsewhere than first or last, a regular expression that is none.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |reason: String| InvalidPattern { value: text.to_owned(), reason };
        if text == "*" {
            return Ok(Self::Any);
        }
        if let Some(regex) = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            return Regex::new(regex).map(Self::Matches).map_err(|error| invalid(error.to_string()));
        }
        let (open_start, rest) = text.strip_prefix('*').map_or((false, text), |rest| (true, rest));
        let (open_end, part) = rest.strip_suffix('*').map_or((false, rest), |part| (true, part));
        if part.is_empty() || part.contains('*') {
            return Err(invalid("`*` stands first, last or alone, with some text between".to_owned()));
        }
        let part = Cow::Owned(part.to_owned());
        Ok(match (open_start, open_end) {
            (false, false) => Self::Is(part),
            (false, true) => Self::StartsWith(part),
            (true, false) => Self::EndsWith(part),
            (true, true) => Self::Contains(part),
        })
    }
}

/// A text that is no [`Pattern`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPattern {
    value: String,
    reason: String,
}

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, reason } = self;
        write!(
            f,
            "pattern {value:?} is invalid: {reason}; allowed: *, text, text*, *text, *text*, /regular expression/"
        )
    }
}

impl Error for InvalidPattern {}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn each_form_matches_what_it_says() {
        let matches = |pattern: &str, text: &str| pattern.parse::<Pattern>().unwrap().matches(text);
        assert!(matches("*", ""));
        assert!(matches("a.B", "a.B") && !matches("a.B", "a.Bc") && !matches("a.B", "xa.B"));
        assert!(matches("com.acme.*", "com.acme.Foo") && !matches("com.acme.*", "org.com.acme.Foo"));
        assert!(matches("*Timeout", "SlowTimeout") && !matches("*Timeout", "SlowTimeouts"));
        assert!(matches("*Rate LIMIT*", "the rate limit hit") && !matches("*rate limit*", "the rate"));
        assert!(matches("/code [45]../", "code 503") && !matches("/code [45]../", "code 200"));
    }

    #[test]
    fn only_any_admits_the_unknown() {
        assert!(Pattern::Any.admits(None));
        assert!(!"text".parse::<Pattern>().unwrap().admits(None));
    }

    #[test]
    fn a_wrong_text_is_refused_with_what_is_allowed() {
        for wrong in ["", "**", "a*b", "/(/"] {
            let error = wrong.parse::<Pattern>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("pattern {wrong:?} is invalid: ")), "{error}");
            assert!(error.ends_with("/regular expression/"), "{error}");
        }
    }
}
