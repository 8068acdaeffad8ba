//! One conditional batch, and what became of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use dlq_storage_keyed::{Key, Space};
use scylla::policies::retry::FallthroughRetryPolicy;
use scylla::serialize::SerializationError;
use scylla::serialize::row::{RowSerializationContext, SerializeRow};
use scylla::serialize::writers::RowWriter;
use scylla::statement::batch::{Batch, BatchType};
use tokio::time::Instant;

use super::trail::{Fate, Trail};
use crate::cluster::Applied;
use crate::error::Trouble;
use crate::statements::{FLOOR, OWN, TRAIL};
use crate::store::{Tables, code};

/// How long to wait before it is looked at again what became of a batch.
const LOOK: Duration = Duration::from_millis(50);

/// A batch that turns the trail `before` into `after`.
pub(super) struct Change<'a> {
    pub(super) shard: i32,
    pub(super) before: &'a Trail,
    pub(super) after: &'a Trail,
    pub(super) rows: &'a HashMap<Key, Option<Vec<u8>>>,
    /// Below which nothing is due then, where that moves.
    pub(super) floor: Option<&'a [u8]>,
}

/// The values of one statement of a batch.
enum Bound<'a> {
    Trail { change: &'a Change<'a>, store: &'a str },
    Put { value: &'a [u8], row: At<'a> },
    Record { state: &'a [u8], head: &'a [u8], row: At<'a> },
    Head { head: Option<&'a [u8]>, row: At<'a> },
    Cut { row: At<'a> },
}

/// Where a row is.
struct At<'a>(&'a str, i32, i8, &'a [u8]);

impl SerializeRow for Bound<'_> {
    fn serialize(
        &self,
        context: &RowSerializationContext<'_>,
        writer: &mut RowWriter<'_>,
    ) -> Result<(), SerializationError> {
        match self {
            Self::Trail { change, store } => {
                let (after, before) = (change.after.value(), change.before.value());
                (after, store, change.shard, OWN, TRAIL, before).serialize(context, writer)
            }
            Self::Put { value, row } => (value, row.0, row.1, row.2, row.3).serialize(context, writer),
            Self::Record { state, head, row } => {
                (state, head, row.0, row.1, row.2, row.3).serialize(context, writer)
            }
            Self::Head { head, row } => (head, row.0, row.1, row.2, row.3).serialize(context, writer),
            Self::Cut { row } => (row.0, row.1, row.2, row.3).serialize(context, writer),
        }
    }

    fn is_empty(&self) -> bool {
        false
    }
}

impl Change<'_> {
    /// Writes the batch; tells what became of it, and never that it is lost while it may be written yet. Where others were
    /// faster, the trail that stands comes with it, where it is known.
    ///
    /// # Errors
    /// It is not written, or that could not be found out, as [`Trouble::may_be_written`] tells.
    pub(super) async fn write(&self, tables: &Tables) -> Result<(Fate, Option<Trail>), Trouble> {
        let (batch, values) = self.batch(tables);
        match tables.cluster.write_if(&batch, &values).await {
            Ok(Applied::Yes) => Ok((Fate::Last, None)),
            Ok(Applied::No(None)) => Ok((Fate::Lost, None)),
            Ok(Applied::No(stands)) => self.told_by(Trail::new(stands)),
            Err(trouble) if trouble.may_be_written() => {
                tracing::debug!(shard = self.shard, ?trouble, "what became of a batch is being found out");
                self.find_out(tables, &batch, &values).await
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// What the trail that stands tells of this batch, once it cannot be written any more.
    fn told_by(&self, stands: Trail) -> Result<(Fate, Option<Trail>), Trouble> {
        match stands.fate(self.before, self.after) {
            Fate::Unknown => Err(Trouble::Unknown),
            Fate::Open => Ok((Fate::Lost, None)),
            told => Ok((told, Some(stands))),
        }
    }

    /// Looks at the trail until it tells. While nothing was written, the batch may be on its way: the same once more on
    /// the same condition finishes it, or is written itself.
    async fn find_out(
        &self,
        tables: &Tables,
        batch: &Batch,
        values: &[Bound<'_>],
    ) -> Result<(Fate, Option<Trail>), Trouble> {
        let give_up = Instant::now() + tables.patience;
        while Instant::now() < give_up {
            tokio::time::sleep(LOOK).await;
            let Ok(trail) = tables.trail(self.shard).await else { continue };
            let stands = Trail::new(trail);
            if stands.fate(self.before, self.after) != Fate::Open {
                return self.told_by(stands);
            }
            // If that answers no, ours was written after all, or somebody else's: the trail tells.
            if let Ok(Applied::Yes) = tables.cluster.write_if(batch, values).await {
                return Ok((Fate::Last, None));
            }
        }
        Err(Trouble::Unknown)
    }

    fn batch<'a>(&'a self, tables: &'a Tables) -> (Batch, Vec<Bound<'a>>) {
        let (statements, store) = (&tables.statements, tables.store.as_str());
        let mut batch = Batch::new(BatchType::Unlogged);
        // What the driver repeated by itself would be answered as if it were another's.
        batch.set_retry_policy(Some(Arc::new(FallthroughRetryPolicy)));
        let mut values = vec![Bound::Trail { change: self, store }];
        batch.append_statement(statements.move_trail.clone());
        if let Some(value) = self.floor {
            batch.append_statement(statements.put.clone());
            values.push(Bound::Put { value, row: At(store, self.shard, OWN, FLOOR) });
        }
        for (key, value) in self.rows {
            let row = At(store, self.shard, code(key.space), &key.key);
            let (statement, bound) = match (key.space, value.as_deref()) {
                // Whoever is stored has an id.
                (Space::Ids, _) => continue,
                (Space::Head, head) => match self.beside(key, Space::State) {
                    Some(_) => continue,
                    None => (&statements.put_head, Bound::Head { head, row }),
                },
                (Space::State, Some(state)) => match self.beside(key, Space::Head).and_then(Option::as_deref)
                {
                    Some(head) => (&statements.put_record, Bound::Record { state, head, row }),
                    None => (&statements.put, Bound::Put { value: state, row }),
                },
                (_, Some(value)) => (&statements.put, Bound::Put { value, row }),
                (_, None) => (&statements.cut, Bound::Cut { row }),
            };
            batch.append_statement(statement.clone());
            values.push(bound);
        }
        (batch, values)
    }

    /// What becomes of another part of the same record.
    fn beside(&self, key: &Key, space: Space) -> Option<&Option<Vec<u8>>> {
        self.rows.get(&Key { space, key: key.key.clone() })
    }
}
