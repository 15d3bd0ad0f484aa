//! What every REST handler starts from: who calls, which repository, which parameters, what body.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, OriginalUri, Query, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use sqlx::SqliteConnection;

use super::answer::Refusal;
use super::shape::Links;
use crate::access::{Need, Role, Standing, Verdict, judge};
use crate::git::GitRepo;
use crate::state::ForgeState;
use crate::store::collaborators;
use crate::store::issues::{self, Issue};
use crate::store::pulls::{self, Pull};
use crate::store::repositories::{self, Repository};
use crate::store::tokens::Bearer;

/// A request by someone known.
pub(super) struct Caller {
    pub(super) state: Arc<ForgeState>,
    pub(super) bearer: Bearer,
    pub(super) query: HashMap<String, String>,
    pub(super) headers: HeaderMap,
    pub(super) uri: Uri,
    params: Vec<(String, String)>,
}

impl Caller {
    pub(super) fn links(&self) -> Links<'_> {
        Links::new(&self.state.origin)
    }

    /// A part of the path.
    pub(super) fn param(&self, name: &str) -> &str {
        let found = self.params.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// A part of the path that is a number; anything else is a path the forge does not have.
    pub(super) fn number(&self, name: &str) -> Result<i64, Refusal> {
        self.param(name).parse().map_err(|_| Refusal::not_found())
    }

    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        self.query
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether the client asked for a media type that names `word`, as in `…github.diff`.
    pub(super) fn accepts(&self, word: &str) -> bool {
        let accepted = self.headers.get_all(header::ACCEPT);
        accepted
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.contains(word))
    }
}

impl FromRequestParts<Arc<ForgeState>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<ForgeState>,
    ) -> Result<Self, Refusal> {
        // The router takes its prefixes off the other one.
        let Ok(OriginalUri(uri)) = OriginalUri::from_request_parts(parts, state).await;
        let bearer = parts.extensions.get::<Bearer>().cloned();
        let bearer = bearer.ok_or_else(|| Refusal::unauthorized("Requires authentication"))?;
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Refusal::not_found())?;
        let params = params
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let bad_query = || Refusal::new(StatusCode::BAD_REQUEST, "Problems parsing the query");
        let Query(query) = Query::try_from_uri(&parts.uri).map_err(|_| bad_query())?;
        Ok(Self {
            state: Arc::clone(state),
            bearer,
            query,
            headers: parts.headers.clone(),
            uri,
            params,
        })
    }
}

/// A request about a repository that exists.
pub(super) struct Call {
    pub(super) caller: Caller,
    pub(super) repo: Repository,
    /// What the caller may be to the repository.
    pub(super) role: Role,
}

impl std::ops::Deref for Call {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Call {
    pub(super) fn git(&self) -> GitRepo {
        self.state.repo(&self.repo)
    }

    /// The issue or pull request whose number is in the path.
    pub(super) async fn issue(&self) -> Result<Issue, Refusal> {
        self.issue_numbered(self.number("number")?).await
    }

    pub(super) async fn issue_numbered(&self, number: i64) -> Result<Issue, Refusal> {
        let mut conn = self.state.database.read().await?;
        issues::find(&mut conn, self.repo.id, number)
            .await?
            .ok_or_else(Refusal::not_found)
    }

    /// The pull request whose number is in the path.
    pub(super) async fn pull(&self) -> Result<Pull, Refusal> {
        self.pull_numbered(self.number("number")?).await
    }

    pub(super) async fn pull_numbered(&self, number: i64) -> Result<Pull, Refusal> {
        let mut conn = self.state.database.read().await?;
        pulls::find(&mut conn, self.repo.id, number)
            .await?
            .ok_or_else(Refusal::not_found)
    }

    /// The commit a name stands for.
    pub(super) async fn commit_sha(&self, name: &str) -> Result<String, Refusal> {
        let found = self.git().resolve(name).await?;
        found.ok_or_else(|| Refusal::unprocessable(format!("No commit found for SHA: {name}")))
    }
}

impl FromRequestParts<Arc<ForgeState>> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<ForgeState>,
    ) -> Result<Self, Refusal> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let mut conn = state.database.read().await?;
        let repo =
            repositories::find(&mut conn, caller.param("owner"), caller.param("repo")).await?;
        let repo = repo.ok_or_else(Refusal::not_found)?;
        let need = Need::of(&parts.method, &below_repository(&caller.uri));
        let role = permitted(&mut conn, Some(&caller.bearer), &repo, &need).await?;
        Ok(Self { caller, repo, role })
    }
}

/// What comes after `/repos/OWNER/NAME`, decoded as the handlers get it: else a slash in disguise
/// would be judged as another request than it is.
fn below_repository(uri: &Uri) -> String {
    let below = uri.path().split_once("/repos/").map(|(_, below)| below);
    let mut parts = below.unwrap_or_default().splitn(3, '/').skip(2);
    let below = percent_decode_str(parts.next().unwrap_or_default());
    below.decode_utf8_lossy().into_owned()
}

/// The role in which a bearer, or nobody, may do what is needed.
pub(super) async fn permitted(
    conn: &mut SqliteConnection,
    bearer: Option<&Bearer>,
    repo: &Repository,
    need: &Need,
) -> Result<Role, Refusal> {
    let (mut role, mut is_author) = (None, false);
    if let Some(bearer) = bearer {
        role = collaborators::role(conn, repo, &bearer.user).await?;
        if let Some(authored) = need.or_author_of {
            is_author = collaborators::wrote(conn, repo.id, &bearer.user, authored).await?;
        }
    }
    let standing = Standing {
        repo_id: repo.id,
        is_private: repo.is_private,
        role,
        is_author,
    };
    match judge(bearer.map(|bearer| &bearer.grant), &standing, need) {
        Verdict::Allowed(role) => Ok(role),
        Verdict::Hidden => Err(Refusal::not_found()),
        Verdict::TokenLacks => Err(Refusal::read_only()),
        Verdict::RoleLacks => Err(match need.refusal {
            Some(words) => Refusal::new(StatusCode::FORBIDDEN, words),
            None => Refusal::not_found(),
        }),
    }
}

/// A request that changes a repository. What it needs is judged like everything else, by
/// [`Need`]; the type keeps handlers that write apart from those that read.
pub(super) struct WriteCall(pub(super) Call);

impl FromRequestParts<Arc<ForgeState>> for WriteCall {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<ForgeState>,
    ) -> Result<Self, Refusal> {
        Call::from_request_parts(parts, state).await.map(Self)
    }
}

/// The request's JSON body. No body at all reads as `{}`.
pub(super) struct Fields<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<ForgeState>> for Fields<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &Arc<ForgeState>) -> Result<Self, Refusal> {
        let limit = state.options.limits.request_bytes_max;
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| {
                let status = rejection.status();
                Refusal::new(
                    status,
                    format!("the body could not be read; at most {limit} bytes are taken"),
                )
            })?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(text).map(Self).map_err(|error| {
            if error.is_data() {
                Refusal::unprocessable(format!("Invalid request.\n\n{error}"))
            } else {
                Refusal::new(StatusCode::BAD_REQUEST, "Problems parsing JSON")
            }
        })
    }
}
