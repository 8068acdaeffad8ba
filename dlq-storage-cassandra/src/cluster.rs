//! [`Cluster`]: the one way in which nodes are asked.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::deserialize::row::DeserializeRow;
use scylla::policies::load_balancing::DefaultPolicy;
use scylla::policies::speculative_execution::SimpleSpeculativeExecutionPolicy;
use scylla::response::PagingState;
use scylla::serialize::row::SerializeRow;
use scylla::statement::batch::Batch;
use scylla::statement::prepared::PreparedStatement;
use scylla::statement::{Consistency as Asked, SerialConsistency};
use scylla::value::{CqlValue, Row};
use tokio::sync::Semaphore;

use dlq_core::storage::StorageResult;

use crate::config::{CassandraConfig, Consistency, context};
use crate::error::{Trouble, unconnected};
use crate::reachable::Reachable;

/// How many questions are out at a time: enough that all nodes are busy, few enough that each is answered in time.
const IN_FLIGHT: usize = 128;
/// How often a connection that is not used is looked after.
const LOOK_AFTER: Duration = Duration::from_secs(5);
/// After which part of the time for an answer another node is asked the same, where that may be repeated.
const PARTS: u32 = 5;

/// What became of a conditional batch.
#[derive(Clone, Debug)]
pub(crate) enum Applied {
    Yes,
    /// The condition did not hold; this is what stands, where the database tells.
    No(Option<Vec<u8>>),
}

/// A session, and how many questions are out.
#[derive(Debug)]
pub(crate) struct Cluster {
    session: Session,
    in_flight: Semaphore,
    serial: Asked,
}

impl Cluster {
    pub(crate) async fn connect(config: &CassandraConfig) -> StorageResult<Self> {
        let (consistency, serial, serially) = match config.consistency {
            Consistency::Local => (Asked::LocalQuorum, Asked::LocalSerial, SerialConsistency::LocalSerial),
            Consistency::Global => (Asked::Quorum, Asked::Serial, SerialConsistency::Serial),
        };
        // A node that stands still keeps its connections for a while. What may not be repeated is sent once all the same:
        // its writer finds out what became of it.
        let another = SimpleSpeculativeExecutionPolicy {
            max_retry_count: 1,
            retry_interval: config.request_timeout / PARTS,
        };
        let profile = ExecutionProfile::builder()
            .consistency(consistency)
            .serial_consistency(Some(serially))
            .request_timeout(Some(config.request_timeout))
            .speculative_execution_policy(Some(Arc::new(another)))
            .load_balancing_policy(Arc::new(Reachable(DefaultPolicy::default())))
            .build();
        let mut builder = SessionBuilder::new()
            .known_nodes(&config.nodes)
            .default_execution_profile_handle(profile.into_handle())
            .connection_timeout(config.connect_timeout)
            .schema_agreement_timeout(config.request_timeout * 3)
            .keepalive_interval(LOOK_AFTER)
            .keepalive_timeout(config.request_timeout.min(LOOK_AFTER))
            .keyspaces_to_fetch([&config.keyspace]);
        if let Some(datacenter) = &config.datacenter {
            builder = builder.prefer_datacenter(datacenter.clone());
        }
        if let Some((name, password)) = &config.user {
            builder = builder.user(name, password);
        }
        if let Some(trust) = &config.tls {
            builder = builder.tls_context(Some(context(trust)?));
        }
        let session = builder.build().await.map_err(|error| unconnected(&error))?;
        Ok(Self { session, in_flight: Semaphore::new(IN_FLIGHT), serial })
    }

    /// Makes or changes a table.
    pub(crate) async fn define(&self, statement: &str) -> Result<(), Trouble> {
        self.session.query_unpaged(statement, ()).await?;
        Ok(())
    }

    /// A statement that may be repeated.
    pub(crate) async fn prepare(&self, text: &str) -> Result<PreparedStatement, Trouble> {
        let mut statement = self.session.prepare(text).await?;
        statement.set_is_idempotent(true);
        Ok(statement)
    }

    /// A question whose answer no write that is under way can change any more.
    pub(crate) async fn prepare_serial(&self, text: &str) -> Result<PreparedStatement, Trouble> {
        let mut statement = self.prepare(text).await?;
        statement.set_consistency(self.serial);
        Ok(statement)
    }

    /// All rows that answer, page by page.
    pub(crate) async fn rows<R>(
        &self,
        statement: &PreparedStatement,
        values: impl SerializeRow,
    ) -> Result<Vec<R>, Trouble>
    where
        R: for<'frame, 'metadata> DeserializeRow<'frame, 'metadata>,
    {
        let (mut rows, mut paging) = (Vec::new(), PagingState::start());
        loop {
            let _turn = self.in_flight.acquire().await;
            let (page, more) = self.session.execute_single_page(statement, &values, paging).await?;
            let page = page.into_rows_result().map_err(|_| Trouble::Strange)?;
            for row in page.rows::<R>().map_err(|_| Trouble::Strange)? {
                rows.push(row.map_err(|_| Trouble::Strange)?);
            }
            match more.into_paging_control_flow() {
                ControlFlow::Break(()) => return Ok(rows),
                ControlFlow::Continue(state) => paging = state,
            }
        }
    }

    /// Writes rows of one partition together.
    pub(crate) async fn write<V: SerializeRow>(&self, batch: &Batch, values: &[V]) -> Result<(), Trouble> {
        let _turn = self.in_flight.acquire().await;
        self.session.batch(batch, values).await?;
        Ok(())
    }

    /// The same on the condition that a row has a value.
    pub(crate) async fn write_if<V: SerializeRow>(
        &self,
        batch: &Batch,
        values: &[V],
    ) -> Result<Applied, Trouble> {
        let _turn = self.in_flight.acquire().await;
        let answer = self.session.batch(batch, values).await?;
        let rows = answer.into_rows_result().map_err(|_| Trouble::Strange)?;
        let value = rows.column_specs().iter().position(|column| column.name() == "value");
        // What stands instead comes in other columns from each database; whether it was applied is the first in all.
        let mut first: Row = rows.first_row().map_err(|_| Trouble::Strange)?;
        let value = value.and_then(|place| first.columns.get_mut(place)?.take()?.into_blob());
        match first.columns.first().and_then(|value| value.as_ref()).and_then(CqlValue::as_boolean) {
            Some(true) => Ok(Applied::Yes),
            Some(false) => Ok(Applied::No(value)),
            None => Err(Trouble::Strange),
        }
    }

    /// Writes a row unless it is there.
    pub(crate) async fn note(
        &self,
        statement: &PreparedStatement,
        values: impl SerializeRow,
    ) -> Result<(), Trouble> {
        self.session.execute_unpaged(statement, values).await?;
        Ok(())
    }

    /// Whether all nodes that are up have the same tables.
    pub(crate) async fn agrees(&self) -> bool {
        matches!(self.session.check_schema_agreement().await, Ok(Some(_)))
    }
}
