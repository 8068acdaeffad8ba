//! [`Authority`]: certificates for servers of a test's own.

use std::fmt;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// Signs certificates that only the test trusts.
pub struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key, each as PEM.
#[derive(Clone)]
pub struct Certificate {
    /// The certificate.
    pub chain: String,
    /// Its private key, as PKCS#8.
    pub key: String,
}

impl Authority {
    /// A new authority.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// Its own certificate as PEM: what a client is to trust.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Writes its own certificate into a file.
    ///
    /// # Panics
    /// The file cannot be written.
    pub fn write(&self, file: &Path) {
        std::fs::write(file, &self.certificate).unwrap();
    }

    /// A certificate for a server at this name or address.
    ///
    /// # Panics
    /// It is neither.
    #[must_use]
    pub fn certify(&self, host: &str) -> Certificate {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, host);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Certificate { chain: certificate.pem(), key: key.serialize_pem() }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate")
    }
}
