//! [`RecordHandler`]: what is to be done with each record once it is stored.

use std::any::type_name;
use std::fmt;

use async_trait::async_trait;

use crate::record::{DlqRecord, ErrorType};

/// What is to be done with a record: try it again, repair it, pass it on.
#[async_trait]
pub trait RecordHandler: Send + Sync + fmt::Debug {
    /// Handles a record. It may be called again for the same record, with the same
    /// [redrive id](crate::record::Attempt::redrive_id), where nobody knows how the first call ended.
    ///
    /// # Errors
    /// The record failed again: the retry policy says what comes next.
    async fn handle(&self, record: &DlqRecord) -> Result<(), HandlingError>;
}

/// Why a record could not be handled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{class}: {message}")]
pub struct HandlingError {
    /// What kind of failure it is, as the program's language names it.
    pub class: String,
    /// What it says.
    pub message: String,
    /// Its type; `None` leaves it to the classifier.
    pub error_type: Option<ErrorType>,
}

impl HandlingError {
    /// A failure of this class.
    #[must_use]
    pub fn new(class: impl Into<String>, message: impl Into<String>) -> Self {
        Self { class: class.into(), message: message.into(), error_type: None }
    }

    /// A program's error, by the name of its type.
    #[must_use]
    pub fn of<E: std::error::Error>(error: &E) -> Self {
        Self::new(type_name::<E>(), error.to_string())
    }

    /// The same, of this type.
    #[must_use]
    pub fn of_type(mut self, error_type: ErrorType) -> Self {
        self.error_type = Some(error_type);
        self
    }
}

/// A [`RecordHandler`] that is a function.
pub(super) struct HandlerFn<F>(pub(super) F);

#[async_trait]
impl<F, R> RecordHandler for HandlerFn<F>
where
    F: Fn(DlqRecord) -> R + Send + Sync,
    R: Future<Output = Result<(), HandlingError>> + Send,
{
    async fn handle(&self, record: &DlqRecord) -> Result<(), HandlingError> {
        (self.0)(record.clone()).await
    }
}

impl<F> fmt::Debug for HandlerFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandlerFn")
    }
}
