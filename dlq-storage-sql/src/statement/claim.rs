//! Choosing what a claim takes.

use std::collections::HashSet;

use dlq_core::Timestamp;
use dlq_core::record::RecordId;
use dlq_core::storage::{Cursor, LaneOrder, QueryCriteria, StorageResult};

use super::find::id_rows;
use super::query;
use crate::driver::{Dialect, Session, Statement};
use crate::row::Id;

const SELECT: &str = "SELECT r.id FROM dlq_record AS r WHERE ";
/// Pending, Retrying, Failed; spelled as the indexes spell it, so that they serve.
const CLAIMABLE: &str = " AND r.status IN (0, 1, 3) AND (r.lease_until IS NULL OR r.lease_until <= ";

/// Which records a claim looks at.
#[derive(Debug)]
pub(crate) enum Choice<'a> {
    Due,
    Ids(&'a [RecordId]),
    Matching(&'a QueryCriteria, Option<&'a Cursor>),
}

/// Locks up to `limit` records that may be claimed, passing by those that others have locked; answers their ids in the
/// order in which they were chosen.
pub(crate) async fn choose(
    session: &mut Session,
    choice: &Choice<'_>,
    order: LaneOrder,
    limit: usize,
    now: Timestamp,
) -> StorageResult<Vec<RecordId>> {
    let statement = match choice {
        Choice::Ids(ids) => return among(session, ids, order, limit, now).await,
        Choice::Due => due(session.dialect, order, limit, now),
        Choice::Matching(criteria, after) => {
            query::check(session, criteria)?;
            let matching = query::conditions(session.statement(SELECT), criteria);
            let left = claimable(query::beyond(matching, *after), order, now);
            query::ordered(left, criteria.order, limit)
        }
    };
    Ok(ids(session.fetch(statement.push(session.dialect.skip_locked)).await?).collect())
}

/// What is due, the longest due first.
pub(super) fn due(
    dialect: &'static Dialect,
    order: LaneOrder,
    limit: usize,
    now: Timestamp,
) -> Statement<'static> {
    let Dialect { claimable_at: at, along_due, .. } = dialect;
    let select = format!("SELECT r.id FROM dlq_record AS r{along_due} WHERE {at} IS NOT NULL AND {at} <= ");
    let due = Statement::new(dialect, &select).bind(now);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    claimable(due, order, now).push(&format!(" ORDER BY {at}, r.id LIMIT ")).bind(limit)
}

/// The first `limit` of these ids, as they were asked for, that may be claimed.
async fn among(
    session: &mut Session,
    asked: &[RecordId],
    order: LaneOrder,
    limit: usize,
    now: Timestamp,
) -> StorageResult<Vec<RecordId>> {
    let end = format!(" ORDER BY r.id{}", session.dialect.skip_locked);
    let statement = |dialect, ids| {
        let among = Statement::new(dialect, SELECT).push("r.id").within(ids);
        claimable(among, order, now).push(&end)
    };
    let found = session.fetch_rows(&id_rows(asked.iter().copied()), statement).await?;
    let mut found: HashSet<_> = ids(found).collect();
    Ok(asked.iter().copied().filter(|id| found.remove(id)).take(limit).collect())
}

fn claimable(statement: Statement<'_>, order: LaneOrder, now: Timestamp) -> Statement<'_> {
    let statement = statement.push(CLAIMABLE).bind(now).push(")");
    match order {
        LaneOrder::Any => statement,
        LaneOrder::Keyed => first_of_lane(statement),
    }
}

/// Only a lane's first open record.
fn first_of_lane(statement: Statement<'_>) -> Statement<'_> {
    let Dialect { open_lane: lane, along_lane, .. } = statement.dialect;
    statement.push(&format!(
        " AND (r.lane IS NULL OR NOT EXISTS (\
         SELECT 1 FROM dlq_record AS b{along_lane} WHERE {lane} = r.lane AND b.status IN (0, 1, 3, 6) \
         AND (b.place, b.id) < (r.place, r.id)))"
    ))
}

fn ids(rows: Vec<Id>) -> impl Iterator<Item = RecordId> {
    rows.into_iter().map(|row| RecordId::from(row.id))
}
