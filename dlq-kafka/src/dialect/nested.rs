//! Spring's messages of before 3.0, which repeat what was inside: `…; nested exception is <class>: <message>`.

use std::sync::LazyLock;

use dlq_core::record::trace::is_wrapper;
use dlq_core::record::{Content, Span};
use memchr::memmem::{self, Finder};

/// What stands in front of each exception inside.
const MARK: &str = "nested exception is ";
/// Looks for it; made once, for most messages are searched in vain.
static MARKS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARK));

/// How the words of Spring's wrapper end, from 3.0 on.
static WRAPPERS_WORDS: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| ["threw exception; ", "Listener failed; "].map(Finder::new));

/// What the outermost exception said for itself.
pub(super) fn outermost(message: &[u8]) -> &[u8] {
    let end = memmem::find(message, b"; nested exception is ").unwrap_or(message.len());
    message.get(..end).unwrap_or(message)
}

/// What the direct cause said, behind the words of Spring's wrapper; nothing where it said nothing.
pub(super) fn behind_wrapper(message: Span, content: &Content) -> Option<Span> {
    let whole = content.bytes(message);
    let ends = WRAPPERS_WORDS.iter().filter_map(|words| Some(words.find(whole)? + words.needle().len()));
    let Some(end) = ends.min() else { return Some(message) };
    message.of_part(whole, whole.get(end..)?).filter(|said| !said.is_empty())
}

/// The exceptions that a message names, outermost first.
#[derive(Debug)]
pub(super) struct Nested<'c> {
    chain: Vec<Inner<'c>>,
    text: &'c str,
    span: Span,
}

#[derive(Clone, Copy, Debug)]
struct Inner<'c> {
    class: &'c str,
    message: &'c str,
}

impl<'c> Nested<'c> {
    /// What the message at `span` names; nothing where it names none.
    pub(super) fn read(span: Span, content: &'c Content) -> Option<Self> {
        let bytes = content.bytes(span);
        MARKS.find(bytes)?;
        let text = std::str::from_utf8(bytes).ok()?;
        let chain: Vec<_> = text.split(MARK).skip(1).filter_map(inner).collect();
        (!chain.is_empty()).then_some(Self { chain, text, span })
    }

    /// The first class that is no framework's wrapper.
    pub(super) fn class(&self) -> Option<Span> {
        self.place_of(self.chain.iter().find(|inner| !is_wrapper(inner.class))?.class)
    }

    /// What the first exception of this class said.
    pub(super) fn message_of(&self, class: &str) -> Option<Span> {
        self.place_of(self.chain.iter().find(|inner| inner.class == class)?.message)
    }

    fn place_of(&self, piece: &str) -> Option<Span> {
        self.span.of_part(self.text.as_bytes(), piece.as_bytes())
    }
}

/// A class and what it said. What follows the mark may be anything: a class has a package and no blanks.
fn inner(text: &str) -> Option<Inner<'_>> {
    let text = text.strip_suffix("; ").unwrap_or(text);
    let (class, message) = text.split_once(": ").unwrap_or((text, ""));
    let is_class = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '$');
    (class.contains('.') && class.chars().all(is_class)).then_some(Inner { class, message })
}
