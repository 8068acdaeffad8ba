//! Whose cryptography TLS is made of.

use rustls::crypto::{CryptoProvider, ring};

/// Names *ring*, unless the program has named another. The driver takes what the process names, and ends the task where
/// nobody has and several crates bring one each:
/// <https://docs.rs/rustls/0.23/rustls/crypto/struct.CryptoProvider.html#using-the-per-process-default-cryptoprovider>.
pub(crate) fn name() {
    if CryptoProvider::get_default().is_none() {
        // An error says that another named one at this moment.
        ring::default_provider().install_default().ok();
    }
}
