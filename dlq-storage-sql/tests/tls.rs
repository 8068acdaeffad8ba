//! A PostgreSQL that speaks to nobody without TLS and a password.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test without its server fails")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dlq_core::storage::{DlqStorageExt, StorageErrorKind, StorageResult};
use dlq_storage_sql::{SqlConfig, SqlStorage};
use dlq_testkit::fixture;
use dlq_testkit::server::PrivatePostgres;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

const PASSWORD: &str = "canary-8d1f";

/// Who signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// A certificate for this host, or this user, and its key.
    fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// The server, and where certificates are.
struct Guarded {
    server: PrivatePostgres,
    folder: tempfile::TempDir,
}

impl Guarded {
    /// A server that shows a certificate for `localhost`.
    async fn start(authority: &Authority) -> Self {
        let guarded = Self { server: PrivatePostgres::start(), folder: tempfile::tempdir().unwrap() };
        fs::set_permissions(guarded.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let (certificate, key) = authority.sign("localhost");
        let paths = [("server.crt", &certificate), ("server.key", &key), ("ca.crt", &authority.certificate)];
        let [certificate, key, ca] = paths.map(|(name, text)| guarded.file(name, text));
        for path in [&certificate, &key, &ca] {
            guarded.server.give(path);
        }
        let mut admin = PgConnection::connect(&guarded.server.url()).await.unwrap();
        execute(&mut admin, format!("ALTER USER postgres PASSWORD '{PASSWORD}'")).await;
        for (setting, path) in [("cert", &certificate), ("key", &key), ("ca", &ca)] {
            let set = format!("ALTER SYSTEM SET ssl_{setting}_file = '{}'", path.display());
            execute(&mut admin, set).await;
        }
        execute(&mut admin, "ALTER SYSTEM SET ssl = on".to_owned()).await;
        let_in(&mut admin, "scram-sha-256", &guarded.server.url()).await;
        guarded
    }

    /// A file that only its owner may read.
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn url(&self, host: &str, parameters: &str) -> String {
        let at = format!("postgres:{PASSWORD}@{host}");
        format!("{}?{parameters}", self.server.url().replace("postgres@127.0.0.1", &at))
    }

    /// Connects, and stores a record.
    async fn store(&self, host: &str, parameters: &str) -> StorageResult<()> {
        let url = self.url(host, parameters);
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

/// From now on the server lets in by TLS only, and in this way; no longer by the URL that was good enough before.
async fn let_in(admin: &mut PgConnection, method: &str, before: &str) {
    let (data,): (String,) = sqlx::query_as("SHOW data_directory").fetch_one(&mut *admin).await.unwrap();
    let rule = format!("hostssl all all 127.0.0.1/32 {method}");
    execute(admin, format!("COPY (SELECT '{rule}') TO '{data}/pg_hba.conf'")).await;
    execute(admin, "SELECT pg_reload_conf()".to_owned()).await;
    let since = Instant::now();
    while PgConnection::connect(before).await.is_ok() {
        assert!(since.elapsed() < Duration::from_secs(60), "the server still lets in by {before}");
    }
}

async fn execute(admin: &mut PgConnection, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(admin).await.unwrap();
}

#[tokio::test]
async fn a_server_is_believed_as_far_as_sslmode_says() {
    let authority = Authority::new("ours");
    let guarded = Guarded::start(&authority).await;
    let log = Log::default();
    let _logged = log.start();
    tracing::trace!("everything is heard");
    let ours = guarded.folder.path().join("ca.crt").display().to_string();
    let others = guarded.file("others.crt", &Authority::new("others").certificate).display().to_string();

    guarded.store("localhost", "sslmode=require").await.unwrap();
    guarded.store("127.0.0.1", &format!("sslmode=verify-ca&sslrootcert={ours}")).await.unwrap();
    guarded.store("localhost", &format!("sslmode=verify-full&sslrootcert={ours}")).await.unwrap();

    let (kind, said) = guarded.refusal("127.0.0.1", &format!("sslmode=verify-full&sslrootcert={ours}")).await;
    assert_eq!(kind, StorageErrorKind::Connection);
    assert!(said.contains("sslrootcert") && said.contains("NotValidForName"), "the wrong name: {said}");
    for mode in ["verify-ca", "verify-full"] {
        let parameters = format!("sslmode={mode}&sslrootcert={others}");
        let (kind, said) = guarded.refusal("localhost", &parameters).await;
        assert_eq!(kind, StorageErrorKind::Connection);
        assert!(said.contains("UnknownIssuer"), "the wrong authority: {said}");
    }
    let (kind, said) = guarded.refusal("localhost", "sslmode=disable").await;
    assert_eq!(kind, StorageErrorKind::AccessDenied, "without TLS: {said}");
    let said = log.text();
    assert!(said.contains("everything is heard") && !said.contains(PASSWORD), "{said}");
}

#[tokio::test]
async fn a_client_may_show_a_certificate() {
    let authority = Authority::new("ours");
    let guarded = Guarded::start(&authority).await;
    let (certificate, key) = authority.sign("dlq");
    let certificate = guarded.file("client.crt", &certificate).display().to_string();
    let key = guarded.file("client.key", &key).display().to_string();
    let without = guarded.url("localhost", "sslmode=require");
    let mut admin = PgConnection::connect(&without).await.unwrap();
    let_in(&mut admin, "scram-sha-256 clientcert=verify-ca", &without).await;
    let (kind, said) = guarded.refusal("localhost", "sslmode=require").await;
    assert_eq!(kind, StorageErrorKind::AccessDenied, "without a certificate: {said}");
    let parameters = format!("sslmode=require&sslcert={certificate}&sslkey={key}");
    guarded.store("localhost", &parameters).await.unwrap();
}

/// All that is logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn start(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
        tracing::subscriber::set_default(subscriber.with_writer(move || log.clone()).finish())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
