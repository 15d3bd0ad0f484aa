//! Forgets old checkpoints, and the values and records that nobody needs without
//! them. First finds out what goes, which may fail, then deletes it.

use std::collections::{BTreeSet, HashSet};

use agentflow_core::checkpoint::{Checkpoint, Prune, Retention};
use agentflow_core::{CheckpointId, FieldName, Namespace, ThreadId};
use rusqlite::{Connection, params};

use super::error::SqliteError;
use super::failure::Failure;
use super::load::changed_at;
use crate::changed::in_row;
use crate::data::DataError;
use crate::limits::{absent, number};
use crate::stored::decode;

const GRAPHS: &str = "SELECT graph, namespace FROM graphs WHERE thread = ?1 ORDER BY namespace";

const IDS: &str = "SELECT id FROM checkpoints WHERE graph = ?1 ORDER BY id";

const CHECKPOINT: &str = "SELECT format, body FROM checkpoints WHERE graph = ?1 AND id = ?2";

const SET_APART: &str =
    "INSERT INTO field_values (graph, field, checkpoint, value) VALUES (?1, ?2, ?3, ?4)";

const VALUES: &str = "SELECT rowid, field, checkpoint FROM field_values WHERE graph = ?1";

const FORGET_VALUE: &str = "DELETE FROM field_values WHERE rowid = ?1";

const FORGET_CHECKPOINT: [&str; 2] = [
    "DELETE FROM records WHERE graph = ?1 AND checkpoint = ?2",
    "DELETE FROM checkpoints WHERE graph = ?1 AND id = ?2",
];

const FORGET_GRAPH: &str = "
    DELETE FROM graphs
    WHERE graph = ?1 AND NOT EXISTS (SELECT 1 FROM checkpoints WHERE graph = ?1)";

/// What goes of one graph.
struct Gone {
    graph: i64,
    checkpoints: Vec<CheckpointId>,
    /// What the checkpoints that stay refer to.
    needed: HashSet<(FieldName, CheckpointId)>,
}

/// How many checkpoints went.
pub(super) fn prune(conn: &Connection, thread: &ThreadId, what: Prune) -> Result<u64, Failure> {
    let mut retention = Retention::new(what);
    let mut gone = Vec::new();
    // Outer graphs before those inside.
    for (graph, namespace) in graphs(conn, thread)? {
        let ids = ids(conn, graph)?;
        let mut spared = BTreeSet::new();
        for id in retention.in_question(&ids) {
            if retention.spares(&checkpoint(conn, (thread, graph), *id)?) {
                spared.insert(*id);
            }
        }
        let stay = retention.of_graph(&namespace, &ids, spared);
        let mut needed = HashSet::new();
        for id in &stay {
            let kept = checkpoint(conn, (thread, graph), *id)?;
            let fields = kept.fields.iter();
            needed.extend(fields.map(|(name, at)| (name.clone(), at)));
            retention.stays(&kept);
        }
        if stay.len() < ids.len() {
            gone.push(Gone {
                graph,
                checkpoints: ids.into_iter().filter(|id| !stay.contains(id)).collect(),
                needed,
            });
        }
    }
    for gone in &gone {
        gone.forget(conn, thread)?;
    }
    Ok(gone.iter().map(|gone| gone.checkpoints.len() as u64).sum())
}

impl Gone {
    fn forget(&self, conn: &Connection, thread: &ThreadId) -> Result<(), Failure> {
        self.forget_values(conn)?;
        // Few of those that go: their rows need not be read for the others.
        let needed: HashSet<CheckpointId> = self.needed.iter().map(|(_, at)| *at).collect();
        for id in &self.checkpoints {
            if needed.contains(id) {
                self.set_apart(conn, thread, *id)?;
            }
            for sql in FORGET_CHECKPOINT {
                let mut forget = conn.prepare_cached(sql)?;
                forget.execute(params![self.graph, absent(id.0)])?;
            }
        }
        conn.prepare_cached(FORGET_GRAPH)?.execute([self.graph])?;
        Ok(())
    }

    fn forget_values(&self, conn: &Connection) -> Result<(), rusqlite::Error> {
        let mut statement = conn.prepare_cached(VALUES)?;
        let rows = statement.query_map([self.graph], |row| <(i64, String, i64)>::try_from(row))?;
        let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
        for (row, field, at) in rows {
            if !self
                .needed
                .contains(&(field.into(), CheckpointId(number(at))))
            {
                conn.prepare_cached(FORGET_VALUE)?.execute([row])?;
            }
        }
        Ok(())
    }

    /// Gives those values in the row of a checkpoint a row of their own that are needed
    /// when it is gone.
    fn set_apart(
        &self,
        conn: &Connection,
        thread: &ThreadId,
        id: CheckpointId,
    ) -> Result<(), Failure> {
        let changed = changed_at(conn, self.graph, id)?;
        let values = in_row(&changed).ok_or_else(|| {
            let thread = thread.clone();
            let damaged = DataError::ValuesDamaged { thread, id };
            Failure::Refused(SqliteError::Data(damaged).into())
        })?;
        for (field, value) in values {
            if self.needed.contains(&(field.into(), id)) {
                let row = params![self.graph, field, absent(id.0), value];
                conn.prepare_cached(SET_APART)?.execute(row)?;
            }
        }
        Ok(())
    }
}

fn graphs(conn: &Connection, thread: &ThreadId) -> Result<Vec<(i64, Namespace)>, rusqlite::Error> {
    let mut statement = conn.prepare_cached(GRAPHS)?;
    let graphs = statement.query_map([thread.as_str()], |row| {
        Ok((row.get(0)?, Namespace::from(row.get::<_, String>(1)?)))
    })?;
    graphs.collect()
}

/// Oldest first.
fn ids(conn: &Connection, graph: i64) -> Result<Vec<CheckpointId>, rusqlite::Error> {
    let mut statement = conn.prepare_cached(IDS)?;
    let ids = statement.query_map([graph], |row| Ok(CheckpointId(number(row.get(0)?))))?;
    ids.collect()
}

fn checkpoint(
    conn: &Connection,
    (thread, graph): (&ThreadId, i64),
    id: CheckpointId,
) -> Result<Checkpoint, Failure> {
    let id = absent(id.0);
    let mut statement = conn.prepare_cached(CHECKPOINT)?;
    let (format, body): (u32, String) =
        statement.query_row(params![graph, id], |row| row.try_into())?;
    decode(thread, id, format, &body).map_err(Failure::Refused)
}
