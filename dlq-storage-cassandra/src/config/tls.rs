//! Whose certificates are believed.

use std::sync::Arc;

use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::Trust;

/// What the driver needs to speak TLS.
///
/// # Errors
/// The file cannot be read, or holds no certificate.
pub(crate) fn context(trust: &Trust) -> StorageResult<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    match trust {
        Trust::Machine => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
        }
        Trust::File(file) => {
            let unusable = |error: &dyn std::fmt::Display| {
                let message =
                    format!("ca {:?}: {error}; allowed is a file of certificates in PEM", file.display());
                StorageError::new(StorageErrorKind::Validation, "configure", message)
            };
            let all = CertificateDer::pem_file_iter(file).map_err(|error| unusable(&error))?;
            for certificate in all {
                let certificate = certificate.map_err(|error| unusable(&error))?;
                roots.add(certificate).map_err(|error| unusable(&error))?;
            }
            if roots.is_empty() {
                return Err(unusable(&"it holds no certificate"));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| {
        StorageError::new(StorageErrorKind::Unexpected, "configure", "TLS cannot be set up").caused_by(error)
    })?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
