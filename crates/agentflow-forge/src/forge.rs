//! Opens a forge, keeps it running, shuts it down.
//!
//! Opening heals what a kill left behind before anything is served.

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::TokenKey;
use crate::downloads::Downloads;
use crate::error::ForgeError;
use crate::faults::Faults;
use crate::git::{Git, GitLimits};
use crate::options::ForgeOptions;
use crate::rates::RateBook;
use crate::state::{ForgeState, Layout};
use crate::store::{Database, set_setting, setting};
use crate::{checks, hooks, http, pulls, webhooks};

const PORT: &str = "port";
const OPENED: &str = "opened";

/// A running forge. Dropping it stops it; [`shutdown`](Forge::shutdown) also waits for the end.
///
/// ```no_run
/// use agentflow_forge::{Forge, ForgeOptions};
///
/// # async fn example() -> Result<(), agentflow_forge::ForgeError> {
/// let forge = Forge::open(ForgeOptions::at("forge-state")).await?;
/// assert!(forge.base_url().ends_with("/api/v3"));
/// forge.shutdown().await;
/// # Ok(())
/// # }
/// ```
pub struct Forge {
    pub(crate) state: Arc<ForgeState>,
    server: Option<JoinHandle<()>>,
    /// Those that run checks, and the one that delivers webhooks.
    workers: Vec<JoinHandle<()>>,
}

impl Forge {
    /// Opens the folder, heals it, and serves.
    ///
    /// # Errors
    /// [`ForgeError::AlreadyOpen`] when the folder is in use, [`ForgeError::Listen`] when the
    /// address is, [`ForgeError::TooNew`] when a later version wrote the folder, and what the
    /// system, SQLite or git say.
    ///
    /// # Cancel safety
    /// Dropping the future leaves a folder that the next call opens.
    pub async fn open(options: ForgeOptions) -> Result<Self, ForgeError> {
        let root = std::path::absolute(&options.root).map_err(ForgeError::io(&options.root))?;
        let layout = Layout::new(root);
        let lock = prepare(&layout)?;
        hooks::install(&layout.hooks()).await?;
        let limits = GitLimits {
            time_max: options.limits.git_time_max,
            output_bytes_max: options.limits.git_output_bytes_max,
        };
        let git = Git::find(&layout.home(), limits).await?;
        let database = Database::open(&layout.database()).await?;
        let token_key = TokenKey::open(&layout.token_key())?;
        let (listener, address) = listen(&database, options.listen).await?;
        let opened = count_opening(&database).await?;
        let state = Arc::new(ForgeState {
            layout,
            options,
            database,
            git,
            token_key,
            faults: Faults::default(),
            rates: RateBook::default(),
            origin: format!("http://{address}"),
            address,
            opened,
            requests: AtomicU64::new(0),
            refs: Mutex::new(()),
            check_queued: Notify::new(),
            check_completed: Notify::new(),
            outbox_filled: Notify::new(),
            outbox_emptied: Notify::new(),
            check_cancelled: Notify::new(),
            downloads: Downloads::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            _lock: lock,
        });
        webhooks::install(&state.database).await?;
        pulls::heal(&state).await?;
        checks::heal(&state).await?;
        let server = tokio::spawn(http::serve(Arc::clone(&state), listener));
        let at_once = state.options.limits.checks_at_once.max(1);
        let mut workers: Vec<_> = (0..at_once)
            .map(|_| tokio::spawn(checks::work(Arc::clone(&state))))
            .collect();
        workers.push(tokio::spawn(webhooks::work(Arc::clone(&state))));
        tracing::info!(origin = %state.origin, "forge is open");
        Ok(Self {
            state,
            server: Some(server),
            workers,
        })
    }

    /// Base of the REST API, `http://127.0.0.1:PORT/api/v3`.
    pub fn base_url(&self) -> String {
        format!("{}/api/v3", self.state.origin)
    }

    /// Base of the pages for people and of git, `http://127.0.0.1:PORT`.
    pub fn html_url(&self) -> &str {
        &self.state.origin
    }

    /// Trouble for the requests to come, so that tests see what clients make of it.
    ///
    /// ```no_run
    /// use agentflow_forge::{Fault, Forge};
    ///
    /// # fn example(forge: &Forge) {
    /// let lost = Fault::drop_after_effect().on("POST", "/repos/*/*/pulls");
    /// forge.faults().add(lost);
    /// # }
    /// ```
    pub fn faults(&self) -> &Faults {
        &self.state.faults
    }

    /// Waits until no check is queued or runs, or the forge is stopped.
    ///
    /// # Errors
    /// [`ForgeError::Store`].
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn checks_settled(&self) -> Result<(), ForgeError> {
        checks::settle(&self.state).await
    }

    /// Waits until webhooks have told everything that happened so far, or the forge is stopped.
    ///
    /// # Errors
    /// [`ForgeError::Store`].
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn webhooks_settled(&self) -> Result<(), ForgeError> {
        webhooks::settle(&self.state).await
    }

    /// Stops taking requests, lets open ones end, puts running checks back into the queue.
    ///
    /// Takes at most [`shutdown_time_max`](crate::ForgeLimits::shutdown_time_max) for requests.
    /// After it the folder can be opened again.
    pub async fn shutdown(mut self) {
        self.state.stop.cancel();
        if let Some(mut server) = self.server.take() {
            let wait = self.state.options.limits.shutdown_time_max;
            if tokio::time::timeout(wait, &mut server).await.is_err() {
                tracing::warn!("requests were still open at shutdown and are cut off");
                server.abort();
            }
        }
        for worker in self.workers.drain(..) {
            // A worker that panicked has nothing left to wait for.
            let _ = worker.await;
        }
        self.state.tasks.close();
        self.state.tasks.wait().await;
        self.state.database.close().await;
    }
}

impl Drop for Forge {
    fn drop(&mut self) {
        self.state.stop.cancel();
        if let Some(server) = &self.server {
            server.abort();
        }
        for worker in &self.workers {
            worker.abort();
        }
    }
}

impl std::fmt::Debug for Forge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Forge")
            .field("origin", &self.state.origin)
            .finish_non_exhaustive()
    }
}

/// Makes the folders, takes the lock, and throws away unfinished work.
fn prepare(layout: &Layout) -> Result<File, ForgeError> {
    std::fs::create_dir_all(layout.root()).map_err(ForgeError::io(layout.root()))?;
    keep_private(layout)?;
    let path = layout.lock_file();
    let lock = File::create(&path).map_err(ForgeError::io(&path))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(ForgeError::AlreadyOpen {
                root: layout.root().to_owned(),
            });
        }
        Err(TryLockError::Error(source)) => return Err(ForgeError::Io { path, source }),
    }
    let scratch = layout.scratch();
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch).map_err(ForgeError::io(&scratch))?;
    }
    for dir in [
        layout.repositories(),
        layout.hooks(),
        layout.home(),
        scratch,
    ] {
        std::fs::create_dir_all(&dir).map_err(ForgeError::io(&dir))?;
    }
    Ok(lock)
}

/// The folder holds tokens, so only its owner may look.
fn keep_private(layout: &Layout) -> Result<(), ForgeError> {
    use std::os::unix::fs::PermissionsExt;
    let owner_only = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(layout.root(), owner_only).map_err(ForgeError::io(layout.root()))
}

/// Listens on the port of last time, if any port will do and that one is free.
async fn listen(
    database: &Database,
    asked: SocketAddr,
) -> Result<(TcpListener, SocketAddr), ForgeError> {
    let failed = |source| ForgeError::Listen {
        address: asked,
        source,
    };
    let remembered = setting(&mut *database.read().await?, PORT).await?;
    let last = remembered
        .and_then(|port| port.parse().ok())
        .filter(|_| asked.port() == 0);
    let again = match last {
        Some(port) => TcpListener::bind(SocketAddr::new(asked.ip(), port))
            .await
            .ok(),
        None => None,
    };
    let listener = match again {
        Some(listener) => listener,
        None => TcpListener::bind(asked).await.map_err(failed)?,
    };
    let address = listener.local_addr().map_err(failed)?;
    let mut tx = database.write().await?;
    set_setting(&mut tx, PORT, &address.port().to_string()).await?;
    tx.commit().await?;
    Ok((listener, address))
}

async fn count_opening(database: &Database) -> Result<u64, ForgeError> {
    let mut tx = database.write().await?;
    let before = setting(&mut tx, OPENED).await?;
    let opened = before.and_then(|count| count.parse().ok()).unwrap_or(0_u64) + 1;
    set_setting(&mut tx, OPENED, &opened.to_string()).await?;
    tx.commit().await?;
    Ok(opened)
}
