//! A [`PrivateCassandra`] that wants a password, and speaks TLS alone.

use std::fs;

use super::cassandra::configure;
use super::{Certificate, PrivateCassandra, free_port};

/// What its log says when its first user can log in.
const READY: &str = "Created default superuser role";

impl PrivateCassandra {
    /// Makes an empty node that speaks TLS alone, with this certificate, and lets in who has a password: the user
    /// `cassandra`, with that for a password, as all nodes come. Waits until that user can log in.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn guarded(certificate: &Certificate) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let place = folder.path();
        configure(place, port, free_port());
        let both = format!("{}{}", certificate.key, certificate.chain);
        fs::write(place.join("node.pem"), both).unwrap();
        let settings = fs::read_to_string(place.join("cassandra.yaml")).unwrap();
        fs::write(place.join("cassandra.yaml"), settings + include_str!("cassandra/guarded.yaml")).unwrap();
        let options = fs::read_to_string(place.join("args")).unwrap();
        fs::write(place.join("args"), format!("-Dcassandra.superuser_setup_delay_ms=0\n{options}")).unwrap();
        Self::start_in(folder, "127.0.0.1", port, Some(READY))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;
    use crate::server::Authority;

    #[test]
    fn it_tells_nothing_in_the_open() {
        let server = PrivateCassandra::guarded(&Authority::new("ours").certify("127.0.0.1"));
        let address = server.url().replace("cassandra://", "");
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"\x04\0\0\0\x05\0\0\0\0").unwrap();
        let mut told = Vec::new();
        let _cut_off = stream.read_to_end(&mut told);
        assert!(!told.starts_with(&[0x84]), "no answer in its protocol");
    }
}
