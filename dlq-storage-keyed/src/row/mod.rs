//! Records as bytes, both ways. A record is three values: its state, which every change writes anew; its head, which is
//! listed; and its content, which few who look at it need.

mod head;
mod operations;
mod state;
mod stored;

pub(crate) use head::{content, content_key, head};
pub(crate) use operations::Operations;
pub(crate) use state::state;
pub(crate) use stored::{Stored, Values};
