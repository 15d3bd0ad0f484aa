//! The three requests of the smart protocol, and who may make them.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

use super::exchange::{Exchange, Service, run};
use crate::access::Need;
use crate::branches::push_rules;
use crate::http::answer::{Answer, Refusal};
use crate::http::auth::shown_bearer;
use crate::http::call::permitted;
use crate::state::ForgeState;
use crate::store::repositories::{self, Repository};

pub(in crate::http) fn routes() -> Router<Arc<ForgeState>> {
    Router::new()
        .route("/{owner}/{repo}/info/refs", get(info_refs))
        .route("/{owner}/{repo}/git-upload-pack", post(upload_pack))
        .route("/{owner}/{repo}/git-receive-pack", post(receive_pack))
}

type Names = Path<(String, String)>;

async fn info_refs(
    State(state): State<Arc<ForgeState>>,
    Path(names): Names,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Answer {
    let service = match query.get("service").map(String::as_str) {
        Some("git-upload-pack") => Service::Fetch,
        Some("git-receive-pack") => Service::Push,
        _ => {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "only git's smart protocol is served",
            ));
        }
    };
    serve(state, names, service, "info/refs", request).await
}

async fn upload_pack(
    State(state): State<Arc<ForgeState>>,
    Path(names): Names,
    request: Request,
) -> Answer {
    serve(state, names, Service::Fetch, "git-upload-pack", request).await
}

async fn receive_pack(
    State(state): State<Arc<ForgeState>>,
    Path(names): Names,
    request: Request,
) -> Answer {
    serve(state, names, Service::Push, "git-receive-pack", request).await
}

async fn serve(
    state: Arc<ForgeState>,
    (owner, name): (String, String),
    service: Service,
    action: &'static str,
    request: Request,
) -> Answer {
    let bearer = match shown_bearer(&state, request.headers()).await {
        // Some clients send what they have to whoever asks; what is public needs nothing.
        Err(_) if service == Service::Fetch => None,
        bearer => bearer?,
    };
    let repo = repository(&state, &owner, name.strip_suffix(".git").unwrap_or(&name)).await;
    let hidden = |repo: &Result<Repository, Refusal>| repo.as_ref().is_ok_and(|it| it.is_private);
    if bearer.is_none() && (service == Service::Push || hidden(&repo)) {
        // git asks for credentials only when it is told to.
        return Err(Refusal::unauthorized("Requires authentication"));
    }
    let repo = repo?;
    let need = match service {
        Service::Fetch => Need::fetch(),
        Service::Push => Need::push(),
    };
    let mut conn = state.database.read().await?;
    permitted(&mut conn, bearer.as_ref(), &repo, &need).await?;
    drop(conn);
    let pusher = bearer
        .map(|bearer| bearer.user)
        .filter(|_| service == Service::Push);
    let rules = match &pusher {
        Some(pusher) => push_rules(&state, &repo, pusher).await?,
        None => String::new(),
    };
    let (parts, body): (_, Body) = request.into_parts();
    run(Exchange {
        state,
        repo,
        service,
        action,
        pusher,
        rules,
        parts,
        body,
    })
    .await
}

async fn repository(state: &ForgeState, owner: &str, name: &str) -> Result<Repository, Refusal> {
    let mut conn = state.database.read().await?;
    repositories::find(&mut conn, owner, name)
        .await?
        .ok_or_else(Refusal::not_found)
}
