//! The tokens of an App's installation: exchanged, kept, and exchanged again in time.

use std::collections::BTreeMap;

use http::Method;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::sync::{Mutex, OnceCell};

use super::{AppKey, Proof};
use crate::access::Level;
use crate::error::{AnswerProblem, Call, GitHubError};
use crate::lenient::or_default;
use crate::repo_ref::RepoRef;
use crate::wire::{Request, Route, Transport};

/// A token that ends sooner is not used any more: a call, with its retries, may take minutes.
const LEFT_MIN: SignedDuration = SignedDuration::from_mins(5);

/// Which installation of an App to act as.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Installation {
    /// The one of this number, as webhooks name it.
    Number(u64),
    /// The one that may see this repository.
    Of(RepoRef),
}

/// Acts as an installation of an App.
#[derive(Debug)]
pub(crate) struct InstallationAuth {
    pub(super) key: AppKey,
    installation: Installation,
    number: OnceCell<u64>,
    /// Held while a token is exchanged: whoever else needs one waits for that.
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    proof: Proof,
    ends: Timestamp,
    granted: BTreeMap<String, Level>,
}

/// The server's answer.
#[derive(Deserialize)]
struct Exchanged {
    token: SecretString,
    expires_at: String,
    #[serde(default, deserialize_with = "or_default")]
    permissions: BTreeMap<String, Level>,
}

#[derive(Deserialize)]
struct Found {
    id: u64,
}

impl InstallationAuth {
    pub(crate) fn new(key: AppKey, installation: Installation) -> Self {
        Self {
            key,
            installation,
            number: OnceCell::new(),
            kept: Mutex::default(),
        }
    }

    /// # Cancel safety
    /// Dropped, the next call exchanges a token itself.
    pub(super) async fn proof(&self, transport: &Transport) -> Result<Proof, GitHubError> {
        let mut kept = self.kept.lock().await;
        if let Some(kept) = &*kept
            && kept.ends > Timestamp::now() + LEFT_MIN
        {
            return Ok(kept.proof.clone());
        }
        let exchanged = self.exchange(transport).await?;
        let proof = exchanged.proof.clone();
        *kept = Some(exchanged);
        Ok(proof)
    }

    /// Forgets this token, unless another call has exchanged it already.
    pub(super) async fn forget(&self, refused: &Proof) {
        let mut kept = self.kept.lock().await;
        kept.take_if(|kept| kept.proof.header == refused.header);
    }

    /// What the token at hand was granted.
    pub(super) async fn granted(&self) -> Option<BTreeMap<String, Level>> {
        let kept = self.kept.lock().await;
        kept.as_ref().map(|kept| kept.granted.clone())
    }

    async fn exchange(&self, transport: &Transport) -> Result<Kept, GitHubError> {
        let number = self.number(transport).await?;
        let call = Call::new("exchange the token of", format!("installation {number}"));
        let route = Route::new("app/installations").number(number);
        let route = route.literal("access_tokens");
        let request = Request::new(Method::POST, call.clone(), route)?;
        // A token more than is used changes nothing: to ask again is safe.
        let exchanged: Exchanged = self.ask(transport, &request.reading(), "token").await?;
        let missing = |field| GitHubError::InvalidAnswer {
            call: call.clone(),
            source: AnswerProblem::Missing { field },
        };
        let ends = exchanged.expires_at.parse();
        Ok(Kept {
            proof: Proof::of(exchanged.token).ok_or_else(|| missing("token"))?,
            ends: ends.map_err(|_| missing("expires_at"))?,
            granted: exchanged.permissions,
        })
    }

    async fn number(&self, transport: &Transport) -> Result<u64, GitHubError> {
        let repo = match &self.installation {
            Installation::Number(number) => return Ok(*number),
            Installation::Of(repo) => repo,
        };
        let number = self.number.get_or_try_init(|| async {
            let call = Call::new("find the App's installation of", repo.to_string());
            let route = Route::new("repos").name(repo.owner()).name(repo.name());
            let request = Request::get(call, route.literal("installation"))?;
            let found: Found = self.ask(transport, &request, "id").await?;
            Ok(found.id)
        });
        number.await.copied()
    }

    /// Asks as the App itself.
    async fn ask<T: for<'de> Deserialize<'de>>(
        &self,
        transport: &Transport,
        request: &Request,
        wanted: &'static str,
    ) -> Result<T, GitHubError> {
        let answer = transport.send_as(request, &self.key.proof()).await?;
        serde_json::from_slice(&answer.body).map_err(|_| GitHubError::InvalidAnswer {
            call: request.call.clone(),
            // The decoder's own error would quote the token.
            source: AnswerProblem::Missing { field: wanted },
        })
    }
}
