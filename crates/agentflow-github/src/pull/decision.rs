//! What the reviews of a pull request come to.

use super::{Review, ReviewState};
use crate::client::Repo;
use crate::error::GitHubError;

/// The review of each reviewer that counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ReviewDecision {
    /// Who approved, and has not changed their mind.
    pub approved: Vec<Review>,
    /// Who asked for changes, and has not been satisfied.
    pub changes_requested: Vec<Review>,
}

impl ReviewDecision {
    /// What these reviews come to, given oldest first.
    ///
    /// As on GitHub, the newest of a reviewer's approvals and requests for changes counts; a
    /// comment changes neither, and a dismissed one takes it back.
    pub fn of(reviews: impl IntoIterator<Item = Review>) -> Self {
        let mut standing: Vec<Review> = Vec::new();
        for review in reviews {
            let counts = matches!(
                review.state,
                ReviewState::Approved | ReviewState::ChangesRequested | ReviewState::Dismissed
            );
            let Some(author) = review.author.as_ref().filter(|_| counts) else {
                continue;
            };
            let same = |earlier: &Review| {
                let earlier = earlier.author.as_ref();
                earlier.is_some_and(|earlier| earlier.login.eq_ignore_ascii_case(&author.login))
            };
            standing.retain(|earlier| !same(earlier));
            if review.state != ReviewState::Dismissed {
                standing.push(review);
            }
        }
        let (approved, changes_requested) = standing
            .into_iter()
            .partition(|review| review.state == ReviewState::Approved);
        Self {
            approved,
            changes_requested,
        }
    }
}

impl Repo {
    /// What the reviews of a pull request come to.
    ///
    /// # Errors
    ///
    /// As [`reviews`](Self::reviews).
    pub async fn review_decision(&self, number: u64) -> Result<ReviewDecision, GitHubError> {
        Ok(ReviewDecision::of(self.reviews(number).await?))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_newest_word_of_each_reviewer_counts() {
        for (name, reviews, approved, changes) in [
            ("nobody reviewed", &[][..], &[][..], &[][..]),
            ("one approved", &[("a", "APPROVED")], &["a"], &[]),
            (
                "one was satisfied",
                &[("a", "CHANGES_REQUESTED"), ("A", "APPROVED")],
                &["A"],
                &[],
            ),
            (
                "a comment changes nothing",
                &[("a", "CHANGES_REQUESTED"), ("a", "COMMENTED")],
                &[],
                &["a"],
            ),
            (
                "a dismissed one is taken back",
                &[("a", "CHANGES_REQUESTED"), ("a", "DISMISSED")],
                &[],
                &[],
            ),
            (
                "two differ",
                &[("a", "APPROVED"), ("b", "CHANGES_REQUESTED")],
                &["a"],
                &["b"],
            ),
        ] {
            let reviews = reviews.iter().map(|(login, state)| {
                let review =
                    serde_json::json!({ "id": 1, "state": state, "user": { "login": login } });
                serde_json::from_value::<Review>(review).unwrap()
            });
            let decision = ReviewDecision::of(reviews);
            let logins = |reviews: &[Review]| -> Vec<String> {
                let authors = reviews.iter().flat_map(|review| &review.author);
                authors.map(|author| author.login.clone()).collect()
            };
            assert_eq!(logins(&decision.approved), approved, "{name}");
            assert_eq!(logins(&decision.changes_requested), changes, "{name}");
        }
    }
}
