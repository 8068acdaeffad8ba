//! A node that wants a password, and speaks TLS alone.
#![expect(clippy::unwrap_used, reason = "a test without its server fails")]

use std::sync::Arc;
use std::time::Duration;

use dlq_core::storage::{DlqStorage, DlqStorageExt, StorageError, StorageErrorKind};
use dlq_storage_cassandra::{CassandraConfig, CassandraStorage};
use dlq_testkit::conformance::audit;
use dlq_testkit::fixture;
use dlq_testkit::server::{Authority, PrivateCassandra};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use tempfile::TempDir;

/// A node with the certificate of an authority, and who is trusted by whom.
struct Guarded {
    node: PrivateCassandra,
    authorities: TempDir,
}

impl Guarded {
    fn start() -> Self {
        let (ours, foreign) = (Authority::new("ours"), Authority::new("foreign"));
        let authorities = tempfile::tempdir().unwrap();
        ours.write(&authorities.path().join("ours.pem"));
        foreign.write(&authorities.path().join("foreign.pem"));
        Self { node: PrivateCassandra::guarded(&ours.certify("127.0.0.1")), authorities }
    }

    /// Its URL for this user, in a program that trusts this authority.
    fn url(&self, user: &str, authority: &str) -> String {
        let url = self.node.url().replace("://", &format!("://{user}"));
        format!("{url}/dlq_test?ca={}/{authority}.pem", self.authorities.path().display())
    }

    /// A session beside the storage's.
    async fn session(&self) -> Session {
        let ours = CertificateDer::from_pem_file(self.authorities.path().join("ours.pem")).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(ours).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let tls = Arc::new(tls.with_root_certificates(roots).with_no_client_auth());
        let node = self.node.url().replace("cassandra://", "");
        let session = SessionBuilder::new().known_node(node).user("cassandra", "cassandra");
        session.tls_context(Some(tls)).build().await.unwrap()
    }

    async fn refuses(&self, url: &str) -> StorageError {
        let config = CassandraConfig::from_url(url).unwrap().connect_timeout(Duration::from_secs(3));
        let error = CassandraStorage::connect(&config).await.unwrap_err();
        assert!(!format!("{error} {error:?} {config:?}").contains("s3cret"), "{error:?}");
        error
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_used_by_who_knows_the_password_and_trusts_its_authority_alone() {
    let guarded = Guarded::start();
    let right = CassandraConfig::from_url(&guarded.url("cassandra:cassandra@", "ours")).unwrap();
    let storage = CassandraStorage::connect(&right).await.unwrap();
    storage.save(fixture::record(1)).await.unwrap();
    assert_eq!(storage.find_by_id(fixture::record(1).id).await.unwrap(), Some(fixture::record(1)));
    audit(&storage).await;
    for user in ["cassandra:s3cret@", "nobody:s3cret@", ""] {
        let error = guarded.refuses(&guarded.url(user, "ours")).await;
        assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::AccessDenied, false), "{error}");
        assert!(error.to_string().contains("user or the password"), "{error}");
    }
    may_do_what_it_was_granted(&guarded).await;
    let error = guarded.refuses(&guarded.url("cassandra:s3cret@", "foreign")).await;
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::Connection, false), "{error}");
    assert!(error.to_string().contains("no node has a certificate that is believed"), "{error}");
    let open = guarded.node.url().replace("://", "://cassandra:s3cret@");
    let error = guarded.refuses(&open).await;
    assert!(matches!(error.kind(), StorageErrorKind::Connection | StorageErrorKind::Timeout), "{error}");
}

async fn may_do_what_it_was_granted(guarded: &Guarded) {
    let session = guarded.session().await;
    session.query_unpaged("CREATE ROLE dlq WITH PASSWORD = 's3cret' AND LOGIN = true", ()).await.unwrap();
    let error = guarded.refuses(&guarded.url("dlq:s3cret@", "ours")).await;
    assert_eq!((error.kind(), error.is_temporary()), (&StorageErrorKind::AccessDenied, false), "{error}");
    assert!(error.to_string().contains("the user may not do this"), "{error}");
    for right in
        ["SELECT ON KEYSPACE dlq_test", "MODIFY ON KEYSPACE dlq_test", "SELECT ON system_views.settings"]
    {
        session.query_unpaged(format!("GRANT {right} TO dlq"), ()).await.unwrap();
    }
    let config = CassandraConfig::from_url(&guarded.url("dlq:s3cret@", "ours")).unwrap();
    // Nodes remember for two seconds what a user may not do.
    let mut opened = CassandraStorage::connect(&config).await;
    for _ in 0..20 {
        if opened.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        opened = CassandraStorage::connect(&config).await;
    }
    let storage = opened.unwrap();
    storage.save(fixture::record(2)).await.unwrap();
    let warnings = storage.health().await.unwrap();
    assert!(warnings.len() == 1 && warnings[0].contains("on 1 of the nodes"), "{warnings:?}");
}
