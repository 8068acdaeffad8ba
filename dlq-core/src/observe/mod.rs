//! What is told about records on their way, and who listens.

mod event;
mod observer;

pub use event::DlqEvent;
pub use observer::{Observer, Observers};
