//! What is told about records on their way, and who listens.

mod event;
mod observer;
mod sparingly;

pub use event::DlqEvent;
pub use observer::{Observer, Observers};
pub use sparingly::Sparingly;
