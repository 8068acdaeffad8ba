//! The tables, versioned. Several instances may start at once: one of them brings the schema up to date, the others
//! wait for it.

use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};

use crate::driver::{Database, Pools, Session};
use crate::row::Number;

/// The scripts of one database, the first making version 1.
struct Migrations {
    /// Ends the others' waiting with the transaction that holds it.
    lock: Option<&'static str>,
    scripts: &'static [&'static str],
    /// The index of the lanes. A lane is a hash, so this index is written all over the file, and SQLite takes in less than
    /// half as many records a second with it. It is made when records are first claimed in key order, and kept from then
    /// on; writers wait while it is made.
    lanes: &'static str,
}

#[cfg(feature = "sqlite")]
const SQLITE: Migrations = Migrations {
    lock: None,
    scripts: &[include_str!("../migrations/sqlite/0001_records.sql")],
    lanes: include_str!("../migrations/sqlite/lanes.sql"),
};

#[cfg(feature = "postgres")]
const POSTGRES: Migrations = Migrations {
    // Any number that is always the same: https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
    lock: Some("SELECT pg_advisory_xact_lock(6846097313)"),
    scripts: &[include_str!("../migrations/postgres/0001_records.sql")],
    lanes: include_str!("../migrations/postgres/lanes.sql"),
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
    session.script(migrations.lanes).await?;
    session.commit().await
}

/// A transaction that no other instance's migration can interleave with.
async fn begin(pools: &Pools) -> StorageResult<(&'static Migrations, Session)> {
    let migrations = match pools.of {
        #[cfg(feature = "sqlite")]
        Database::Sqlite(_) => &SQLITE,
        #[cfg(feature = "postgres")]
        Database::Postgres(_) => &POSTGRES,
    };
    let mut session = pools.begin(OPERATION).await?;
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
