//! Branches, and the rules that guard them.

use serde::{Deserialize, Serialize};

use super::Branch;
use crate::client::Repo;
use crate::error::GitHubError;
use crate::lenient::or_default;
use crate::wire::Request;

/// What a branch demands of a change.
///
/// Gathered from the rules of the branch, which everybody who may read the repository may see,
/// and from its protection, which only its administrators may.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BranchRules {
    /// The checks that must pass, by name.
    pub required_checks: Vec<String>,
    /// Whether a change must be up to date with the branch before it is merged.
    pub up_to_date: bool,
    /// How many approving reviews a change needs.
    pub approvals: u32,
    /// Whether an owner of the changed files must approve.
    pub code_owner_review: bool,
    /// Whether commits must be signed.
    pub signatures: bool,
    /// Whether the branch may only be changed by a pull request.
    pub pull_request: bool,
    /// Whether history must stay a line, so that merge commits are refused.
    pub linear_history: bool,
}

#[derive(Deserialize)]
struct Rule {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    parameters: Parameters,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Parameters {
    required_approving_review_count: u32,
    require_code_owner_review: bool,
    strict_required_status_checks_policy: bool,
    required_status_checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    context: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Protection {
    required_status_checks: Option<StatusChecks>,
    required_pull_request_reviews: Option<Reviews>,
    required_signatures: Switch,
    required_linear_history: Switch,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct StatusChecks {
    strict: bool,
    contexts: Vec<String>,
    checks: Vec<Check>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reviews {
    required_approving_review_count: u32,
    require_code_owner_reviews: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Switch {
    enabled: bool,
}

impl Repo {
    /// The branches of the repository.
    ///
    /// # Errors
    ///
    /// [`GitHubError::TooLarge`] where they are on more pages than the client's limit.
    pub async fn branches(&self) -> Result<Vec<Branch>, GitHubError> {
        let call = self.call("list branches of", "");
        self.items(call, self.route().literal("branches")).await
    }

    /// What a branch demands of a change; nothing where no rule guards it.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where the repository cannot be read.
    pub async fn branch_rules(&self, branch: &str) -> Result<BranchRules, GitHubError> {
        let call = self.call("read the rules of", format_args!(":{branch}"));
        let route = self.route().literal("rules/branches").name(branch);
        let rules: Vec<Rule> = match self.items(call, route).await {
            Ok(rules) => rules,
            // Servers from before rulesets have only the protection.
            Err(GitHubError::NotFound { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut gathered = BranchRules::default();
        for rule in rules {
            gathered.add_rule(rule);
        }
        if let Some(protection) = self.protection(branch).await? {
            gathered.add_protection(protection);
        }
        gathered.required_checks.sort();
        gathered.required_checks.dedup();
        Ok(gathered)
    }

    /// The protection of a branch, if it has one that we may see.
    async fn protection(&self, branch: &str) -> Result<Option<Protection>, GitHubError> {
        let call = self.call("read the protection of", format_args!(":{branch}"));
        let route = self.route().literal("branches").name(branch);
        let request = Request::get(call, route.literal("protection"))?;
        match self.github.json(request).await {
            Ok(protection) => Ok(Some(protection)),
            Err(GitHubError::NotFound { .. } | GitHubError::Forbidden { .. }) => {
                self.repository().await.map(|_| None)
            }
            Err(error) => Err(error),
        }
    }
}

impl BranchRules {
    fn add_rule(&mut self, rule: Rule) {
        let parameters = rule.parameters;
        match rule.kind.as_str() {
            "pull_request" => {
                self.pull_request = true;
                self.approvals = self
                    .approvals
                    .max(parameters.required_approving_review_count);
                self.code_owner_review |= parameters.require_code_owner_review;
            }
            "required_status_checks" => {
                self.up_to_date |= parameters.strict_required_status_checks_policy;
                let names = parameters.required_status_checks.into_iter();
                self.required_checks
                    .extend(names.map(|check| check.context));
            }
            "required_signatures" => self.signatures = true,
            "required_linear_history" => self.linear_history = true,
            _ => {}
        }
    }

    fn add_protection(&mut self, protection: Protection) {
        self.signatures |= protection.required_signatures.enabled;
        self.linear_history |= protection.required_linear_history.enabled;
        if let Some(checks) = protection.required_status_checks {
            self.up_to_date |= checks.strict;
            self.required_checks.extend(checks.contexts);
            let names = checks.checks.into_iter();
            self.required_checks
                .extend(names.map(|check| check.context));
        }
        if let Some(reviews) = protection.required_pull_request_reviews {
            self.pull_request = true;
            self.approvals = self.approvals.max(reviews.required_approving_review_count);
            self.code_owner_review |= reviews.require_code_owner_reviews;
        }
    }
}
