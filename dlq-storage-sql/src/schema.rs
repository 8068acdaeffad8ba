//! The tables, versioned. Several instances may start at once: one of them brings the schema up to date, the others
//! wait for it.
//!
//! Instances of two builds may run side by side while one is put in the place of the other. So a script first expands: it
//! adds tables, and columns that may be null or have a default, and the build before goes on with what it knows. Only when
//! no such build runs any more, a later script contracts, and says that it did: each version tells the first that a build
//! must know to use the tables, and a build that knows less refuses them.

use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};

use crate::driver::{Database, Pools, Session};
use crate::row::Number;

/// The scripts of one database, the first making version 1.
struct Migrations {
    /// Has the others wait until the transaction ends that holds it, or the session.
    lock: Option<&'static str>,
    /// Whether locks and settings are the session's, whose connection is then closed.
    of_session: bool,
    scripts: &'static [Script],
    /// The index of the lanes. A lane is a hash, so this index is written all over the file, and SQLite takes in less than
    /// half as many records a second with it. It is made when records are first claimed in key order, and kept from then
    /// on; writers wait while it is made.
    lanes: &'static str,
    /// Counts the indexes of the lanes, where the script cannot look itself.
    lanes_there: Option<&'static str>,
}

/// Makes the next version.
struct Script {
    text: &'static str,
    /// The version that a build must know at least to use the tables behind it.
    reader_min: i64,
}

#[cfg(feature = "sqlite")]
const SQLITE: Migrations = Migrations {
    lock: None,
    of_session: false,
    scripts: &[Script { text: include_str!("../migrations/sqlite/0001_records.sql"), reader_min: 1 }],
    lanes: include_str!("../migrations/sqlite/lanes.sql"),
    lanes_there: None,
};

#[cfg(feature = "postgres")]
const POSTGRES: Migrations = Migrations {
    // Any number that is always the same: https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
    lock: Some("SELECT pg_advisory_xact_lock(6846097313)"),
    of_session: false,
    scripts: &[Script { text: include_str!("../migrations/postgres/0001_records.sql"), reader_min: 1 }],
    lanes: include_str!("../migrations/postgres/lanes.sql"),
    lanes_there: None,
};

/// Whatever makes a table ends the transaction, so a script that was interrupted must be able to begin again:
/// <https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/>.
#[cfg(feature = "mysql")]
const MYSQL: Migrations = Migrations {
    lock: Some(include_str!("../migrations/mysql/lock.sql")),
    of_session: true,
    scripts: &[Script { text: include_str!("../migrations/mysql/0001_records.sql"), reader_min: 1 }],
    lanes: include_str!("../migrations/mysql/lanes.sql"),
    lanes_there: Some(
        "SELECT COUNT(*) AS number FROM information_schema.statistics \
         WHERE table_schema = DATABASE() AND table_name = 'dlq_record' AND index_name = 'dlq_record_lane'",
    ),
};

const OPERATION: &str = "migrate";

/// The versions that were made.
const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS dlq_schema (version BIGINT NOT NULL PRIMARY KEY)";
/// The version that a build must know at least for each of them; where one is missing, that one itself.
const READERS: &str = "CREATE TABLE IF NOT EXISTS dlq_schema_reader \
    (version BIGINT NOT NULL PRIMARY KEY, reader_min BIGINT NOT NULL)";

/// Brings the schema up to this version of the crate.
pub(crate) async fn migrate(pools: &Pools, schema: Option<&str>) -> StorageResult<()> {
    let (migrations, mut session) = begin(pools).await?;
    if let Some(schema) = schema {
        session.execute(session.statement(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"))).await?;
    }
    session.script(VERSIONS).await?;
    session.script(READERS).await?;
    let standing = number(&mut session, "SELECT COALESCE(MAX(version), 0) AS number FROM dlq_schema").await?;
    for (script, version) in migrations.scripts.iter().zip(1_i64..).filter(|(_, version)| *version > standing)
    {
        session.script(script.text).await?;
        note(&mut session, version, script.reader_min).await?;
    }
    let known = i64::try_from(migrations.scripts.len()).unwrap_or(i64::MAX);
    if standing > known {
        refuse_unless_allowed(&mut session, standing, known).await?;
    }
    session.commit().await
}

/// Notes a version that was made. A script that was interrupted may have noted the one already.
async fn note(session: &mut Session, version: i64, reader_min: i64) -> StorageResult<()> {
    let reader = session.statement("DELETE FROM dlq_schema_reader WHERE version = ").bind(version);
    session.execute(reader).await?;
    let reader = session.statement("INSERT INTO dlq_schema_reader (version, reader_min) VALUES (");
    session.execute(reader.bind(version).push(", ").bind(reader_min).push(")")).await?;
    let statement = session.statement("INSERT INTO dlq_schema (version) VALUES (").bind(version).push(")");
    session.execute(statement).await.map(|_| ())
}

/// Uses tables of a later version only where that says that this build may.
async fn refuse_unless_allowed(session: &mut Session, standing: i64, known: i64) -> StorageResult<()> {
    // Of versions before, the strictest holds: what one of them contracted is gone.
    let later = format!(
        "SELECT CASE WHEN COUNT(*) < {standing} - {known} THEN {standing} ELSE MAX(reader_min) END AS number \
         FROM dlq_schema_reader WHERE version > {known}"
    );
    let reader_min = number(session, &later).await?;
    if reader_min > known {
        return Err(too_new(standing, reader_min, known));
    }
    tracing::info!(standing, known, "the tables are of a later version, which this build may use");
    Ok(())
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

async fn number(session: &mut Session, query: &str) -> StorageResult<i64> {
    let answers: Vec<Number> = session.fetch(session.statement(query)).await?;
    Ok(answers.first().map_or(0, |answer| answer.number))
}

fn too_new(standing: i64, reader_min: i64, known: i64) -> StorageError {
    let message = format!(
        "the tables are of version {standing}, for builds that know version {reader_min} at least: this build knows \
         versions up to {known}; run the later build, or restore a backup of before"
    );
    StorageError::new(StorageErrorKind::Validation, OPERATION, message)
}
