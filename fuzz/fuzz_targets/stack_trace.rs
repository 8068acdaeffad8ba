//! No text makes reading a stack trace fail, and everything found is a piece of the text.
#![no_main]

use dlq_core::record::trace::{FrameworkPrefixes, StackTrace};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let trace = StackTrace::parse(text);
    let range = text.as_bytes().as_ptr_range();
    let inside = |piece: &str| piece.is_empty() || range.contains(&piece.as_ptr());
    for throwable in &trace.throwables {
        assert!(inside(throwable.class) && !throwable.class.is_empty());
        assert!(throwable.message.is_none_or(inside));
        assert!(throwable.frames().all(|frame| inside(frame.name())));
    }
    let frame = trace.application_frame(&FrameworkPrefixes::default());
    assert!(frame.is_none_or(|frame| text.contains(frame.name())));
});
