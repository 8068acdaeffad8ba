//! [`Ends`]: from where to where.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dlq_core::storage::layer::{Layers, Retry, RetryConfig};
use dlq_core::{DlqStorage, Invalid};

use crate::config::StorageUrl;

/// How long a storage that does not answer is asked again.
const PATIENCE: Duration = Duration::from_secs(300);

/// From where to where, both asked patiently.
#[derive(Debug)]
pub struct Ends {
    /// The storage that is read.
    pub(super) source: Arc<dyn DlqStorage>,
    /// The storage that is written.
    pub(super) target: Arc<dyn DlqStorage>,
    /// What the target notes as its source: told again, it is the same copy.
    pub(super) from: String,
}

impl Ends {
    /// Both ends; `from` names the source as [`identity`] does.
    ///
    /// # Errors
    /// [`Invalid`] if the patience that stands here were ever one that is not allowed.
    pub fn new(
        source: Arc<dyn DlqStorage>,
        target: Arc<dyn DlqStorage>,
        from: String,
    ) -> Result<Self, Invalid> {
        Ok(Self { source: patient(source)?, target: patient(target)?, from })
    }
}

/// Everything that is asked here may be asked again.
fn patient(storage: Arc<dyn DlqStorage>) -> Result<Arc<dyn DlqStorage>, Invalid> {
    let retry = Retry::new(RetryConfig { within: PATIENCE, tries_max: u32::MAX, ..RetryConfig::default() })?;
    Ok(Layers::around(storage).retry(retry).build())
}

/// What names a storage, however it is reached: its URL without secrets, a file by its whole path.
#[must_use]
pub fn identity(url: &StorageUrl) -> String {
    let file = url.reveal().strip_prefix("sqlite:").map(|path| path.trim_start_matches("//"));
    match file.map(|path| std::path::absolute(Path::new(path.split('?').next().unwrap_or_default()))) {
        Some(Ok(path)) => format!("sqlite:{}", path.display()),
        _ => url.to_string(),
    }
}
