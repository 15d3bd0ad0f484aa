//! Where a database is, as errors name it: without the password.

use std::fmt;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;

/// Which schema of which database, and who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) server: Arc<str>,
    pub(super) schema: Arc<str>,
}

impl Place {
    pub(super) fn new(connect: &PgConnectOptions, schema: &str) -> Self {
        let user = connect.get_username();
        let database = connect.get_database().unwrap_or(user);
        let server = match connect.get_socket() {
            Some(socket) => format!("{user}@{}/{database}", socket.display()),
            None => {
                let (host, port) = (connect.get_host(), connect.get_port());
                format!("{user}@{host}:{port}/{database}")
            }
        };
        Self {
            server: server.into(),
            schema: schema.into(),
        }
    }

    /// The schema's name inside a statement.
    pub(super) fn quoted_schema(&self) -> String {
        format!("\"{}\"", self.schema.replace('"', "\"\""))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schema `{}` of {}", self.schema, self.server)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_place_names_all_but_the_password() {
        let connect = "postgres://ada:secret@db.example:5433/shop"
            .parse()
            .unwrap();
        let place = Place::new(&connect, "flows");
        assert_eq!(
            place.to_string(),
            "schema `flows` of ada@db.example:5433/shop"
        );
    }

    #[test]
    fn a_schemas_name_cannot_end_its_quotes() {
        let connect = "postgres://ada@db/shop".parse().unwrap();
        let place = Place::new(&connect, "a\"b");
        assert_eq!(place.quoted_schema(), "\"a\"\"b\"");
    }
}
