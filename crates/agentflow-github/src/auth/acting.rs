//! Who a client acts as, and what it shows for that.

use std::collections::BTreeMap;

use super::{AppKey, InstallationAuth, Proof};
use crate::access::Level;
use crate::error::GitHubError;
use crate::wire::Transport;

/// What goes into the header of each call.
#[derive(Debug)]
pub(crate) enum Auth {
    Nobody,
    Token(Proof),
    App(AppKey),
    Installation(Box<InstallationAuth>),
}

impl Auth {
    /// What to show with the next call, if anything.
    pub(crate) async fn proof(&self, transport: &Transport) -> Result<Option<Proof>, GitHubError> {
        match self {
            Self::Nobody => Ok(None),
            Self::Token(proof) => Ok(Some(proof.clone())),
            Self::App(key) => Ok(Some(key.proof())),
            Self::Installation(auth) => auth.proof(transport).await.map(Some),
        }
    }

    /// Forgets what the server did not take. Whether the next proof is another one.
    pub(crate) async fn renews(&self, refused: &Proof) -> bool {
        match self {
            Self::Installation(auth) => {
                auth.forget(refused).await;
                true
            }
            _ => false,
        }
    }

    /// What an installation was granted, by name; none for others, whose tokens do not tell.
    pub(crate) async fn granted(&self) -> Option<BTreeMap<String, Level>> {
        match self {
            Self::Installation(auth) => auth.granted().await,
            _ => None,
        }
    }

    /// The account that an App acts as, such as `my-app[bot]`; none for others, who may ask
    /// for their own.
    pub(crate) async fn bot(&self, transport: &Transport) -> Result<Option<String>, GitHubError> {
        match self {
            Self::Nobody | Self::Token(_) => Ok(None),
            Self::App(key) => key.bot(transport).await.map(Some),
            Self::Installation(auth) => auth.key.bot(transport).await.map(Some),
        }
    }
}
