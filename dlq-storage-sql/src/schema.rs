//! The tables, versioned. Several instances may start at once: one of them brings the schema up to date, the others
//! wait for it.

use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};

use crate::driver::{Database, Pools, Session};
use crate::row::Number;

/// The scripts of one database, the first making version 1.
struct Migrations {
    /// Has the others wait until the transaction ends that holds it, or the session.
    lock: Option<&'static str>,
    /// Whether locks and settings are the session's, whose connection is then closed.
    of_session: bool,
    scripts: &'static [&'static str],
    /// The index of the lanes. A lane is a hash, so this index is written all over the file, and SQLite takes in less than
    /// half as many records a second with it. It is made when records are first claimed in key order, and kept from then
    /// on; writers wait while it is made.
    lanes: &'static str,
    /// Counts the indexes of the lanes, where the script cannot look itself.
    lanes_there: Option<&'static str>,
}

#[cfg(feature = "sqlite")]
const SQLITE: Migrations = Migrations {
    lock: None,
    of_session: false,
    scripts: &[include_str!("../migrations/sqlite/0001_records.sql")],
    lanes: include_str!("../migrations/sqlite/lanes.sql"),
    lanes_there: None,
};

#[cfg(feature = "postgres")]
const POSTGRES: Migrations = Migrations {
    // Any number that is always the same: https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
    lock: Some("SELECT pg_advisory_xact_lock(6846097313)"),
    of_session: false,
    scripts: &[include_str!("../migrations/postgres/0001_records.sql")],
    lanes: include_str!("../migrations/postgres/lanes.sql"),
    lanes_there: None,
};

/// Whatever makes a table ends the transaction, so a script that was interrupted must be able to begin again:
/// <https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/>.
#[cfg(feature = "mysql")]
const MYSQL: Migrations = Migrations {
    lock: Some(include_str!("../migrations/mysql/lock.sql")),
    of_session: true,
    scripts: &[include_str!("../migrations/mysql/0001_records.sql")],
    lanes: include_str!("../migrations/mysql/lanes.sql"),
    lanes_there: Some(
        "SELECT COUNT(*) AS number FROM information_schema.statistics \
         WHERE table_schema = DATABASE() AND table_name = 'dlq_record' AND index_name = 'dlq_record_lane'",
    ),
};

const OPERATION: &str = "migrate";

/// Brings the schema up to this version of the crate.
pub(crate) async fn migrate(pools: &Pools, schema: Option<&str>) -> StorageResult<()> {
    let (migrations, mut session) = begin(pools).await?;
    if let Some(schema) = schema {
        session.execute(session.statement(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"))).await?;
    }
    session.script("CREATE TABLE IF NOT EXISTS dlq_schema (version BIGINT NOT NULL PRIMARY KEY)").await?;
    let standing = version(&mut session).await?;
    let known = migrations.scripts.len();
    let missing = migrations.scripts.get(standing..).ok_or_else(|| too_new(standing, known))?;
    for (script, version) in missing.iter().zip(standing + 1..) {
        session.script(script).await?;
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        let statement =
            session.statement("INSERT INTO dlq_schema (version) VALUES (").bind(version).push(")");
        session.execute(statement).await?;
    }
    session.commit().await
}

/// Makes the index that claims in key order need, unless it is there.
pub(crate) async fn index_lanes(pools: &Pools) -> StorageResult<()> {
    let (migrations, mut session) = begin(pools).await?;
    let there: Vec<Number> = match migrations.lanes_there {
        Some(text) => session.fetch(session.statement(text)).await?,
        None => Vec::new(),
    };
    if there.iter().all(|indexes| indexes.number == 0) {
        session.script(migrations.lanes).await?;
    }
    session.commit().await
}

/// A transaction that no other instance's migration can interleave with.
async fn begin(pools: &Pools) -> StorageResult<(&'static Migrations, Session)> {
    let migrations = match pools.of {
        #[cfg(feature = "sqlite")]
        Database::Sqlite(_) => &SQLITE,
        #[cfg(feature = "postgres")]
        Database::Postgres(_) => &POSTGRES,
        #[cfg(feature = "mysql")]
        Database::Mysql(_) => &MYSQL,
    };
    let mut session = pools.begin(OPERATION).await?;
    if migrations.of_session {
        session.use_once();
    }
    if let Some(lock) = migrations.lock {
        session.script(lock).await?;
    }
    Ok((migrations, session))
}

async fn version(session: &mut Session) -> StorageResult<usize> {
    let statement = session.statement("SELECT COALESCE(MAX(version), 0) AS number FROM dlq_schema");
    let answers: Vec<Number> = session.fetch(statement).await?;
    Ok(answers.first().and_then(|answer| usize::try_from(answer.number).ok()).unwrap_or(0))
}

fn too_new(standing: usize, known: usize) -> StorageError {
    let message = format!("the tables are of version {standing}: this build knows versions up to {known}");
    StorageError::new(StorageErrorKind::Validation, OPERATION, message)
}
