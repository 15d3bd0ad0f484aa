//! The connections of one store: at most so many, opened when they are needed, each used
//! by one call at a time.
//!
//! Not the driver's pool, which asks each connection whether it still lives whenever it is
//! given back: a second round trip for every superstep. Here a connection is asked only
//! after it was idle; one on which a call failed or was dropped half-way is closed.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Postgres};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use super::error::PostgresError;
use super::options::PostgresOptions;
use super::place::Place;

/// A connection that was idle for longer is asked whether it still lives: the server may
/// have been restarted meanwhile.
const TRUSTED: Duration = Duration::from_secs(1);

/// How long it has to answer. One to a server that is gone without a word never does.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// A connection that nobody has used for longer is closed.
const IDLE_MAX: Duration = Duration::from_secs(300);

/// A statement with its parameters.
pub(crate) type Statement<'q> = Query<'q, Postgres, PgArguments>;

pub(crate) struct Connections {
    pub(crate) place: Place,
    connect: PgConnectOptions,
    call_timeout: Duration,
    free: Semaphore,
    /// For transactions of users, which take as long as they do: they must not keep
    /// anybody from renewing a lease.
    apart: Semaphore,
    // The one used last is used next, so that a quiet store keeps few of them warm.
    idle: Mutex<Vec<(PgConnection, Instant)>>,
}

/// A connection that one call has to itself. It is closed when dropped, unless
/// [`Held::give_back`] was called.
pub(crate) struct Held<'a> {
    connections: &'a Connections,
    pub(crate) conn: PgConnection,
    _permit: SemaphorePermit<'a>,
}

impl Connections {
    /// To the database of this URL; connects when it is needed.
    pub(crate) fn to(url: &str, options: &PostgresOptions) -> Result<Self, PostgresError> {
        let connect = parse(url)?;
        let connect = match connect.get_application_name() {
            Some(_) => connect,
            None => connect.application_name("agentflow"),
        };
        // A permit for each; tokio's limit is far beyond any server's.
        let free = usize::try_from(options.connections_max.max(1)).unwrap_or(1);
        Ok(Self {
            place: Place::new(&connect, &options.schema)?,
            connect: connect.disable_statement_logging(),
            call_timeout: options.call_timeout,
            free: Semaphore::new(free.min(Semaphore::MAX_PERMITS)),
            apart: Semaphore::new(free.min(Semaphore::MAX_PERMITS)),
            idle: Mutex::default(),
        })
    }

    /// All rows of one statement, in one round trip.
    pub(crate) async fn rows(&self, statement: Statement<'_>) -> Result<Vec<PgRow>, PostgresError> {
        self.within(async {
            let mut held = self.hold().await?;
            let rows = statement.fetch_all(&mut held.conn).await;
            held.give_back(rows)
        })
        .await
    }

    /// The one row of a statement that always has one.
    pub(crate) async fn row(&self, statement: Statement<'_>) -> Result<PgRow, PostgresError> {
        self.within(async {
            let mut held = self.hold().await?;
            let row = statement.fetch_one(&mut held.conn).await;
            held.give_back(row)
        })
        .await
    }

    /// How many rows one statement has written, in one round trip.
    pub(crate) async fn written(&self, statement: Statement<'_>) -> Result<u64, PostgresError> {
        self.within(async {
            let mut held = self.hold().await?;
            let done = statement.execute(&mut held.conn).await;
            held.give_back(done.map(|done| done.rows_affected()))
        })
        .await
    }

    /// Ends a call that takes too long.
    pub(crate) async fn within<T>(
        &self,
        call: impl Future<Output = Result<T, PostgresError>>,
    ) -> Result<T, PostgresError> {
        let Ok(outcome) = timeout(self.call_timeout, call).await else {
            // Whatever held it up, the others may lead to the same place.
            self.idle().clear();
            return Err(PostgresError::TimedOut {
                server: self.place.server.clone(),
                limit: self.call_timeout,
            });
        };
        outcome
    }

    /// A connection that lives.
    pub(crate) async fn hold(&self) -> Result<Held<'_>, PostgresError> {
        let permit = self.free.acquire().await.expect("never closed");
        let conn = loop {
            let newest = self.idle().pop();
            match newest {
                Some((conn, since)) if since.elapsed() < TRUSTED => break conn,
                Some((mut conn, _)) => {
                    if let Ok(Ok(())) = timeout(ANSWERS_WITHIN, conn.ping()).await {
                        break conn;
                    }
                    // The others have most likely lost the same server.
                    self.idle().clear();
                }
                None => break self.open().await?,
            }
        };
        Ok(Held {
            connections: self,
            conn,
            _permit: permit,
        })
    }

    /// A connection beside those of calls, at most as many again, for whoever keeps it for
    /// long. It is closed when it is dropped: nobody knows what it was set to.
    pub(crate) async fn hold_apart(
        &self,
    ) -> Result<(PgConnection, SemaphorePermit<'_>), PostgresError> {
        let permit = self.apart.acquire().await.expect("never closed");
        Ok((self.within(self.open()).await?, permit))
    }

    async fn open(&self) -> Result<PgConnection, PostgresError> {
        let opened = async {
            let mut conn = self.connect.connect().await?;
            let settings = AssertSqlSafe(self.settings());
            sqlx::raw_sql(settings).execute(&mut conn).await?;
            Ok(conn)
        };
        let opened: Result<_, sqlx::Error> = opened.await;
        opened.map_err(|error| PostgresError::of(&self.place, error, true))
    }

    /// What every connection is set to, whatever the database's defaults. Each statement
    /// of a function must see what was committed when the lock was given; and the server
    /// ends by itself a statement for which nobody waits any more.
    fn settings(&self) -> String {
        // 0 would be no limit.
        let limit = self.call_timeout.as_millis().clamp(1, i32::MAX as u128);
        format!(
            "SET default_transaction_isolation = 'read committed';
             SET statement_timeout = {limit};"
        )
    }

    pub(crate) fn error(&self, error: sqlx::Error) -> PostgresError {
        PostgresError::of(&self.place, error, false)
    }

    pub(crate) async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for (conn, _) in idle {
            if let Err(error) = conn.close().await {
                tracing::debug!(place = %self.place, %error, "closing a connection failed");
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(PgConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The driver itself takes any scheme for its own.
fn parse(url: &str) -> Result<PgConnectOptions, PostgresError> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(PostgresError::BadUrl { source: None });
    }
    url.parse().map_err(|error| PostgresError::BadUrl {
        source: Some(Arc::new(error)),
    })
}

impl Held<'_> {
    /// Keeps the connection for the next call, if what came of this one shows that it can
    /// be used again.
    pub(crate) fn give_back<T>(self, outcome: Result<T, sqlx::Error>) -> Result<T, PostgresError> {
        match outcome {
            Ok(done) => {
                let Self {
                    connections, conn, ..
                } = self;
                let mut idle = connections.idle();
                idle.push((conn, Instant::now()));
                // The oldest are the first.
                while idle
                    .first()
                    .is_some_and(|(_, since)| since.elapsed() > IDLE_MAX)
                {
                    idle.remove(0);
                }
                drop(idle);
                Ok(done)
            }
            Err(error) => {
                let error = self.connections.error(error);
                if matches!(
                    error,
                    PostgresError::Lost { .. } | PostgresError::ReadOnly { .. }
                ) {
                    // The others have most likely lost the same server, or lead to it
                    // though another one is the primary now.
                    self.connections.idle().clear();
                }
                Err(error)
            }
        }
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
