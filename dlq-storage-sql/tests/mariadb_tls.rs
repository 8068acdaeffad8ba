//! A MariaDB that speaks to nobody without TLS and a password.
#![cfg(feature = "mysql")]
#![expect(clippy::unwrap_used, reason = "a test without its server fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dlq_core::storage::{DlqStorageExt, StorageErrorKind, StorageResult};
use dlq_storage_sql::{SqlConfig, SqlStorage};
use dlq_testkit::fixture;
use dlq_testkit::server::{Authority, PrivateMariadb};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};

const PASSWORD: &str = "canary-8d1f";

/// The server, and where certificates are.
struct Guarded {
    server: PrivateMariadb,
    folder: tempfile::TempDir,
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

impl Guarded {
    /// A server that shows a certificate for `localhost`, and lets in under this condition besides the password.
    async fn start(authority: &Authority, condition: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        file(folder.path(), "ca.crt", authority.certificate());
        let certificate = authority.certify("localhost");
        let server = PrivateMariadb::with(|inside| {
            let files = [
                ("cert", file(inside, "server.crt", &certificate.chain)),
                ("key", file(inside, "server.key", &certificate.key)),
                ("ca", file(inside, "ca.crt", authority.certificate())),
            ];
            files.map(|(name, path)| format!("--ssl-{name}={}", path.display())).into()
        });
        let mut admin = MySqlConnection::connect(&server.admin_url()).await.unwrap();
        let alter = format!("ALTER USER 'dlq'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}' REQUIRE {condition}");
        sqlx::raw_sql(AssertSqlSafe(alter)).execute(&mut admin).await.unwrap();
        Self { server, folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Connects, and stores a record.
    async fn store(&self, host: &str, parameters: &str) -> StorageResult<()> {
        let at = format!("dlq:{PASSWORD}@{host}");
        let url = format!("{}?{parameters}", self.server.url().replace("dlq:dlq@127.0.0.1", &at));
        let config = SqlConfig::from_url(&url)?.acquire_timeout(Duration::from_secs(10));
        let said = format!("{config:?}");
        assert!(!said.contains(PASSWORD), "{said}");
        let storage = SqlStorage::connect(&config).await?;
        storage.save(fixture::record(1)).await?;
        assert!(!format!("{storage:?}").contains(PASSWORD));
        storage.close().await;
        Ok(())
    }

    /// Why it does not let in; the password stands nowhere in it.
    async fn refusal(&self, host: &str, parameters: &str) -> (StorageErrorKind, String) {
        let error = self.store(host, parameters).await.unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(!said.contains(PASSWORD), "{said}");
        (error.kind().clone(), said)
    }
}

#[tokio::test]
async fn a_server_is_believed_as_far_as_ssl_mode_says() {
    let authority = Authority::new("ours");
    let guarded = Guarded::start(&authority, "SSL").await;
    let ours = guarded.path("ca.crt");
    file(guarded.folder.path(), "others.crt", Authority::new("others").certificate());
    let others = guarded.path("others.crt");

    guarded.store("localhost", "ssl-mode=required").await.unwrap();
    guarded.store("127.0.0.1", &format!("ssl-mode=verify_ca&ssl-ca={ours}")).await.unwrap();
    guarded.store("localhost", &format!("ssl-mode=verify_identity&ssl-ca={ours}")).await.unwrap();

    let (kind, said) = guarded.refusal("127.0.0.1", &format!("ssl-mode=verify_identity&ssl-ca={ours}")).await;
    assert_eq!(kind, StorageErrorKind::Connection);
    assert!(said.contains("ssl-ca") && said.contains("NotValidForName"), "the wrong name: {said}");
    for mode in ["verify_ca", "verify_identity"] {
        let (kind, said) = guarded.refusal("localhost", &format!("ssl-mode={mode}&ssl-ca={others}")).await;
        assert_eq!(kind, StorageErrorKind::Connection);
        assert!(said.contains("UnknownIssuer"), "the wrong authority: {said}");
    }
    let (kind, said) = guarded.refusal("localhost", "ssl-mode=disabled").await;
    assert_eq!(kind, StorageErrorKind::AccessDenied, "without TLS: {said}");
}

#[tokio::test]
async fn a_client_may_show_a_certificate() {
    let authority = Authority::new("ours");
    let guarded = Guarded::start(&authority, "X509").await;
    let client = authority.certify("dlq");
    file(guarded.folder.path(), "client.crt", &client.chain);
    file(guarded.folder.path(), "client.key", &client.key);
    let (kind, said) = guarded.refusal("localhost", "ssl-mode=required").await;
    assert_eq!(kind, StorageErrorKind::AccessDenied, "without a certificate: {said}");
    let (certificate, key) = (guarded.path("client.crt"), guarded.path("client.key"));
    let parameters = format!("ssl-mode=required&ssl-cert={certificate}&ssl-key={key}");
    guarded.store("localhost", &parameters).await.unwrap();
}
