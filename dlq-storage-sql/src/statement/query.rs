//! Criteria as conditions: all that the database decides, and what is left for the client.

use dlq_core::Timestamp;
use dlq_core::record::{DlqStatus, Fingerprint, RecordId, TopicName};
use dlq_core::storage::{
    Condition, Cursor, Order, QueryCriteria, Range, StorageError, StorageErrorKind, StorageResult,
};

use super::captured;
use super::find::Read;
use crate::driver::{Column, Dialect, Kind, Rows, Session, Statement, Value};
use crate::row::{Number, Place, RecordRow, tag_line};

/// What the database decides. The others, and patterns of keys, it narrows down; they are finished in the client, page by
/// page.
pub(crate) const PUSHED_DOWN: &[Condition] = &[
    Condition::Ids,
    Condition::Statuses,
    Condition::ErrorTypes,
    Condition::Topics,
    Condition::DeadLetterTopics,
    Condition::Partitions,
    Condition::ConsumerGroups,
    Condition::Fingerprints,
    Condition::Times,
    Condition::RetryCount,
    Condition::ErrorClass,
    Condition::Message,
    Condition::Key,
    Condition::Tag,
    Condition::PayloadSize,
    Condition::BodyMissing,
];

/// Whether the database decides all of these criteria.
pub(crate) fn is_pushed_down(criteria: &QueryCriteria) -> bool {
    captured::are_decided(criteria)
}

/// A part of all records, in their order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Between<'a> {
    /// Only what comes after it.
    pub(crate) after: Option<&'a Cursor>,
    /// Only what comes up to it.
    pub(crate) last: Option<&'a Cursor>,
}

/// Up to `limit` records that the database finds to match, in the criteria's order.
pub(crate) async fn page(
    session: &mut Session,
    criteria: &QueryCriteria,
    between: Between<'_>,
    limit: usize,
    read: Read,
) -> StorageResult<Vec<RecordRow>> {
    session.fetch(select(session.dialect, criteria, between, limit, read)).await
}

/// The query of a page.
pub(super) fn select<'a>(
    dialect: &'static Dialect,
    criteria: &'a QueryCriteria,
    between: Between<'_>,
    limit: usize,
    read: Read,
) -> Statement<'a> {
    let matching = conditions(Statement::new(dialect, &read.select()), criteria);
    ordered(up_to(beyond(matching, between.after), between.last), criteria.order, limit)
}

/// How many records the database finds to match, counted no further than `cap`.
pub(crate) async fn count(session: &mut Session, criteria: &QueryCriteria, cap: u64) -> StorageResult<u64> {
    check(session, criteria)?;
    let statement =
        session.statement("SELECT COUNT(*) AS number FROM (SELECT 1 AS one FROM dlq_record AS r WHERE ");
    let cap = i64::try_from(cap).unwrap_or(i64::MAX);
    let statement = conditions(statement, criteria).push(" LIMIT ").bind(cap).push(") AS found");
    let counts: Vec<Number> = session.fetch(statement).await?;
    Ok(counts.first().map_or(0, |count| count.number.cast_unsigned()))
}

/// Whether one statement can bind all that the criteria list.
pub(crate) fn check(session: &Session, criteria: &QueryCriteria) -> StorageResult<()> {
    let len = |list: Option<usize>| list.unwrap_or(0);
    let listed = [
        ("ids", len(criteria.ids.as_ref().map(Vec::len))),
        ("topics", len(criteria.topics.as_ref().map(Vec::len))),
        ("dead_letter_topics", len(criteria.dead_letter_topics.as_ref().map(Vec::len))),
        ("partitions", len(criteria.partitions.as_ref().map(Vec::len))),
        ("consumer_groups", len(criteria.consumer_groups.as_ref().map(Vec::len))),
        ("fingerprints", len(criteria.fingerprints.as_ref().map(Vec::len))),
    ];
    let allowed = session.dialect.values_max / 2;
    if listed.iter().map(|(_, len)| len).sum::<usize>() <= allowed {
        return Ok(());
    }
    let (name, len) = listed.into_iter().max_by_key(|(_, len)| *len).unwrap_or_default();
    let message = format!("{name} of {len} values: up to {allowed} in all lists together are allowed");
    Err(StorageError::new(StorageErrorKind::Validation, session.operation, message))
}

/// The order's end of a query. `r.id` decides among equals.
pub(crate) fn ordered(statement: Statement<'_>, order: Order, limit: usize) -> Statement<'_> {
    let down = if order.descends() { " DESC" } else { "" };
    let by = key(order).map_or(String::new(), |key| format!("{key}{down}, "));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    statement.push(&format!(" ORDER BY {by}r.id{down} LIMIT ")).bind(limit)
}

/// Only what comes after the cursor.
pub(crate) fn beyond<'a>(statement: Statement<'a>, after: Option<&Cursor>) -> Statement<'a> {
    match after {
        None => statement,
        Some(after) => compare(statement, after, if after.order.descends() { "<" } else { ">" }),
    }
}

/// Only what comes up to the cursor.
fn up_to<'a>(statement: Statement<'a>, last: Option<&Cursor>) -> Statement<'a> {
    match last {
        None => statement,
        Some(last) => compare(statement, last, if last.order.descends() { ">=" } else { "<=" }),
    }
}

fn compare<'a>(statement: Statement<'a>, cursor: &Cursor, is: &str) -> Statement<'a> {
    match key(cursor.order) {
        None => statement.push(&format!(" AND r.id {is} ")).bind(cursor.id),
        Some(key) => {
            let statement = statement.push(&format!(" AND ({key}, r.id) {is} (")).bind(cursor.key);
            statement.push(", ").bind(cursor.id).push(")")
        }
    }
}

/// What an order sorts by, before the id.
const fn key(order: Order) -> Option<&'static str> {
    match order {
        Order::NewestFirst | Order::OldestFirst => None,
        Order::DueFirst => Some("COALESCE(r.due_at, 9223372036854775807)"),
        Order::ChangedFirst => Some("r.updated_at"),
    }
}

/// How far one reading goes at most, where content is searched: the last of so many records that match but for their
/// header. `None` where there are no more. Whatever is looked for, the database then looks into only so much content at a
/// time.
pub(crate) async fn window(
    session: &mut Session,
    criteria: &QueryCriteria,
    after: Option<&Cursor>,
) -> StorageResult<Option<Cursor>> {
    if criteria.header.is_none() {
        return Ok(None);
    }
    let order = criteria.order;
    let any_header = QueryCriteria { header: None, ..criteria.clone() };
    let none = format!("CAST(0 AS {})", session.dialect.integer);
    let key = key(order).unwrap_or(&none);
    let statement = session.statement(&format!("SELECT {key} AS sort_key, r.id FROM dlq_record AS r WHERE "));
    let matching = beyond(conditions(statement, &any_header), after);
    let statement = ordered(matching, order, 1).push(&format!(" OFFSET {}", WINDOW - 1));
    let last: Vec<Place> = session.fetch(statement).await?;
    Ok(last.first().map(|last| Cursor { order, key: last.sort_key, id: last.id.into() }))
}

/// How many records' content is searched in one statement.
const WINDOW: usize = 2000;

/// Every condition that the database decides.
pub(crate) fn conditions<'a>(statement: Statement<'a>, criteria: &'a QueryCriteria) -> Statement<'a> {
    let statement = statement.push("TRUE");
    let statement = codes(statement, "r.status", criteria.statuses.as_ref(), |status| status.code());
    // SQLite uses a partial index only where its own condition is told, word for word.
    let but_pending = |statuses: &Vec<DlqStatus>| !statuses.contains(&DlqStatus::Pending);
    let told = if criteria.statuses.as_ref().is_some_and(but_pending) { " AND r.status <> 0" } else { "" };
    let statement = statement.push(told);
    let statement = codes(statement, "r.error_type", criteria.error_types.as_ref(), |kind| kind.code());
    let statement = one_of::<RecordId>(statement, "r.id", criteria.ids.as_ref(), |id| (*id).into());
    let statement = one_of(statement, "r.topic", criteria.topics.as_ref(), topic);
    let statement = one_of(statement, "r.dead_letter_topic", criteria.dead_letter_topics.as_ref(), topic);
    let statement = one_of(statement, "r.partition_id", criteria.partitions.as_ref(), |id| (*id).into());
    let statement = one_of(statement, "r.consumer_group", criteria.consumer_groups.as_ref(), |group| {
        group.as_str().into()
    });
    let statement = one_of(statement, "r.fingerprint", criteria.fingerprints.as_ref(), fingerprint);
    let statement = match &criteria.error_class {
        None => statement,
        Some(class) => {
            let statement = statement.push(" AND (r.class = ").bind(class.as_str());
            statement.push(" OR r.root_class = ").bind(class.as_str()).push(")")
        }
    };
    let statement = holds(statement, "r.message", criteria.message_contains.clone());
    // Between two ends of lines, nothing but a whole tag reads like one.
    let tag = criteria.tag.as_ref().map(|tag| format!("\n{}", tag_line(tag)));
    captured::conditions(ranges(holds(statement, "r.tags", tag), criteria), criteria)
}

fn holds<'a>(statement: Statement<'a>, column: &str, part: Option<String>) -> Statement<'a> {
    let Some(part) = part else { return statement };
    let position = statement.dialect.position_in_text;
    statement.push(&format!(" AND {position}({column}, ")).bind(part).push(") > 0")
}

fn ranges<'a>(statement: Statement<'a>, criteria: &QueryCriteria) -> Statement<'a> {
    let time = Timestamp::as_millis;
    let statement = range(statement, "r.created_at", criteria.created, time);
    let statement = range(statement, "r.updated_at", criteria.updated, time);
    let statement = range(statement, "r.last_retry_at", criteria.last_retry, time);
    let statement = range(statement, "r.due_at", criteria.due, time);
    let statement = range(statement, "r.expires_at", criteria.expires, time);
    range(statement, "r.retry_count", criteria.retry_count, i64::from)
}

pub(super) fn range<'a, T: Copy>(
    mut statement: Statement<'a>,
    column: &str,
    range: Range<T>,
    number: impl Fn(T) -> i64,
) -> Statement<'a> {
    for (side, is) in [(range.min, ">="), (range.end, "<")] {
        if let Some(side) = side {
            statement = statement.push(&format!(" AND {column} {is} ")).bind(number(side));
        }
    }
    statement
}

/// Codes stand in the text itself, so that the planner can see that a partial index holds what is asked.
fn codes<'a, T: Copy>(
    statement: Statement<'a>,
    column: &str,
    some: Option<&Vec<T>>,
    code: impl Fn(T) -> u8,
) -> Statement<'a> {
    let Some(some) = some else { return statement };
    let codes: std::collections::BTreeSet<_> = some.iter().map(|value| code(*value)).collect();
    let codes: Vec<_> = codes.into_iter().map(|code| code.to_string()).collect();
    match codes.as_slice() {
        [] => statement.push(" AND FALSE"),
        [code] => statement.push(&format!(" AND {column} = {code}")),
        codes => statement.push(&format!(" AND {column} IN ({})", codes.join(", "))),
    }
}

fn one_of<'a, T>(
    statement: Statement<'a>,
    column: &str,
    some: Option<&'a Vec<T>>,
    value: impl Fn(&'a T) -> Value<'a>,
) -> Statement<'a> {
    let Some(some) = some else { return statement };
    let mut values = some.iter().map(value);
    let Some(first) = values.next() else { return statement.push(" AND FALSE") };
    if some.len() == 1 {
        return statement.push(&format!(" AND {column} = ")).bind(first);
    }
    let mut list = Rows::new(list_of(&first));
    list.push([first]);
    values.for_each(|value| list.push([value]));
    statement.push(&format!(" AND {column}")).within_list(list)
}

const fn list_of(value: &Value<'_>) -> &'static [Column] {
    match value {
        Value::Uuid(_) => &[("value", Kind::Uuid)],
        Value::Int(_) => &[("value", Kind::Int)],
        Value::Text(_) => &[("value", Kind::Text)],
        Value::Bytes(_) => &[("value", Kind::Bytes)],
    }
}

fn topic(topic: &TopicName) -> Value<'_> {
    topic.as_str().into()
}

fn fingerprint(fingerprint: &Fingerprint) -> Value<'_> {
    fingerprint.as_u64().into()
}
