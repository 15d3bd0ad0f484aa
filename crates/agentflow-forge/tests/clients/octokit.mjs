// octokit proposes a change, reviews it, waits for its checks and merges it.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";

// The client lies elsewhere than this file.
const require = createRequire(pathToFileURL(process.env.AGENTFLOW_OCTOKIT + "/"));
const { Octokit } = await import(pathToFileURL(require.resolve("@octokit/rest")));

const client = (token) =>
  new Octokit({ baseUrl: process.env.FORGE_URL, auth: process.env[token] });
const author = client("AUTHOR_TOKEN").rest;
const reviewer = client("REVIEWER_TOKEN").rest;
const demo = { owner: "octo", repo: "demo" };

assert.equal((await author.users.getAuthenticated()).data.login, "octo");
await author.issues.createComment({ ...demo, issue_number: 1, body: "I am on it." });
const all = await client("AUTHOR_TOKEN").paginate(author.issues.listComments, {
  ...demo,
  issue_number: 1,
  per_page: 1,
});
assert.deepEqual(all.map((comment) => comment.body), ["I am on it."]);
console.log("passed: issue");

// A commit made of its parts, as a client without a clone makes it.
const main = (await author.git.getRef({ ...demo, ref: "heads/main" })).data.object.sha;
const parent = (await author.git.getCommit({ ...demo, commit_sha: main })).data;
const blob = (await author.git.createBlob({ ...demo, content: "changed\n", encoding: "utf-8" })).data;
const tree = (
  await author.git.createTree({
    ...demo,
    base_tree: parent.tree.sha,
    tree: [{ path: "lines", mode: "100644", type: "blob", sha: blob.sha }],
  })
).data;
const commit = (
  await author.git.createCommit({ ...demo, message: "Change lines", tree: tree.sha, parents: [main] })
).data;
await author.git.createRef({ ...demo, ref: "refs/heads/tides", sha: commit.sha });
const { data: file } = await author.repos.getContent({ ...demo, path: "lines", ref: "tides" });
assert.equal(Buffer.from(file.content, "base64").toString(), "changed\n");
console.log("passed: commit");

const { data: pull } = await author.pulls.create({
  ...demo,
  base: "main",
  head: "tides",
  title: "Tides",
  body: "Closes #1",
});
const { data: diff } = await author.pulls.get({
  ...demo,
  pull_number: pull.number,
  mediaType: { format: "diff" },
});
assert.match(diff, /^diff --git a\/lines b\/lines/);
await assert.rejects(
  author.pulls.create({ ...demo, base: "main", head: "tides", title: "Again" }),
  (error) => error.status === 422 && /already exists/.test(error.message),
);
console.log("passed: pull request");

const comments = [{ path: "lines", line: 1, side: "RIGHT", body: "Why?" }];
await reviewer.pulls.createReview({
  ...demo,
  pull_number: pull.number,
  event: "COMMENT",
  body: "Nearly.",
  comments,
});
const { data: said } = await author.pulls.listReviewComments({ ...demo, pull_number: pull.number });
assert.deepEqual(said.map((comment) => [comment.path, comment.line]), [["lines", 1]]);
await reviewer.pulls.createReview({ ...demo, pull_number: pull.number, event: "APPROVE" });
console.log("passed: review");

let runs = [];
for (let look = 0; look < 600; look += 1) {
  runs = (await author.checks.listForRef({ ...demo, ref: pull.head.sha })).data.check_runs;
  if (runs.length > 0 && runs.every((run) => run.status === "completed")) break;
  await sleep(100);
}
assert.deepEqual(runs.map((run) => [run.name, run.conclusion]), [["ci", "success"]]);
console.log("passed: checks");

const merge = { ...demo, pull_number: pull.number, merge_method: "squash" };
await assert.rejects(
  author.pulls.merge({ ...merge, sha: main }),
  (error) => error.status === 409,
);
assert.ok((await author.pulls.merge({ ...merge, sha: pull.head.sha })).data.merged);
assert.equal((await author.issues.get({ ...demo, issue_number: 1 })).data.state, "closed");
console.log("passed: merge");
