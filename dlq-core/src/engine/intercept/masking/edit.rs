//! Parts of a content, replaced; whatever points elsewhere into it still points there.

use std::ops::Range;
use std::sync::Arc;

use bytes::BytesMut;

use crate::record::{Body, Captured, CapturedFailure, Content, ContentError, ContentPacker, DlqRecord, Span};

/// Parts of a content's block and what takes their place, in order; none is empty, and no two overlap.
#[derive(Debug, Default)]
pub(super) struct Edits<'m>(Vec<(Range<usize>, &'m [u8])>);

/// The record with its content edited. One that could no longer be packed loses its content: better nothing than what was
/// to be masked.
pub(super) fn edited(record: &DlqRecord, content: &Content, edits: &Edits<'_>) -> DlqRecord {
    let before = &record.captured;
    let captured = Captured {
        content: edits.content(content).ok(),
        failure: edits.failure(&before.failure),
        ..Captured::clone(before)
    };
    DlqRecord { captured: Arc::new(captured), ..record.clone() }
}

/// Where the bytes of a span stand in the block.
pub(super) const fn range(span: Span) -> Range<usize> {
    let start = span.start as usize;
    start..start + span.len as usize
}

/// Where the payload stands in the block: before the aside.
pub(super) fn payload_range(content: &Content) -> Range<usize> {
    let end = range(content.aside()).start;
    end - content.payload().bytes().map_or(0, <[u8]>::len)..end
}

impl<'m> Edits<'m> {
    pub(super) fn replace(&mut self, part: Range<usize>, by: &'m [u8]) {
        self.0.push((part, by));
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn content(&self, content: &Content) -> Result<Content, ContentError> {
        let edited = self.block(content);
        let part = |before| edited.get(self.moved(before)).unwrap_or_default();
        let mut arena = BytesMut::with_capacity(edited.len());
        let mut packer = ContentPacker::new(&mut arena);
        for header in content.headers() {
            packer.header(header.name, header.value.map(|_| part(range(header.span))))?;
        }
        let payload = match content.payload() {
            Body::Present(_) => Body::Present(part(payload_range(content))),
            nothing => nothing,
        };
        packer.finish(content.key(), payload, part(range(content.aside())))
    }

    /// The block with every part replaced; the lengths that it tells are still the old ones.
    fn block(&self, content: &Content) -> Vec<u8> {
        let (before, mut edited, mut at) = (content.block(), Vec::new(), 0);
        for (part, by) in &self.0 {
            edited.extend_from_slice(before.get(at..part.start).unwrap_or_default());
            edited.extend_from_slice(by);
            at = part.end;
        }
        edited.extend_from_slice(before.get(at..).unwrap_or_default());
        edited
    }

    /// Where a range of the block stands afterwards. One that begins or ends within a part that is replaced takes in all that
    /// replaces it.
    fn moved(&self, range: Range<usize>) -> Range<usize> {
        let (mut start, mut end) = (range.start, range.end);
        for (part, by) in self.0.iter().rev() {
            let shifted = |at: usize| at - part.len() + by.len();
            if part.end <= range.start {
                start = shifted(start);
            } else if part.start < range.start {
                start = part.start;
            }
            if part.end <= range.end {
                end = shifted(end);
            } else if part.start < range.end {
                end = part.start + by.len();
            }
        }
        start..end
    }

    fn failure(&self, failure: &CapturedFailure) -> CapturedFailure {
        let moved = |span: Option<Span>| {
            let range = self.moved(range(span?));
            Some(Span { start: u32::try_from(range.start).ok()?, len: u32::try_from(range.len()).ok()? })
        };
        CapturedFailure {
            class: moved(failure.class),
            root_class: moved(failure.root_class),
            message: moved(failure.message),
            stack_trace: moved(failure.stack_trace),
            stage: moved(failure.stage),
            component: moved(failure.component),
            ..failure.clone()
        }
    }
}
