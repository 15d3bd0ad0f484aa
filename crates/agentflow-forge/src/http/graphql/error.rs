//! Errors as GitHub's GraphQL writes them.

use serde_json::{Value, json};

use crate::http::answer::Refusal;

/// One error, with where in the answer it stands.
#[derive(Debug)]
pub(super) struct QueryError {
    kind: &'static str,
    message: String,
    path: Vec<String>,
    line_column: Option<(usize, usize)>,
}

impl QueryError {
    /// The request itself is wrong, or asks for what is not offered.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new("INVALID", message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new("NOT_FOUND", message)
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new("FORBIDDEN", message)
    }

    pub(super) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new("UNPROCESSABLE", message)
    }

    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            path: Vec::new(),
            line_column: None,
        }
    }

    pub(super) fn at(mut self, position: graphql_parser::Pos) -> Self {
        self.line_column = Some((position.line, position.column));
        self
    }

    pub(super) fn on(mut self, path: &[String]) -> Self {
        self.path = path.to_vec();
        self
    }

    pub(super) fn into_value(self) -> Value {
        let mut value = json!({ "type": self.kind, "message": self.message });
        if !self.path.is_empty() {
            value["path"] = Value::from(self.path);
        }
        if let Some((line, column)) = self.line_column {
            value["locations"] = json!([{ "line": line, "column": column }]);
        }
        value
    }
}

/// What went wrong below is told without its details, as by REST.
impl<E: Into<Refusal>> From<E> for QueryError {
    fn from(error: E) -> Self {
        let refusal: Refusal = error.into();
        Self::new("INTERNAL", refusal.message())
    }
}
