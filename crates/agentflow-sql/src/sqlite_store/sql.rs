//! A statement that is put together from parts, with its values.

use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, Rows, params_from_iter};

/// Text, and the values that its question marks stand for.
#[derive(Debug, Default)]
pub(super) struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            values: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub(super) fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.text.push('?');
        self.values.push(value.into());
        self
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn prepare<'c>(
        &self,
        conn: &'c Connection,
    ) -> Result<CachedStatement<'c>, rusqlite::Error> {
        conn.prepare_cached(&self.text)
    }

    /// Runs the statement that was prepared of this.
    pub(super) fn query<'s>(
        self,
        statement: &'s mut CachedStatement<'_>,
    ) -> Result<Rows<'s>, rusqlite::Error> {
        statement.query(params_from_iter(self.values))
    }
}
