//! Issues and pull requests of a repository, as GitHub lists them together: filtered and sorted.

use super::listing::Since;
use crate::http::answer::{Answer, Refusal};
use crate::http::call::Call;
use crate::http::{page, shape};
use crate::store::issues::{self, Issue};
use crate::store::labels::{self, Label};
use crate::time;

pub(super) async fn list(call: Call) -> Answer {
    let filter = Filter::asked(&call)?;
    let mut conn = call.state.database.read().await?;
    let mut found = Vec::new();
    for issue in issues::all(&mut conn, call.repo.id).await? {
        if filter.takes(&issue) {
            let labels = labels::of_issue(&mut conn, issue.id).await?;
            if filter.has_labels(&labels) {
                found.push((issue, labels));
            }
        }
    }
    match call.asked("sort") {
        Some("updated") => found.sort_by_key(|(it, _)| -time::to_unix(&it.updated_at)),
        Some("comments") => found.sort_by_key(|(it, _)| -it.comments),
        _ => {}
    }
    if call.asked("direction") == Some("asc") {
        found.reverse();
    }
    let shown = |(issue, labels): &(Issue, Vec<Label>)| {
        shape::issue(call.links(), &call.repo, issue, labels)
    };
    page::list(&call, found.iter().map(shown).collect())
}

struct Filter<'a> {
    state: &'a str,
    labels: Vec<&'a str>,
    creator: Option<&'a str>,
    assignee: Option<&'a str>,
    mentioned: Option<String>,
    milestone: Option<&'a str>,
    since: Since,
}

impl<'a> Filter<'a> {
    fn asked(call: &'a Call) -> Result<Self, Refusal> {
        let state = call.asked("state").unwrap_or("open");
        if !["open", "closed", "all"].contains(&state) {
            return Err(Refusal::invalid_value("Issue", "state", state));
        }
        let labels = call.asked("labels").unwrap_or_default();
        Ok(Self {
            state,
            labels: labels.split(',').filter(|name| !name.is_empty()).collect(),
            creator: call.asked("creator"),
            assignee: call.asked("assignee"),
            mentioned: call.asked("mentioned").map(|login| format!("@{login}")),
            milestone: call.asked("milestone"),
            since: Since::asked(call)?,
        })
    }

    fn takes(&self, issue: &Issue) -> bool {
        let is = |login: &str, user: &crate::store::accounts::User| {
            user.login.eq_ignore_ascii_case(login)
        };
        let by_assignee = match self.assignee {
            None => true,
            Some("none") => issue.assignees.is_empty(),
            Some("*") => !issue.assignees.is_empty(),
            Some(login) => issue.assignees.iter().any(|user| is(login, user)),
        };
        let mentions = |word: &String| {
            let body = issue.body.as_deref().unwrap_or_default();
            body.split(|c: char| !(c.is_alphanumeric() || c == '@' || c == '-'))
                .any(|it| it.eq_ignore_ascii_case(word))
        };
        // The forge has no milestones, so only those without one are asked for with success.
        let by_milestone = self.milestone.is_none_or(|it| it == "none");
        (self.state == "all" || self.state == issue.state())
            && self.creator.is_none_or(|login| is(login, &issue.author))
            && by_assignee
            && self.mentioned.as_ref().is_none_or(mentions)
            && by_milestone
            && self.since.reaches(&issue.updated_at)
    }

    fn has_labels(&self, labels: &[Label]) -> bool {
        let has = |wanted: &&str| {
            let mut names = labels.iter().map(|label| &label.name);
            names.any(|name| name.eq_ignore_ascii_case(wanted))
        };
        self.labels.iter().all(has)
    }
}
