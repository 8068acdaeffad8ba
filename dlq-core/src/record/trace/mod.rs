//! Reading a stack trace: which exceptions were thrown, around which others, and where.
//!
//! The text is what Java's `printStackTrace` writes (.NET's `ToString` is close enough to be read the same way):
//!
//! ```text
//! org.springframework.kafka.listener.ListenerExecutionFailedException: Listener failed   ← the outermost
//!     at org.springframework.kafka.listener.KafkaMessageListenerContainer…(…java:2994)   ← its frames
//!     Suppressed: …                                                                      ← not of the chain
//! Caused by: com.acme.PaymentException: card refused                                     ← the next one in
//!     at com.acme.Payments.charge(Payments.java:42)
//!     ... 24 more                                                                        ← as the one around it
//! ```
//!
//! Everything found is a piece of the text that was read: the caller gets its place by comparing pointers.
//! A text of any other shape holds no throwables; nothing is guessed. Frames alone, as .NET's `StackTrace` writes them, are
//! those of an exception that is told elsewhere.

mod frame;

mod throwable;

#[cfg(test)]
mod tests;

pub use frame::{Frame, FrameworkPrefixes};
pub use throwable::{Throwable, is_wrapper};

use memchr::memmem;

/// The chain of exceptions in a stack trace, outermost first; empty when the text is no stack trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackTrace<'a> {
    /// The exception of the first line, then every cause in the order written.
    pub throwables: Vec<Throwable<'a>>,
    /// A text that begins with frames, without the exception that they are of.
    frames_alone: &'a str,
}

impl<'a> StackTrace<'a> {
    /// Reads `text` in one pass, in time linear to its length.
    ///
    /// A cause whose first line does not begin with a class name (some drivers print what they like) is no throwable
    /// of its own; its lines stay with the exception around it.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let text = text.trim_start_matches(['\r', '\n']);
        if text.is_empty() {
            return Self::default();
        }
        let mark = cause_mark(text);
        let mut throwables = Vec::new();
        let mut start = 0;
        for found in memmem::find_iter(text.as_bytes(), mark) {
            let next = found + mark.len();
            let rest = text.get(next..).unwrap_or_default();
            let may_be_words = mark == DOTNET && !text.get(..found).unwrap_or_default().ends_with('\n');
            if throwable::begins_with_class(rest, may_be_words) {
                throwables.extend(text.get(start..found).and_then(Throwable::read));
                start = next;
            }
        }
        throwables.extend(text.get(start..).and_then(Throwable::read));
        let frames_alone = if Frame::begins(text) { text } else { "" };
        Self { throwables, frames_alone }
    }

    /// The exception that tells most: the first that is no [framework wrapper](is_wrapper), or, when all are, the root.
    #[must_use]
    pub fn failure(&self) -> Option<&Throwable<'a>> {
        self.throwables.iter().find(|throwable| !throwable.is_wrapper()).or_else(|| self.root())
    }

    /// The class of the [`failure`](Self::failure).
    #[must_use]
    pub fn class(&self) -> Option<&'a str> {
        self.failure().map(|throwable| throwable.class)
    }

    /// The message of the [`failure`](Self::failure); nothing when it was thrown without one.
    #[must_use]
    pub fn message(&self) -> Option<&'a str> {
        self.failure().and_then(|throwable| throwable.message)
    }

    /// The root cause: the last of the chain.
    #[must_use]
    pub fn root(&self) -> Option<&Throwable<'a>> {
        self.throwables.last()
    }

    /// The first frame of the root cause that belongs to the application, that is, to none of `frameworks`.
    ///
    /// A root cause that shares frames with the exception around it (`... n more`), or that has none, goes on in the
    /// frames of that exception, and so on outwards.
    #[must_use]
    pub fn application_frame(&self, frameworks: &FrameworkPrefixes) -> Option<Frame<'a>> {
        for throwable in self.throwables.iter().rev() {
            let found = throwable.frames().find(|frame| !frameworks.contain(frame.name()));
            if found.is_some() || throwable.has_all_frames() {
                return found;
            }
        }
        self.frames_alone.lines().filter_map(Frame::read).find(|frame| !frameworks.contain(frame.name()))
    }
}

/// What stands in front of a cause in Java.
const JAVA: &[u8] = b"\nCaused by: ";

/// What stands in front of a cause in .NET: on a line of its own, or, in the .NET Framework, on that of its wrapper.
const DOTNET: &[u8] = b" ---> ";

/// What stands in front of a cause: Java's mark, or .NET's when Java's is nowhere.
fn cause_mark(text: &str) -> &'static [u8] {
    let is_java = [JAVA, b"\n\tat "].iter().any(|mark| memmem::find(text.as_bytes(), mark).is_some());
    if is_java { JAVA } else { DOTNET }
}
