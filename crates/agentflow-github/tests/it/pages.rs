//! Listings over several pages.

use agentflow_github::Limits;
use serde_json::json;
use wiremock::matchers::{header, query_param};
use wiremock::{MockServer, ResponseTemplate};

use crate::support::{TOKEN, builder, ok, on, repo};

fn page(ids: &[u64], next: Option<&str>) -> ResponseTemplate {
    let items: Vec<_> = ids
        .iter()
        .map(|id| json!({ "id": id, "body": null }))
        .collect();
    match next {
        Some(next) => {
            ok(items).insert_header("link", format!(r#"<{next}>; rel="next", <x>; rel="last""#))
        }
        None => ok(items),
    }
}

#[tokio::test]
async fn every_page_is_asked_of_our_own_server_with_the_token() {
    let server = MockServer::start().await;
    let bearer = format!("Bearer {TOKEN}");
    let comments = |number: &str| {
        on("GET", "/issues/7/comments")
            .and(query_param("page", number))
            .and(header("authorization", bearer.as_str()))
    };
    // The server names itself by other hosts, with and without the prefix.
    on("GET", "/issues/7/comments")
        .and(query_param("per_page", "100"))
        .respond_with(page(
            &[1, 2],
            Some("https://inside.example/api/v3/repos/octo/hello/issues/7/comments?page=2"),
        ))
        .with_priority(9)
        .mount(&server)
        .await;
    comments("2")
        .respond_with(page(
            &[3],
            Some("/repos/octo/hello/issues/7/comments?page=3"),
        ))
        .expect(1)
        .mount(&server)
        .await;
    comments("3")
        .respond_with(page(&[4], None))
        .expect(1)
        .mount(&server)
        .await;
    let comments = repo(&server).issue_comments(7).await.unwrap();
    assert_eq!(
        comments
            .iter()
            .map(|comment| comment.id)
            .collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
}

#[tokio::test]
async fn a_listing_without_end_stops_at_the_limit() {
    let server = MockServer::start().await;
    on("GET", "/issues/7/comments")
        .respond_with(page(
            &[1],
            Some("/repos/octo/hello/issues/7/comments?page=2"),
        ))
        .expect(3)
        .mount(&server)
        .await;
    let limits = Limits {
        pages_max: 3,
        ..Limits::default()
    };
    let repo = builder(&server)
        .limits(limits)
        .build()
        .unwrap()
        .repo("octo/hello".parse().unwrap());
    let error = repo.issue_comments(7).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "list comments of octo/hello#7: the listing is over the limit (pages_max = 3)"
    );
}
