//! How many pull requests an account opens in a day.

use std::time::Duration;

use jiff::Timestamp;

use crate::client::{GitHub, Repo};
use crate::error::{Call, GitHubError};

const DAY: Duration = Duration::from_secs(24 * 3_600);

impl GitHub {
    /// How many pull requests our account has opened on the whole server in the last 24 hours;
    /// none where the server does not say who we are. The server's search knows them a few
    /// seconds late.
    ///
    /// # Errors
    ///
    /// As [`search_issues`](Self::search_issues).
    pub async fn pull_requests_opened_today(&self) -> Result<Option<u64>, GitHubError> {
        let Some(login) = self.us().await? else {
            return Ok(None);
        };
        // A bot is searched for by its App.
        let author = match login.strip_suffix("[bot]") {
            Some(app) => format!("app/{app}"),
            None => login.to_owned(),
        };
        let since = (Timestamp::now() - DAY).strftime("%Y-%m-%dT%H:%M:%SZ");
        let query = format!("is:pr author:{author} created:>={since}");
        self.count_issues(&query).await.map(Some)
    }
}

impl Repo {
    /// # Errors
    /// [`GitHubError::QuotaReached`] where one more pull request would be too many.
    pub(crate) async fn keep_quota(&self, call: &Call) -> Result<(), GitHubError> {
        let Some(max) = self.github.quota() else {
            return Ok(());
        };
        match self.github.pull_requests_opened_today().await? {
            Some(opened) if opened >= u64::from(max) => Err(GitHubError::QuotaReached {
                call: call.clone(),
                opened,
                max,
            }),
            Some(_) => Ok(()),
            None => {
                tracing::warn!(
                    "the server does not say whose this token is: its pull requests are not counted"
                );
                Ok(())
            }
        }
    }
}
