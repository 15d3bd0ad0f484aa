//! Stores one superstep: its checkpoint, the fields that changed, the new head, and
//! what it leaves behind on the checkpoint it was built on.

use std::fmt::Write as _;

use agentflow_core::checkpoint::{CheckpointError, CommitRequest, EventId, Fence, Record};
use agentflow_core::{CheckpointId, FieldName, Namespace};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::error::SqliteError;
use super::fence::{Standing, WriteError, standing};
use super::{events, records};
use crate::limits::{absent, check_commit, column};
use crate::stored;

/// Fields that go into one statement; more take several.
const FIELDS_PER_STATEMENT: usize = 64;

/// Moves the head `?4` of a graph to `?3`, which is above it, if the epoch `?5` is in
/// force and the parent `?8` is there, and stores the checkpoint. Each statement after the first goes on only if the one before it changed
/// a row, so that all of it happens or nothing.
const ADVANCE: &str = "
    UPDATE graphs SET head = ?3
    WHERE thread = ?1 AND namespace = ?2 AND head IS ?4 AND (?4 IS NULL OR ?3 > ?4)
      AND EXISTS (
        SELECT 1 FROM threads WHERE thread = ?1 AND epoch = ?5 AND owner IS NOT NULL)
      AND (?8 IS NULL OR EXISTS (
        SELECT 1 FROM checkpoints c WHERE c.graph = graphs.graph AND c.id = ?8));
    INSERT INTO checkpoints (graph, id, format, body)
    SELECT graph, ?3, ?6, ?7 FROM graphs
    WHERE thread = ?1 AND namespace = ?2 AND changes() > 0;";

/// The first parameter after those of [`ADVANCE`].
const FIRST_FIELD: usize = 9;

/// The last statement of a commit to the root graph: the thread has moved on.
const CLEAR_WAKE_UP: &str = "
    UPDATE threads SET wake_at = NULL
    WHERE thread = ?1 AND wake_at IS NOT NULL AND changes() > 0;";

/// A commit as the tables take it. It is encoded by the caller, not by the writer
/// that everybody waits for.
pub(super) struct Commit {
    fence: Fence,
    namespace: Namespace,
    expected_head: Option<CheckpointId>,
    id: i64,
    parent: Option<CheckpointId>,
    format: u32,
    body: String,
    changed: Vec<(FieldName, Vec<u8>)>,
    records: Vec<Record>,
    taken: Vec<EventId>,
}

impl Commit {
    pub(super) fn new(request: CommitRequest) -> Result<Self, CheckpointError> {
        request.check()?;
        let body = stored::body(&request)?;
        check_commit(&request, &body).map_err(SqliteError::from)?;
        let checkpoint = &request.checkpoint;
        Ok(Self {
            id: column("a checkpoint's id", checkpoint.id.0).map_err(SqliteError::from)?,
            parent: checkpoint.parent,
            format: checkpoint.format,
            body,
            fence: request.fence,
            namespace: request.namespace,
            expected_head: request.expected_head,
            changed: request.changed,
            records: request.records,
            taken: request.taken,
        })
    }

    /// Writes all of it, or nothing where it is refused.
    ///
    /// Asks first and looks for the reason of a refusal later: the writer is what
    /// everybody waits for, and each question to the database costs it the same.
    pub(super) async fn apply(&self, conn: &mut SqliteConnection) -> Result<(), WriteError> {
        if !self.advance(conn).await? {
            self.check_first(conn).await?;
            self.create_graph(conn).await?;
            let advanced = self.advance(conn).await?;
            assert!(advanced, "a graph without a head takes its first commit");
        }
        if let Some(parent) = self.parent {
            let place = (&self.fence.thread, &self.namespace, absent(parent.0));
            records::add(conn, place, &self.records).await?;
        }
        Ok(events::take(conn, &self.fence.thread, &self.taken).await?)
    }

    /// Why the head did not advance, unless this is the graph's first commit.
    async fn check_first(&self, conn: &mut SqliteConnection) -> Result<(), WriteError> {
        let standing = self.standing(conn).await?;
        let conflict = |expected| {
            Err(WriteError::Refused(CheckpointError::Conflict {
                thread: self.fence.thread.clone(),
                expected,
                found: standing.head,
            }))
        };
        if self.parent.is_some() && !standing.has_checkpoint && standing.head == self.expected_head
        {
            return conflict(self.parent);
        }
        if standing.head.is_some() || standing.head != self.expected_head {
            return conflict(self.expected_head);
        }
        Ok(())
    }

    async fn standing(&self, conn: &mut SqliteConnection) -> Result<Standing, WriteError> {
        let parent = self.parent.map(|parent| absent(parent.0));
        standing(conn, &self.fence, &self.namespace, parent).await
    }

    /// Whether fence, head and parent were in force, and so all of it is written.
    async fn advance(&self, conn: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
        let first = self.changed.len().min(FIELDS_PER_STATEMENT);
        let (first, more) = self.changed.split_at(first);
        let mut more = more.chunks(FIELDS_PER_STATEMENT).peekable();
        let sql = self.sql(ADVANCE, first.len(), more.peek().is_none());
        if self.run(conn, sql, first).await? == 0 {
            return Ok(false);
        }
        while let Some(fields) = more.next() {
            let sql = self.sql("", fields.len(), more.peek().is_none());
            self.run(conn, sql, fields).await?;
        }
        Ok(true)
    }

    /// Statements for a part of the fields. Which is the last matters: each goes on only
    /// if the one before it changed a row, and clearing a wake-up often changes none.
    fn sql(&self, begin: &str, fields: usize, is_last: bool) -> String {
        let fields = fields_sql(fields);
        let end = if is_last && self.namespace.is_root() {
            CLEAR_WAKE_UP
        } else {
            ""
        };
        format!("{begin}{fields}{end}")
    }

    /// The number of rows that changed.
    async fn run(
        &self,
        conn: &mut SqliteConnection,
        sql: String,
        fields: &[(FieldName, Vec<u8>)],
    ) -> Result<u64, sqlx::Error> {
        let expected_head = self.expected_head.map(|head| absent(head.0));
        // The head is there: only another parent must be looked for.
        let parent = self.parent.filter(|_| self.parent != self.expected_head);
        let mut query = sqlx::query(AssertSqlSafe(sql))
            .bind(self.fence.thread.as_str())
            .bind(self.namespace.as_str())
            .bind(self.id)
            .bind(expected_head)
            .bind(absent(self.fence.epoch.0))
            .bind(self.format)
            .bind(self.body.as_str())
            .bind(parent.map(|parent| absent(parent.0)));
        for (name, value) in fields {
            query = query.bind(name.as_str()).bind(value.as_slice());
        }
        Ok(query.execute(conn).await?.rows_affected())
    }

    async fn create_graph(&self, conn: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let insert = sqlx::query("INSERT INTO graphs (thread, namespace) VALUES (?1, ?2)")
            .bind(self.fence.thread.as_str())
            .bind(self.namespace.as_str());
        insert.execute(conn).await.map(drop)
    }
}

/// Stores `count` fields of checkpoint `?3`, if the statement before changed a row. A
/// field that is named twice keeps the last value.
fn fields_sql(count: usize) -> String {
    if count == 0 {
        return String::new();
    }
    let mut sql = String::from(
        "INSERT INTO field_values (graph, checkpoint, field, value)
         SELECT g.graph, ?3, v.column1, v.column2 FROM graphs g, (VALUES ",
    );
    for index in 0..count {
        let separator = if index == 0 { "" } else { ", " };
        let (name, value) = (FIRST_FIELD + 2 * index, FIRST_FIELD + 2 * index + 1);
        // Writing to a String cannot fail.
        let _ = write!(sql, "{separator}(?{name}, ?{value})");
    }
    sql.push_str(
        ") v WHERE g.thread = ?1 AND g.namespace = ?2 AND changes() > 0
         ON CONFLICT DO UPDATE SET value = excluded.value;",
    );
    sql
}
