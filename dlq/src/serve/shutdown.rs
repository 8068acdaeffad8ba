//! The first signal asks, the second does not.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What a process answers that was told to end at once: 128 and the number of SIGINT, as shells do.
const AT_ONCE: i32 = 130;

/// Cancels `stop` at the first SIGTERM or SIGINT; ends the process at the second.
///
/// # Errors
/// The signals cannot be listened to.
pub fn on_signal(stop: CancellationToken) -> std::io::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if stop.is_cancelled() {
                tracing::warn!("told twice to stop: ending at once; what is not committed is captured again");
                std::process::exit(AT_ONCE);
            }
            tracing::info!("told to stop: storing and committing what is captured");
            stop.cancel();
        }
    });
    Ok(())
}
