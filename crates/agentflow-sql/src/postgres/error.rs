//! What can go wrong with a Postgres database, and what to do about it.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::CheckpointError;
use agentflow_core::store::StoreError;

use super::place::Place;
use crate::Cause;
use crate::data::DataError;

pub(crate) const BACKEND: &str = "postgres";

/// Why a database did not do what it was asked. It is the source of the
/// [`CheckpointError`] or the [`StoreError`] that a call returns. None of its texts has the
/// password.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// The URL is not one of Postgres.
    #[error("this is no Postgres URL; write postgres://USER:PASSWORD@HOST:PORT/DATABASE")]
    BadUrl {
        /// What was said, unless it was only for another kind of server.
        #[source]
        source: Option<Cause>,
    },
    /// No schema can have this name.
    #[error("`{schema}` cannot be a schema's name; write 1 to 63 bytes without `$`")]
    BadSchema {
        /// The name.
        schema: Arc<str>,
    },
    /// Nobody answers there, or the server does not let anyone in just now.
    #[error("{server} cannot be reached; check that the server runs and that this address is its")]
    Unreachable {
        /// User, host, port and database.
        server: Arc<str>,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The connection cannot be encrypted as the URL asks for.
    #[error(
        "no secure connection to {server}; check `sslmode`, `sslrootcert` and the server's certificate"
    )]
    Insecure {
        /// User, host, port and database.
        server: Arc<str>,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The user or the password is wrong.
    #[error("{server} refused the user or the password; check both in the URL")]
    Unauthorized {
        /// User, host, port and database.
        server: Arc<str>,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The server has no such database.
    #[error("the database of {server} does not exist; create it with `createdb`")]
    NoSuchDatabase {
        /// User, host, port and database.
        server: Arc<str>,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The user may not do this.
    #[error(
        "the user may not do this in schema `{schema}` of {server}; grant USAGE on the schema and all on its tables and functions"
    )]
    NotAllowed {
        /// User, host, port and database.
        server: Arc<str>,
        /// The schema.
        schema: Arc<str>,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The tables are not there, or are those of an older build.
    #[error(
        "schema `{schema}` of {server} has not the tables of this build; call `setup` once, as a user that may create them"
    )]
    NotSetUp {
        /// User, host, port and database.
        server: Arc<str>,
        /// The schema.
        schema: Arc<str>,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// A newer build has migrated the tables, in a way that this one does not know.
    #[error(
        "schema `{schema}` of {server} has version {found}; this build knows up to {known}: use a newer build"
    )]
    NewerSchema {
        /// User, host, port and database.
        server: Arc<str>,
        /// The schema.
        schema: Arc<str>,
        /// Its version.
        found: i64,
        /// The newest version that is understood here.
        known: i64,
    },
    /// The schema has tables of these names, but not ours. They were not touched.
    #[error(
        "schema `{schema}` of {server} has other tables of the same names; choose another schema"
    )]
    OtherSchema {
        /// User, host, port and database.
        server: Arc<str>,
        /// The schema.
        schema: Arc<str>,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The server is a standby, or takes no writes.
    #[error("{server} takes no writes; connect to the primary server")]
    ReadOnly {
        /// User, host, port and database.
        server: Arc<str>,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The server's disk leaves no room. Nothing was written.
    #[error("no room left on the disk of {server}; free some, or delete threads")]
    Full {
        /// User, host, port and database.
        server: Arc<str>,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The server has too much to do: too many connections, or a lock that is not given.
    /// Nothing was written.
    #[error("{server} is busy; try again")]
    Busy {
        /// User, host, port and database.
        server: Arc<str>,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The connection broke during the call. Whether it took effect is not known: the
    /// thread as it is loaded says so.
    #[error("the connection to {server} broke during a call; try again")]
    Lost {
        /// User, host, port and database.
        server: Arc<str>,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The call took too long. Whether it took effect is not known: the thread as it is
    /// loaded says so.
    #[error("{server} did not answer within {} s; try again, or allow more time (`call_timeout`)", limit.as_secs_f32())]
    TimedOut {
        /// User, host, port and database.
        server: Arc<str>,
        /// How long was waited.
        limit: Duration,
    },
    /// Pages of the database are damaged.
    #[error("the database of {server} is damaged; restore a backup")]
    Corrupt {
        /// User, host, port and database.
        server: Arc<str>,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// Anything else that Postgres refuses.
    #[error("{server} refused a statement")]
    Refused {
        /// User, host, port and database.
        server: Arc<str>,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The items of the schema were embedded into vectors of another length.
    #[error(
        "the items in schema `{schema}` of {server} have vectors of {found} numbers, not {wanted}; use the embedder they were put with, or another schema"
    )]
    OtherIndex {
        /// User, host, port and database.
        server: Arc<str>,
        /// The schema.
        schema: Arc<str>,
        /// How many numbers the vectors have that are there.
        found: u64,
        /// How many those of the store's index have.
        wanted: u64,
    },
    /// pgvector was asked for, and the database has none that can be used.
    #[error(
        "the database of {server} has no extension `vector` of version 0.7 or newer; call `setup` as a user that may create it, or choose `Vectors::Auto`"
    )]
    NoPgVector {
        /// User, host, port and database.
        server: Arc<str>,
        /// What was said when it was to be created.
        #[source]
        source: Option<Cause>,
    },
    /// What was to be stored, or what is, is not as it must be.
    #[error(transparent)]
    Data(#[from] DataError),
}

impl PostgresError {
    /// What an error of the driver means. `connecting` is whether there was no connection
    /// yet.
    pub(super) fn of(place: &Place, error: sqlx::Error, connecting: bool) -> Self {
        let code = match &error {
            sqlx::Error::Database(refusal) => refusal.code().map(|code| code.into_owned()),
            _ => None,
        };
        let is_io = matches!(error, sqlx::Error::Io(_));
        let is_tls = matches!(error, sqlx::Error::Tls(_));
        let is_protocol = matches!(error, sqlx::Error::Protocol(_));
        let source: Cause = Arc::new(error);
        let server = Arc::clone(&place.server);
        match code {
            Some(code) => Self::from_code(&code, place, source),
            None if is_tls => Self::Insecure { server, source },
            // A server that goes while it is greeted has said nothing, which the driver takes
            // for an answer that is none.
            None if (is_io || is_protocol) && connecting => Self::Unreachable { server, source },
            None if is_io => Self::Lost { server, source },
            None => Self::Refused { server, source },
        }
    }

    /// What a SQLSTATE means; its first two characters are the class.
    /// Source: PostgreSQL's manual, appendix "PostgreSQL Error Codes".
    fn from_code(code: &str, place: &Place, source: Cause) -> Self {
        let Place { server, schema } = place.clone();
        match code {
            "28000" | "28P01" => Self::Unauthorized { server, source },
            "3D000" => Self::NoSuchDatabase { server, source },
            "42501" => Self::NotAllowed {
                server,
                schema,
                source,
            },
            // Undefined table, function, column or schema.
            "42P01" | "42883" | "42703" | "3F000" => Self::NotSetUp {
                server,
                schema,
                source,
            },
            // Duplicate table, function or object.
            "42P07" | "42723" | "42710" => Self::OtherSchema {
                server,
                schema,
                source,
            },
            "25006" => Self::ReadOnly { server, source },
            "53100" => Self::Full { server, source },
            // Serialization, deadlock, lock not available, cancelled by a timeout of the
            // server's own.
            "40001" | "40P01" | "55P03" | "57014" => Self::Busy { server, source },
            // The server is starting up or shutting down.
            "57P03" => Self::Unreachable { server, source },
            // It ended the connection: shut down, crashed, or after a limit of its own for
            // idle sessions, idle transactions or long ones.
            "57P01" | "57P02" | "57P05" | "25P03" | "25P04" => Self::Lost { server, source },
            "XX001" | "XX002" => Self::Corrupt { server, source },
            _ => match code.get(..2) {
                Some("08") => Self::Lost { server, source },
                Some("53") => Self::Busy { server, source },
                _ => Self::Refused { server, source },
            },
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Busy { .. }
                | Self::Lost { .. }
                | Self::TimedOut { .. }
        )
    }
}

impl From<PostgresError> for CheckpointError {
    fn from(error: PostgresError) -> Self {
        Self::of_backend(BACKEND, error.is_retryable(), error)
    }
}

impl From<PostgresError> for StoreError {
    fn from(error: PostgresError) -> Self {
        let (backend, is_retryable) = (BACKEND, error.is_retryable());
        let source = error.into();
        match is_retryable {
            true => Self::Unavailable { backend, source },
            false => Self::Backend { backend, source },
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_server_that_goes_while_it_is_greeted_cannot_be_reached() {
        let connect = "postgres://ada:secret@db.example/shop".parse().unwrap();
        let place = Place::new(&connect, "flows").unwrap();
        for (connecting, retryable) in [(true, true), (false, false)] {
            let said = sqlx::Error::Protocol("unexpected response from SSLRequest: 0x00".into());
            let error = CheckpointError::from(PostgresError::of(&place, said, connecting));
            assert_eq!(error.is_retryable(), retryable, "connecting: {connecting}");
        }
    }

    #[test]
    fn a_code_of_postgres_becomes_advice_without_the_password() {
        let connect = "postgres://ada:secret@db.example/shop".parse().unwrap();
        let place = Place::new(&connect, "flows").unwrap();
        for (name, code, want, retryable) in [
            (
                "password",
                "28P01",
                "refused the user or the password",
                false,
            ),
            ("database", "3D000", "create it with `createdb`", false),
            ("grant", "42501", "may not do this in schema `flows`", false),
            ("no table", "42P01", "call `setup` once", false),
            ("no function", "42883", "call `setup` once", false),
            ("other table", "42P07", "choose another schema", false),
            ("standby", "25006", "connect to the primary", false),
            ("full", "53100", "no room left", false),
            ("connections", "53300", "is busy", true),
            ("deadlock", "40P01", "is busy", true),
            ("starting", "57P03", "cannot be reached", true),
            ("shut down", "57P01", "broke during a call", true),
            ("connection", "08006", "broke during a call", true),
            (
                "idle in a transaction",
                "25P03",
                "broke during a call",
                true,
            ),
            ("damaged", "XX001", "is damaged", false),
            ("constraint", "23505", "refused a statement", false),
        ] {
            let said: Cause = Arc::new(std::io::Error::other("said"));
            let error = PostgresError::from_code(code, &place, said);
            let text = error.to_string();
            assert!(
                text.contains(want) && text.contains("ada@db.example:5432/shop"),
                "{name}: {text}"
            );
            assert!(!format!("{error:?}").contains("secret"), "{name}");
            let error = CheckpointError::from(error);
            assert_eq!(error.is_retryable(), retryable, "{name}");
        }
    }
}
