//! SQLite looks rows up, or reads whole tables, depending on how a statement is put: the hot ones must look up.
#![expect(clippy::unwrap_used, reason = "a test that cannot open its database fails")]

use dlq_core::Timestamp;
use dlq_core::record::{DlqStatus, Fingerprint, OperationId, RecordId};
use dlq_core::storage::{LaneOrder, QueryCriteria};

use super::find::Read;
use super::{claim, history, query};
use crate::config::SqlConfig;
use crate::driver::{Pools, Rows, Session, Statement};
use crate::schema;

#[tokio::test]
async fn a_claim_walks_along_what_is_due() {
    let (_directory, mut session) = open().await;
    for order in [LaneOrder::Any, LaneOrder::Keyed] {
        let due = claim::due(session.dialect, order, 100, Timestamp::from_millis(0));
        let plan = plan(&mut session, due).await;
        assert!(
            plan.contains("SEARCH r USING INDEX dlq_record_due") && !plan.contains("TEMP B-TREE"),
            "{plan}"
        );
        assert!(order == LaneOrder::Any || plan.contains("INDEX dlq_record_lane"), "{plan}");
    }
}

#[tokio::test]
async fn a_page_walks_along_an_index_in_its_order() {
    let (_directory, mut session) = open().await;
    let group = QueryCriteria::builder().fingerprints([Fingerprint::from_u64(1)]).build();
    let failed = QueryCriteria::builder().statuses([DlqStatus::Failed]).build();
    for (criteria, index) in [(group, "dlq_record_fingerprint"), (failed, "dlq_record_status")] {
        let page = query::select(session.dialect, &criteria, query::Between::default(), 100, Read::Details);
        let plan = plan(&mut session, page).await;
        assert!(
            plan.contains(&format!("SEARCH r USING INDEX {index}")) && !plan.contains("TEMP B-TREE"),
            "{plan}"
        );
    }
}

#[tokio::test]
async fn the_history_is_looked_up() {
    let (_directory, mut session) = open().await;
    let mut asked = Rows::new(history::ASKED);
    (0..2).for_each(|_| asked.push([RecordId::submitted().into(), OperationId::new().into()]));
    let repeated = history::repeated(session.dialect, asked.all());
    let plan = plan(&mut session, repeated).await;
    assert!(plan.contains("SEARCH h USING PRIMARY KEY"), "{plan}");
}

async fn open() -> (tempfile::TempDir, Session) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("dlq.db").display());
    let pools = Pools::connect(&SqlConfig::from_url(&url).unwrap()).await.unwrap();
    schema::migrate(&pools, None).await.unwrap();
    schema::index_lanes(&pools).await.unwrap();
    (directory, pools.read("explain").await.unwrap())
}

async fn plan(session: &mut Session, mut statement: Statement<'_>) -> String {
    statement.text.insert_str(0, "EXPLAIN QUERY PLAN ");
    let steps: Vec<Step> = session.fetch(statement).await.unwrap();
    steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("\n")
}

/// A step of a query plan.
#[derive(Debug, sqlx::FromRow)]
struct Step {
    detail: String,
}
