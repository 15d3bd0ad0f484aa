//! Where a database is, as errors name it: without the password.

use std::fmt;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;

use super::error::PostgresError;

/// Which schema of which database, and who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) server: Arc<str>,
    pub(crate) schema: Arc<str>,
}

/// Postgres cuts longer names, so that two of them could mean one schema.
const SCHEMA_BYTES_MAX: usize = 63;

impl Place {
    pub(crate) fn new(connect: &PgConnectOptions, schema: &str) -> Result<Self, PostgresError> {
        // Functions are written between dollars, and no name has a NUL.
        let is_name = (1..=SCHEMA_BYTES_MAX).contains(&schema.len());
        if !is_name || schema.contains(['$', '\0']) {
            return Err(PostgresError::BadSchema {
                schema: schema.into(),
            });
        }
        let user = connect.get_username();
        let database = connect.get_database().unwrap_or(user);
        let server = match connect.get_socket() {
            Some(socket) => format!("{user}@{}/{database}", socket.display()),
            None => {
                let (host, port) = (connect.get_host(), connect.get_port());
                format!("{user}@{host}:{port}/{database}")
            }
        };
        Ok(Self {
            server: server.into(),
            schema: schema.into(),
        })
    }

    /// A statement in which `SCHEMA` stands for the schema's name.
    pub(crate) fn sql(&self, template: &str) -> String {
        let quoted = format!("\"{}\"", self.schema.replace('"', "\"\""));
        template.replace("SCHEMA", &quoted)
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
        let place = Place::new(&connect, "flows").unwrap();
        assert_eq!(
            place.to_string(),
            "schema `flows` of ada@db.example:5433/shop"
        );
    }

    #[test]
    fn a_schemas_name_cannot_end_its_quotes() {
        let connect = "postgres://ada@db/shop".parse().unwrap();
        let place = Place::new(&connect, "a\"b").unwrap();
        assert_eq!(place.sql("FROM SCHEMA.t"), "FROM \"a\"\"b\".t");
    }

    #[test]
    fn a_name_that_no_schema_can_have_is_refused() {
        let connect = "postgres://ada@db/shop".parse().unwrap();
        let longest = "s".repeat(63);
        for (name, want) in [
            ("flows", true),
            (&longest, true),
            (&format!("{longest}s"), false),
            ("", false),
            ("a$b", false),
            ("a\0b", false),
        ] {
            assert_eq!(Place::new(&connect, name).is_ok(), want, "{name:?}");
        }
    }
}
