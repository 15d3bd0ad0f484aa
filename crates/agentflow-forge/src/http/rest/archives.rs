//! The files of a commit in one file, and the address at which it is given.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;

use crate::downloads::{ArchiveFormat, Download};
use crate::http::answer::{Answer, Refusal};
use crate::http::call::{Call, Caller};
use crate::state::ForgeState;
use crate::store::{random_secret, repositories};

/// Digits of the commit in an archive's name, as on GitHub.
const NAME_DIGITS: usize = 7;

pub(super) async fn tarball(call: Call) -> Answer {
    archive(&call, ArchiveFormat::TarGz).await
}

pub(super) async fn zipball(call: Call) -> Answer {
    archive(&call, ArchiveFormat::Zip).await
}

async fn archive(call: &Call, format: ArchiveFormat) -> Answer {
    let name = Some(call.param("name")).filter(|name| !name.is_empty());
    let name = name.unwrap_or(&call.repo.default_branch);
    let commit = call.git().resolve(name).await?;
    let commit = commit.ok_or_else(Refusal::not_found)?;
    let digits = &commit[..NAME_DIGITS.min(commit.len())];
    let name = format!("{}-{}-{digits}", call.repo.owner.login, call.repo.name);
    let download = Download::Archive {
        repo_id: call.repo.id,
        tree: commit.clone(),
        format,
        name: name.clone(),
    };
    redirect(call, download, &format!("{name}.{}", format.as_str())).await
}

/// Sends the client to an address that only it knows.
pub(super) async fn redirect(caller: &Caller, download: Download, file: &str) -> Answer {
    let mut conn = caller.state.database.read().await?;
    let secret = random_secret(&mut conn).await?;
    drop(conn);
    let address = format!(
        "{}/api/download/{file}?sig={secret}",
        caller.links().origin()
    );
    caller.state.downloads.offer(secret, download);
    let location = HeaderValue::from_str(&address)
        .map_err(|_| Refusal::unprocessable("the name cannot stand in an address"))?;
    Ok((StatusCode::FOUND, [(header::LOCATION, location)]).into_response())
}

/// What an address from [`redirect`] leads to.
pub(in crate::http) async fn download(
    State(state): State<Arc<ForgeState>>,
    Path(file): Path<String>,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
) -> Answer {
    let query = query.unwrap_or_default();
    let secret = query.strip_prefix("sig=").unwrap_or_default();
    let found = state.downloads.find(secret);
    let expired = || Refusal::new(StatusCode::FORBIDDEN, "This address has expired.");
    match found.ok_or_else(expired)? {
        Download::Text(text) => {
            let kind = "text/plain; charset=utf-8";
            Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
        }
        Download::Archive {
            repo_id,
            tree,
            format,
            name,
        } => {
            let repo = repositories::by_id(&mut *state.database.read().await?, repo_id).await?;
            let bytes = state
                .repo(&repo)
                .archive(&tree, format.as_str(), &name)
                .await?;
            let kind = match format {
                ArchiveFormat::TarGz => "application/x-gzip",
                ArchiveFormat::Zip => "application/zip",
            };
            let saved = format!("attachment; filename={file}");
            let headers = [
                (header::CONTENT_TYPE, kind),
                (header::CONTENT_DISPOSITION, &saved),
            ];
            Ok((headers, bytes).into_response())
        }
    }
}
