//! What of GitHub's schema this forge offers: types, their fields, and the types of those.
//!
//! An empty type is a scalar; a name that ends in `Connection` is a list that comes in pages.

type Fields = &'static [(&'static str, &'static str)];

const PAGES: &str = "Connection";

/// The fields of a type.
pub(super) fn fields(type_name: &str) -> Option<Fields> {
    Some(match type_name {
        "Query" => &[
            ("viewer", "User"),
            ("repository", "Repository"),
            ("node", "Node"),
        ],
        "Mutation" => &[
            ("resolveReviewThread", "ThreadPayload"),
            ("unresolveReviewThread", "ThreadPayload"),
            ("addPullRequestReviewThreadReply", "CommentPayload"),
            ("markPullRequestReadyForReview", "PullRequestPayload"),
            ("convertPullRequestToDraft", "PullRequestPayload"),
        ],
        "ThreadPayload" => &[
            ("clientMutationId", ""),
            ("thread", "PullRequestReviewThread"),
        ],
        "CommentPayload" => &[
            ("clientMutationId", ""),
            ("comment", "PullRequestReviewComment"),
        ],
        "PullRequestPayload" => &[("clientMutationId", ""), ("pullRequest", "PullRequest")],
        "Node" => &[("id", "")],
        "User" => &[("id", ""), ("databaseId", ""), ("login", ""), ("url", "")],
        "Repository" => &[
            ("id", ""),
            ("databaseId", ""),
            ("name", ""),
            ("nameWithOwner", ""),
            ("url", ""),
            ("isPrivate", ""),
            ("owner", "User"),
            ("pullRequest", "PullRequest"),
        ],
        "PullRequest" => &[
            ("id", ""),
            ("databaseId", ""),
            ("number", ""),
            ("title", ""),
            ("body", ""),
            ("url", ""),
            ("state", ""),
            ("isDraft", ""),
            ("merged", ""),
            ("headRefName", ""),
            ("headRefOid", ""),
            ("baseRefName", ""),
            ("baseRefOid", ""),
            ("createdAt", ""),
            ("updatedAt", ""),
            ("author", "User"),
            ("reviewThreads", "PullRequestReviewThreadConnection"),
        ],
        "PullRequestReviewThread" => &[
            ("id", ""),
            ("isResolved", ""),
            ("isOutdated", ""),
            ("isCollapsed", ""),
            ("path", ""),
            ("line", ""),
            ("startLine", ""),
            ("originalLine", ""),
            ("originalStartLine", ""),
            ("diffSide", ""),
            ("subjectType", ""),
            ("resolvedBy", "User"),
            ("comments", "PullRequestReviewCommentConnection"),
        ],
        "PullRequestReviewComment" => &[
            ("id", ""),
            ("databaseId", ""),
            ("body", ""),
            ("path", ""),
            ("line", ""),
            ("originalLine", ""),
            ("outdated", ""),
            ("diffHunk", ""),
            ("url", ""),
            ("createdAt", ""),
            ("updatedAt", ""),
            ("author", "User"),
        ],
        "PullRequestReviewThreadConnection" => &[
            ("nodes", "PullRequestReviewThread"),
            ("edges", "PullRequestReviewThreadEdge"),
            ("totalCount", ""),
            ("pageInfo", "PageInfo"),
        ],
        "PullRequestReviewThreadEdge" => &[("cursor", ""), ("node", "PullRequestReviewThread")],
        "PullRequestReviewCommentConnection" => &[
            ("nodes", "PullRequestReviewComment"),
            ("edges", "PullRequestReviewCommentEdge"),
            ("totalCount", ""),
            ("pageInfo", "PageInfo"),
        ],
        "PullRequestReviewCommentEdge" => &[("cursor", ""), ("node", "PullRequestReviewComment")],
        "PageInfo" => &[
            ("hasNextPage", ""),
            ("hasPreviousPage", ""),
            ("startCursor", ""),
            ("endCursor", ""),
        ],
        _ => return None,
    })
}

/// The type of a field, if it is offered.
pub(super) fn field(type_name: &str, name: &str) -> Option<&'static str> {
    let known = fields(type_name)?.iter().find(|(known, _)| *known == name);
    known.map(|(_, of)| *of)
}

pub(super) fn comes_in_pages(type_name: &str) -> bool {
    type_name.ends_with(PAGES)
}

/// Whether something of type `actual` is selected by a fragment on `condition`.
pub(super) fn is_a(actual: &str, condition: &str) -> bool {
    let interfaces: &[&str] = match actual {
        "User" => &["Actor", "RepositoryOwner", "Node"],
        "Repository" | "PullRequest" | "PullRequestReviewThread" | "PullRequestReviewComment" => {
            &["Node"]
        }
        _ => &[],
    };
    actual == condition || interfaces.contains(&condition)
}
