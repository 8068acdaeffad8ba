//! MariaDB's planner goes by what it believes of a table: the hot statements must look up, and walk in order, all the same.
#![expect(clippy::unwrap_used, reason = "a test without its server fails")]

use dlq_core::Timestamp;
use dlq_core::record::{DlqStatus, Fingerprint, OperationId, RecordId};
use dlq_core::storage::{LaneOrder, QueryCriteria};
use dlq_testkit::server::Server;

use super::find::Read;
use super::{claim, history, query};
use crate::config::SqlConfig;
use crate::driver::{Pools, Rows, Session, Statement};
use crate::schema;

/// A few open records among many that are done, none of which a claim may look at.
const RECORDS: &str = "INSERT INTO dlq_record \
        (id, status, due_at, lane, place, created_at, updated_at, error_type, fingerprint) \
        SELECT UNHEX(MD5(seq)), CASE seq % 10 WHEN 0 THEN 0 WHEN 1 THEN 3 ELSE 2 END, seq, seq % 100, seq, seq, seq, 1, \
        seq % 50 FROM seq_1_to_20000; \
    INSERT INTO dlq_content SELECT id, 'd', 1, 'b' FROM dlq_record; \
    INSERT INTO dlq_history (record, version, at, action, actor, operation, bulk, from_status, to_status) \
        SELECT id, 1, 1, 1, 'a', id, 0, 0, 0 FROM dlq_record; \
    ANALYZE TABLE dlq_record, dlq_content, dlq_history";

#[tokio::test]
async fn every_hot_statement_walks_along_its_index() {
    let (schema, mut session) = open().await;
    claims_walk_along_what_is_due(&mut session).await;
    pages_walk_along_an_index_in_their_order(&mut session).await;
    the_history_is_looked_up(&mut session).await;
    let drop = format!("DROP DATABASE {schema}");
    session.execute(session.statement(&drop)).await.unwrap();
}

async fn claims_walk_along_what_is_due(session: &mut Session) {
    for order in [LaneOrder::Any, LaneOrder::Keyed] {
        let due = claim::due(session.dialect, order, 100, Timestamp::from_millis(20_000));
        let plan = plan(session, due.push(session.dialect.skip_locked)).await;
        assert!(plan.contains("r range dlq_record_due") && !plan.contains("filesort"), "{plan}");
        assert!(plan.contains("c eq_ref PRIMARY"), "{plan}");
        assert!(order == LaneOrder::Any || plan.contains("b ref dlq_record_lane"), "{plan}");
    }
}

async fn pages_walk_along_an_index_in_their_order(session: &mut Session) {
    let group = QueryCriteria::builder().fingerprints([Fingerprint::from_u64(1)]).build();
    let failed = QueryCriteria::builder().statuses([DlqStatus::Failed]).build();
    for (criteria, index) in [
        (group, "ref dlq_record_fingerprint"),
        (failed, "ref dlq_record_status"),
        (QueryCriteria::default(), "index PRIMARY"),
    ] {
        let page = query::select(session.dialect, &criteria, query::Between::default(), 100, Read::Details);
        let plan = plan(session, page).await;
        assert!(plan.contains(&format!("r {index}")) && plan.contains("c eq_ref PRIMARY"), "{plan}");
        assert!(!plan.contains("filesort") && !plan.contains("temporary"), "{plan}");
    }
}

async fn the_history_is_looked_up(session: &mut Session) {
    let mut asked = Rows::new(history::ASKED);
    (0..2).for_each(|_| asked.push([RecordId::submitted().into(), OperationId::new().into()]));
    let repeated = history::repeated(session.dialect, asked.all());
    let plan = plan(session, repeated).await;
    assert!(plan.contains("h range PRIMARY"), "{plan}");
}

async fn open() -> (String, Session) {
    let schema = format!("dlq_plan_{}", uuid::Uuid::new_v4().simple());
    let config = SqlConfig::from_url(Server::named("mariadb").url()).unwrap().schema(schema.as_str());
    let pools = Pools::connect(&config).await.unwrap();
    schema::migrate(&pools, None).await.unwrap();
    schema::index_lanes(&pools).await.unwrap();
    let mut session = pools.read("explain").await.unwrap();
    session.script(RECORDS).await.unwrap();
    (schema, session)
}

/// Table, way and index of each step, and what else there is to do.
async fn plan(session: &mut Session, mut statement: Statement<'_>) -> String {
    statement.text.insert_str(0, "EXPLAIN ");
    let steps: Vec<Step> = session.fetch(statement).await.unwrap();
    let told = |step: Step| {
        let told = [step.table, step.way, step.key, step.extra].map(Option::unwrap_or_default);
        told.join(" ")
    };
    steps.into_iter().map(told).collect::<Vec<_>>().join("\n")
}

/// A step of a query plan.
#[derive(Debug, sqlx::FromRow)]
struct Step {
    table: Option<String>,
    #[sqlx(rename = "type")]
    way: Option<String>,
    key: Option<String>,
    #[sqlx(rename = "Extra")]
    extra: Option<String>,
}
