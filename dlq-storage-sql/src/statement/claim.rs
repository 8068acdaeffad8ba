//! Choosing what a claim takes.

use std::collections::{HashMap, HashSet};

use dlq_core::Timestamp;
use dlq_core::record::RecordId;
use dlq_core::storage::{Cursor, LaneOrder, QueryCriteria, StorageResult};

use super::find::{Read, id_rows};
use super::query;
use crate::driver::{Dialect, Session, Statement};
use crate::row::RecordRow;

/// How many of the ids that are asked for are looked at together, unless more are wanted.
const AT_A_TIME: usize = 100;
/// Pending, Retrying, Failed; spelled as the indexes spell it, so that they serve.
const CLAIMABLE: &str = " AND r.status IN (0, 1, 3) AND (r.lease_until IS NULL OR r.lease_until <= ";

/// Which records a claim looks at.
#[derive(Debug)]
pub(crate) enum Choice<'a> {
    Due,
    Ids(&'a [RecordId]),
    Matching(&'a QueryCriteria, Option<&'a Cursor>),
}

/// Locks and reads up to `limit` records that may be claimed, passing by those that others have locked, in the order in
/// which they are chosen.
pub(crate) async fn choose(
    session: &mut Session,
    choice: &Choice<'_>,
    order: LaneOrder,
    limit: usize,
    now: Timestamp,
) -> StorageResult<Vec<RecordRow>> {
    let statement = match choice {
        Choice::Ids(ids) => return among(session, ids, order, limit, now).await,
        Choice::Due => due(session.dialect, order, limit, now),
        Choice::Matching(criteria, after) => {
            query::check(session, criteria)?;
            let matching = query::conditions(session.statement(&Read::Whole.select()), criteria);
            let left = claimable(query::beyond(matching, *after), order, now);
            query::ordered(left, criteria.order, limit)
        }
    };
    session.fetch(statement.push(session.dialect.skip_locked)).await
}

/// What is due, the longest due first.
pub(super) fn due(
    dialect: &'static Dialect,
    order: LaneOrder,
    limit: usize,
    now: Timestamp,
) -> Statement<'static> {
    let Dialect { claimable_at: at, along_due, .. } = dialect;
    let select = Read::Whole.select_along(along_due) + &format!("{at} IS NOT NULL AND {at} <= ");
    let due = Statement::new(dialect, &select).bind(now);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    claimable(due, order, now).push(&format!(" ORDER BY {at}, r.id LIMIT ")).bind(limit)
}

/// The first `limit` of these ids, as they were asked for, that may be claimed. They are looked at some at a time: each is
/// read whole, and contents may be large.
async fn among(
    session: &mut Session,
    asked: &[RecordId],
    order: LaneOrder,
    limit: usize,
    now: Timestamp,
) -> StorageResult<Vec<RecordRow>> {
    let (mut chosen, mut once) = (Vec::new(), HashSet::new());
    let asked: Vec<_> = asked.iter().copied().filter(|id| once.insert(*id)).collect();
    for some in asked.chunks(limit.max(AT_A_TIME)) {
        let found = claimable_of(session, some, order, now).await?;
        let mut found: HashMap<_, _> = found.into_iter().map(|row| (RecordId::from(row.id), row)).collect();
        chosen.extend(some.iter().filter_map(|id| found.remove(id)).take(limit - chosen.len()));
        if chosen.len() == limit {
            break;
        }
    }
    Ok(chosen)
}

/// Those of these ids that may be claimed, in no order.
async fn claimable_of(
    session: &mut Session,
    ids: &[RecordId],
    order: LaneOrder,
    now: Timestamp,
) -> StorageResult<Vec<RecordRow>> {
    let select = Read::Whole.select() + "r.id";
    let end = format!(" ORDER BY r.id{}", session.dialect.skip_locked);
    let statement =
        |dialect, ids| claimable(Statement::new(dialect, &select).within(ids), order, now).push(&end);
    session.fetch_rows(&id_rows(ids.iter().copied()), statement).await
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
