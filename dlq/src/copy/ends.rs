//! [`Ends`]: from where to where.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dlq_core::storage::DlqTransfer;
use dlq_core::storage::layer::{Layers, Retry, RetryConfig};
use dlq_core::{DlqStorage, Invalid};

use crate::config::{Mistake, Mistakes, StorageUrl};

/// How long a storage that does not answer is asked again.
const PATIENCE: Duration = Duration::from_secs(300);

/// From where to where.
#[derive(Debug)]
pub struct Ends {
    /// The storage that is read.
    pub(super) source: End,
    /// The storage that is written.
    pub(super) target: End,
    /// What the target notes as its source: told again, it is the same copy.
    pub(super) from: String,
}

/// A storage that can be moved, asked patiently.
#[derive(Debug)]
pub(super) struct End(Arc<dyn DlqStorage>);

impl Ends {
    /// Both ends; `from` names the source as [`identity`] does.
    ///
    /// # Errors
    /// [`Mistakes`] where one of them cannot be moved as a whole.
    pub fn new(
        source: Arc<dyn DlqStorage>,
        target: Arc<dyn DlqStorage>,
        from: String,
    ) -> anyhow::Result<Self> {
        Ok(Self { source: End::of("FROM", source)?, target: End::of("TO", target)?, from })
    }
}

impl End {
    fn of(argument: &'static str, storage: Arc<dyn DlqStorage>) -> anyhow::Result<Self> {
        if storage.transfer().is_none() {
            let name = storage.capability().name;
            let problem = format!("a storage of {name} cannot be moved as a whole; allowed: one that can");
            return Err(Mistakes::from(Mistake::about(argument, problem)).into());
        }
        Ok(Self(patient(storage)?))
    }

    /// The storage as a whole.
    pub(super) fn whole(&self) -> &dyn DlqTransfer {
        self.0.transfer().unwrap_or_else(|| unreachable!("it was looked at, and layers let it through"))
    }
}

impl std::ops::Deref for End {
    type Target = dyn DlqStorage;

    fn deref(&self) -> &Self::Target {
        &*self.0
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
