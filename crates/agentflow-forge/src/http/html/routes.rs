//! The addresses of the pages. A page that is not there is a page, too.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::{index, issue, layout, pull, repository, run};
use crate::access::Need;
use crate::http::answer::Refusal;
use crate::http::auth::shown_bearer;
use crate::http::call::permitted;
use crate::state::ForgeState;
use crate::store::repositories::{self, Repository};

pub(in crate::http) fn routes() -> Router<Arc<ForgeState>> {
    Router::new()
        .route("/", get(index::page))
        .route("/{owner}/{repo}", get(repository::page))
        .route("/{owner}/{repo}/issues/{number}", get(issue::page))
        .route("/{owner}/{repo}/pull/{number}", get(pull::page))
        .route("/{owner}/{repo}/runs/{number}", get(run::page))
        .fallback(async || NoPage)
}

/// Why there is no page.
pub(super) struct NoPage;

impl IntoResponse for NoPage {
    fn into_response(self) -> Response {
        let body = "<p class=\"quiet\">There is nothing at this address.</p>";
        (StatusCode::NOT_FOUND, layout::page("Not found", &[], body)).into_response()
    }
}

/// What went wrong on the way to a page.
pub(super) enum Trouble {
    NotThere,
    Failed(Refusal),
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match self {
            Self::NotThere => NoPage.into_response(),
            Self::Failed(refusal) => refusal.into_response(),
        }
    }
}

impl<E: Into<Refusal>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A page of a repository.
pub(super) struct View {
    pub(super) state: Arc<ForgeState>,
    pub(super) repo: Repository,
    pub(super) last: String,
}

impl View {
    /// The number at the end of the address.
    pub(super) fn number(&self) -> Result<i64, Trouble> {
        self.last.parse().map_err(|_| Trouble::NotThere)
    }

    /// Address of the repository's page.
    pub(super) fn home(&self) -> String {
        format!("/{}", self.repo.full_name())
    }
}

impl FromRequestParts<Arc<ForgeState>> for View {
    type Rejection = Trouble;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<ForgeState>,
    ) -> Result<Self, Trouble> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Trouble::NotThere)?;
        let param = |name: &str| {
            let found = params.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.to_owned()).unwrap_or_default()
        };
        let (owner, name) = (param("owner"), param("repo"));
        let bearer = shown_bearer(state, &parts.headers).await?;
        let mut conn = state.database.read().await?;
        let found = repositories::find(&mut conn, &owner, name.trim_end_matches(".git")).await?;
        let repo = found.ok_or(Trouble::NotThere)?;
        permitted(&mut conn, bearer.as_ref(), &repo, &Need::fetch())
            .await
            .map_err(|_| Trouble::NotThere)?;
        Ok(Self {
            state: Arc::clone(state),
            repo,
            last: param("number"),
        })
    }
}
