//! Parts of a content, replaced; whatever points elsewhere into it still points there.

use std::ops::Range;
use std::sync::Arc;

use bytes::BytesMut;

use crate::record::{
    Body, Captured, CapturedFailure, Content, ContentError, ContentPacker, DlqRecord, FailureContext, Span,
};

/// Parts of a content's block and what takes their place, in order; none is empty, and no two overlap.
#[derive(Debug, Default)]
pub(super) struct Edits<'m>(Vec<(Range<usize>, &'m [u8])>);

/// The record with its content edited. One that could no longer be packed loses its content: better nothing than what was
/// to be masked.
pub(super) fn edited(record: &DlqRecord, content: &Content, edits: &Edits<'_>) -> DlqRecord {
    let before = &record.captured;
    let after = edits.content(content).ok();
    let mut captured = Captured { content: after, ..Captured::clone(before) };
    if let Some(after) = &captured.content {
        captured.failure = edits.failure(&before.failure, content, after);
    }
    DlqRecord { captured: Arc::new(captured), ..record.clone() }
}

/// Where the bytes of a span stand in the block.
pub(super) const fn range(span: Span) -> Range<usize> {
    let start = span.start() as usize;
    start..start + span.len() as usize
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

    /// The failure whose texts stand in the content `after`, which was packed of what came of `before`.
    fn failure(&self, failure: &CapturedFailure, before: &Content, after: &Content) -> CapturedFailure {
        let moved = |span: Option<Span>| {
            let span = range(span?);
            let is_within = |part: &Range<usize>| part.start <= span.start && span.end <= part.end;
            let (old, new) = parts(before).zip(parts(after)).find(|(old, _)| is_within(old))?;
            // Lengths take more or fewer bytes than they did, so that only distances within the part stay.
            let (span, old) = (self.moved(span), self.moved(old));
            let start = new.start + (span.start - old.start);
            Some(Span::new(u32::try_from(start).ok()?, u32::try_from(span.len()).ok()?))
        };
        let context = failure.context();
        let context =
            FailureContext { stage: moved(context.stage), component: moved(context.component), ..context };
        CapturedFailure {
            class: moved(failure.class),
            root_class: moved(failure.root_class),
            message: moved(failure.message),
            stack_trace: moved(failure.stack_trace),
            context: context.kept(),
            ..failure.clone()
        }
    }
}

/// Where the parts stand in the block that a text may be in: values of headers, payload, aside.
fn parts(content: &Content) -> impl Iterator<Item = Range<usize>> {
    let values = content.headers().map(|header| range(header.span));
    values.chain([payload_range(content), range(content.aside())])
}
