"""PyGithub proposes a change, reviews it, waits for its checks and merges it."""

import os
import time

from github import Auth, Github

base = os.environ["FORGE_URL"]


def client(token):
    return Github(base_url=base, auth=Auth.Token(os.environ[token]), retry=None)


author, reviewer = client("AUTHOR_TOKEN"), client("REVIEWER_TOKEN")
assert author.get_user().login == "octo"
repo = author.get_repo("octo/demo")
issue = repo.get_issue(1)
issue.create_comment("I am on it.")
issue.add_to_labels("in progress")
assert [comment.body for comment in issue.get_comments()] == ["I am on it."]
assert "in progress" in [label.name for label in repo.get_issue(1).labels]
print("passed: issue")

head = repo.get_branch("main").commit.sha
repo.create_git_ref("refs/heads/tides", head)
there = repo.get_contents("lines", ref="tides")
made = repo.update_file("lines", "Change lines", "changed\n", there.sha, branch="tides")
assert repo.get_contents("lines", ref="tides").decoded_content == b"changed\n"
print("passed: commit")

pull = repo.create_pull(base="main", head="tides", title="Tides", body="Closes #1", draft=False)
assert [p.number for p in repo.get_pulls(state="open", head="octo:tides")] == [pull.number]
assert [f.filename for f in pull.get_files()] == ["lines"]
print("passed: pull request")

review = reviewer.get_repo("octo/demo").get_pull(pull.number).create_review(
    body="Nearly.",
    event="REQUEST_CHANGES",
    comments=[{"path": "lines", "line": 1, "side": "RIGHT", "body": "Why?"}],
)
assert review.state == "CHANGES_REQUESTED"
comments = list(pull.get_review_comments())
assert [(c.path, c.body, c.user.login) for c in comments] == [("lines", "Why?", "rev")]
pull.create_review_comment_reply(comments[0].id, "Because.")
assert len(list(pull.get_review_comments())) == 2
reviewer.get_repo("octo/demo").get_pull(pull.number).create_review(event="APPROVE")
assert [r.state for r in pull.get_reviews()][-1] == "APPROVED"
print("passed: review")

commit = repo.get_commit(pull.head.sha)
for _ in range(600):
    runs = list(commit.get_check_runs())
    if runs and all(run.status == "completed" for run in runs):
        break
    time.sleep(0.1)
assert [(run.name, run.conclusion) for run in runs] == [("ci", "success")]
print("passed: checks")

merged = repo.get_pull(pull.number).merge(merge_method="squash", sha=pull.head.sha)
assert merged.merged
assert repo.get_pull(pull.number).merged
assert repo.get_issue(1).state == "closed"
assert repo.get_contents("lines").decoded_content == b"changed\n"
print("passed: merge")
