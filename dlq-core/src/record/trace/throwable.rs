//! One exception of a chain.

use super::Frame;

/// One exception as the stack trace tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throwable<'a> {
    /// The full class name: `java.net.SocketTimeoutException`.
    pub class: &'a str,
    /// What follows the class name, over as many lines as it takes; nothing when it was thrown without a message.
    pub message: Option<&'a str>,
    /// The lines after the message: frames, `... n more`, suppressed exceptions.
    body: &'a str,
}

impl<'a> Throwable<'a> {
    /// Reads the text from a class name up to the next cause; nothing when it is no exception.
    ///
    /// A name that does not look like a class must be followed by frames to be believed.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (head, body) = text.split_at_checked(body_offset(text))?;
        let (class, rest) = split_class(head)?;
        let message = match without_code(rest).trim_end_matches(['\r', '\n']) {
            "" => None,
            rest => Some(rest.strip_prefix(": ").or_else(|| rest.strip_prefix(':'))?),
        };
        (looks_like_class(class) || !body.is_empty()).then_some(Self { class, message, body })
    }

    /// Its own frames, innermost first; not those of suppressed exceptions.
    pub fn frames(&self) -> impl Iterator<Item = Frame<'a>> + use<'a> {
        self.body.lines().take_while(|line| !ends_inner_frames(line)).filter_map(Frame::read)
    }

    /// True when this class only carries another, see [`is_wrapper`].
    #[must_use]
    pub fn is_wrapper(&self) -> bool {
        is_wrapper(self.class)
    }

    /// False when some of its frames, or all, are only written with the exception around it.
    pub(super) fn has_all_frames(&self) -> bool {
        self.frames().next().is_some() && !self.body.lines().any(|line| line.starts_with(ELIDED))
    }
}

/// True for the exceptions that frameworks put around the application's own.
///
/// They match by simple name, whatever their package, save Kafka Connect's `ConnectException`: `java.net` has one that
/// tells a failure of its own. A wrapper around nothing is itself the failure.
#[must_use]
pub fn is_wrapper(class: &str) -> bool {
    const CONNECT: &str = "org.apache.kafka.connect.errors.ConnectException";
    let end_of_package = memchr::memrchr3(b'.', b'$', b'+', class.as_bytes());
    let simple = end_of_package.and_then(|end| class.get(end + 1..)).unwrap_or(class);
    WRAPPERS.contains(&simple) || class == CONNECT
}

const WRAPPERS: [&str; 14] = [
    "ListenerExecutionFailedException",
    "TimestampedException",
    "BatchListenerFailedException",
    "MessagingException",
    "MessageHandlingException",
    "RetryException",
    "ProcessingException",
    "InvocationTargetException",
    "CompletionException",
    "ExecutionException",
    "UndeclaredThrowableException",
    "StreamsException",
    // .NET
    "AggregateException",
    "TargetInvocationException",
];

/// Stands for the frames that are the same as the last ones of the exception around it.
const ELIDED: &str = "\t... ";

/// What a line after the message begins with.
const BODY_MARKS: [&str; 5] =
    [Frame::JAVA_MARK, Frame::DOTNET_MARK, ELIDED, "\tSuppressed: ", "\t[CIRCULAR REFERENCE"];

/// Where the message has ended: the first line that can be no part of it.
fn body_offset(text: &str) -> usize {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if BODY_MARKS.iter().any(|mark| line.starts_with(mark)) {
            return offset;
        }
        offset += line.len();
    }
    offset
}

/// .NET writes the frames of the exceptions around an inner one after the inner one's.
fn ends_inner_frames(line: &str) -> bool {
    line.starts_with("   --- End of inner exception stack trace ---")
}

/// True when `text` begins with a class name and either ends its line there or goes on with a message. Where it
/// `may_be_words` of a message, the name must look like a class.
pub(super) fn begins_with_class(text: &str, may_be_words: bool) -> bool {
    split_class(text).is_some_and(|(class, rest)| {
        let rest = without_code(rest);
        let ends = rest.is_empty() || rest.starts_with([':', '\r', '\n']);
        ends && (!may_be_words || looks_like_class(class))
    })
}

/// What follows the class name without the error's code, which .NET puts between class and message:
/// `SocketException (111): Connection refused`, `NpgsqlException (0x80004005): …`.
fn without_code(rest: &str) -> &str {
    let code = rest.strip_prefix(" (").and_then(|rest| rest.split_once(')'));
    let is_code = |code: &str| match code.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => code.parse::<i64>().is_ok(),
    };
    code.filter(|(code, _)| is_code(code)).map_or(rest, |(_, rest)| rest)
}

/// A class name and what follows it.
fn split_class(text: &str) -> Option<(&str, &str)> {
    let (class, rest) = text.split_at_checked(class_end(text))?;
    class.split('.').all(starts_identifier).then_some((class, rest))
}

/// Where the characters of a class name end. Most are ASCII, which needs no decoding.
fn class_end(text: &str) -> usize {
    let is_class_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b'+');
    let end = text.bytes().position(|byte| !is_class_byte(byte)).unwrap_or(text.len());
    match text.as_bytes().get(end) {
        Some(byte) if !byte.is_ascii() => text.find(|c: char| !is_class_char(c)).unwrap_or(text.len()),
        _ => end,
    }
}

fn is_class_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '$' | '+')
}

fn starts_identifier(segment: &str) -> bool {
    segment.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$'))
}

/// True for `package.Class`; a lone word, or words all in small letters, may be anything.
fn looks_like_class(class: &str) -> bool {
    class.rsplit_once('.').is_some_and(|(_, simple)| simple.starts_with(char::is_uppercase))
}
