//! Webhooks that the owner of a forge sets up.

use crate::error::ForgeError;
use crate::forge::Forge;
use crate::names::RepositoryName;
use crate::store::hooks::{self, Hook};
use crate::webhooks::ping;

/// A webhook to be made by [`Forge::create_webhook`].
#[derive(Clone, Copy, Debug)]
pub struct NewWebhook<'a> {
    /// Where it leads; on this machine, unless [`ForgeOptions::hook_targets`] says otherwise.
    ///
    /// [`ForgeOptions::hook_targets`]: crate::ForgeOptions::hook_targets
    pub url: &'a str,
    /// What deliveries are signed with.
    pub secret: &'a str,
    /// Names of events, such as `pull_request`; `*` stands for all.
    pub events: &'a [&'a str],
}

impl Forge {
    /// The id of the repository's webhook to this address, made on first use and pinged.
    ///
    /// Payloads come as JSON. A later call changes the secret and the events.
    ///
    /// ```no_run
    /// use agentflow_forge::{Forge, NewWebhook};
    ///
    /// # async fn example(forge: Forge) -> Result<(), Box<dyn std::error::Error>> {
    /// let hook = NewWebhook {
    ///     url: "http://127.0.0.1:8080/github",
    ///     secret: "a long random text",
    ///     events: &["issues", "pull_request"],
    /// };
    /// forge.create_webhook(&"octo/demo".parse()?, hook).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ForgeError::UnknownRepository`], [`ForgeError::HookTarget`].
    pub async fn create_webhook(
        &self,
        repo: &RepositoryName,
        hook: NewWebhook<'_>,
    ) -> Result<u64, ForgeError> {
        let repo = self.state.known_repository(repo).await?;
        if self.state.options.hook_targets.admit(hook.url).is_none() {
            let url = hook.url.to_owned();
            return Err(ForgeError::HookTarget { url });
        }
        let mut tx = self.state.database.write().await?;
        let there = hooks::all(&mut tx, repo.id).await?;
        let known = there.into_iter().find(|it| it.url == hook.url);
        let row = Hook {
            id: known.map_or(0, |it| it.id),
            repo_id: repo.id,
            url: hook.url.to_owned(),
            content_type: "json".to_owned(),
            secret: Some(hook.secret.to_owned()),
            insecure_ssl: "0".to_owned(),
            events: hook.events.iter().map(|&event| event.to_owned()).collect(),
            active: true,
            created_at: String::new(),
            updated_at: String::new(),
        };
        let saved = hooks::save(&mut tx, &row).await?;
        if row.id == 0 {
            ping(&mut tx, &repo, &saved).await?;
        }
        tx.commit().await?;
        self.state.outbox_filled.notify_one();
        Ok(saved.id.unsigned_abs())
    }
}
