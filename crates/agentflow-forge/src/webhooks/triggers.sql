-- What is said by webhooks, noticed where it happens: in the rows and in their transaction.
-- Made anew whenever the forge is opened, so that they are always those of this build.

DROP VIEW IF EXISTS announced;
CREATE VIEW announced AS
    SELECT repo_id, event, action, subject, detail, actor_id FROM outbox;

-- Kept only where someone listens. Who acts comes from the transaction, else from the row. What
-- may be another a moment later is kept as it is now: the state of what it is about, and the
-- branch of a check.
CREATE TRIGGER announce INSTEAD OF INSERT ON announced BEGIN
    INSERT INTO outbox (repo_id, event, action, subject, detail, actor_id)
    SELECT NEW.repo_id, NEW.event, NEW.action, NEW.subject,
           CASE
           WHEN NEW.event = 'issues' THEN (
               SELECT json_set(NEW.detail, '$.was', json_object(
                   'state', iif(i.is_open, 'open', 'closed'), 'state_reason', i.state_reason,
                   'title', i.title, 'body', i.body, 'closed_at', i.closed_at))
               FROM issues i WHERE i.id = NEW.subject)
           WHEN NEW.event = 'pull_request' THEN (
               SELECT json_set(NEW.detail, '$.head_sha', p.head_sha, '$.was', json_object(
                   'state', iif(i.is_open, 'open', 'closed'), 'title', i.title, 'body', i.body,
                   'closed_at', i.closed_at, 'draft', json(iif(p.draft, 'true', 'false')),
                   'merged', json(iif(p.merged_at IS NULL, 'false', 'true')),
                   'merged_at', p.merged_at, 'merge_commit_sha', p.merge_sha))
               FROM issues i JOIN pulls p ON p.issue_id = i.id WHERE i.id = NEW.subject)
           WHEN NEW.event NOT IN ('check_run', 'check_suite') THEN NEW.detail
           ELSE json_set(NEW.detail, '$.head_branch', coalesce(
               (SELECT p.head_ref FROM check_runs c JOIN pulls p ON p.head_sha = c.head_sha
                JOIN issues i ON i.id = p.issue_id AND i.repo_id = c.repo_id
                WHERE c.id = NEW.subject ORDER BY i.is_open DESC, i.id DESC LIMIT 1),
               (SELECT substr(k.name, length('refs/heads/') + 1)
                FROM check_runs c JOIN known_refs k ON k.repo_id = c.repo_id AND k.sha = c.head_sha
                WHERE c.id = NEW.subject AND k.name LIKE 'refs/heads/%' LIMIT 1)))
           END,
           coalesce(a.user_id, NEW.actor_id)
    FROM acting a
    WHERE EXISTS (SELECT 1 FROM hooks h WHERE h.repo_id = NEW.repo_id AND h.active = 1);
END;

DROP TRIGGER IF EXISTS told_issue_opened;
CREATE TRIGGER told_issue_opened AFTER INSERT ON issues WHEN NEW.is_pull = 0 BEGIN
    INSERT INTO announced VALUES (NEW.repo_id, 'issues', 'opened', NEW.id, '{}', NEW.author_id);
END;

DROP TRIGGER IF EXISTS told_issue_state;
CREATE TRIGGER told_issue_state AFTER UPDATE OF is_open ON issues
WHEN OLD.is_open IS NOT NEW.is_open BEGIN
    INSERT INTO announced VALUES (NEW.repo_id, iif(NEW.is_pull, 'pull_request', 'issues'),
        iif(NEW.is_open, 'reopened', 'closed'), NEW.id, '{}', NEW.closed_by);
END;

DROP TRIGGER IF EXISTS told_issue_edited;
CREATE TRIGGER told_issue_edited AFTER UPDATE OF title, body ON issues
WHEN OLD.title IS NOT NEW.title OR OLD.body IS NOT NEW.body BEGIN
    INSERT INTO announced VALUES (NEW.repo_id, iif(NEW.is_pull, 'pull_request', 'issues'),
        'edited', NEW.id, json_object(
            'changes', json_patch(
                iif(OLD.title IS NEW.title, '{}',
                    json_object('title', json_object('from', OLD.title))),
                iif(OLD.body IS NEW.body, '{}',
                    json_object('body', json_object('from', coalesce(OLD.body, '')))))), NULL);
END;

-- A label that a transaction takes away and gives back was neither.
DROP TRIGGER IF EXISTS told_labeled;
CREATE TRIGGER told_labeled AFTER INSERT ON issue_labels BEGIN
    INSERT INTO announced
    SELECT i.repo_id, iif(i.is_pull, 'pull_request', 'issues'), 'labeled', i.id,
           json_object('label', json_object('id', l.id, 'name', l.name, 'color', l.color)), NULL
    FROM issues i JOIN labels l ON l.id = NEW.label_id
    WHERE i.id = NEW.issue_id AND NOT EXISTS (
        SELECT 1 FROM outbox o WHERE o.is_fresh = 1 AND o.action = 'unlabeled' AND o.subject = NEW.issue_id
          AND o.detail ->> '$.label.id' = NEW.label_id);
    DELETE FROM outbox WHERE is_fresh = 1 AND action = 'unlabeled' AND subject = NEW.issue_id
        AND detail ->> '$.label.id' = NEW.label_id;
END;

DROP TRIGGER IF EXISTS told_unlabeled;
CREATE TRIGGER told_unlabeled AFTER DELETE ON issue_labels BEGIN
    INSERT INTO announced
    SELECT i.repo_id, iif(i.is_pull, 'pull_request', 'issues'), 'unlabeled', i.id,
           json_object('label', json_object('id', l.id, 'name', l.name, 'color', l.color)), NULL
    FROM issues i JOIN labels l ON l.id = OLD.label_id WHERE i.id = OLD.issue_id;
END;

DROP TRIGGER IF EXISTS told_comment_created;
CREATE TRIGGER told_comment_created AFTER INSERT ON comments BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'issue_comment', 'created', NEW.id,
           json_object('issue', i.id, 'set', json_object('body', NEW.body)), NEW.author_id
    FROM issues i WHERE i.id = NEW.issue_id;
END;

DROP TRIGGER IF EXISTS told_comment_edited;
CREATE TRIGGER told_comment_edited AFTER UPDATE OF body ON comments
WHEN OLD.body IS NOT NEW.body BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'issue_comment', 'edited', NEW.id, json_object('issue', i.id,
           'set', json_object('body', NEW.body),
           'changes', json_object('body', json_object('from', OLD.body))), NULL
    FROM issues i WHERE i.id = NEW.issue_id;
END;

DROP TRIGGER IF EXISTS told_comment_deleted;
CREATE TRIGGER told_comment_deleted AFTER DELETE ON comments BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'issue_comment', 'deleted', OLD.id, json_object('issue', i.id,
           'gone', json_object('author', OLD.author_id, 'body', OLD.body,
                               'created_at', OLD.created_at, 'updated_at', OLD.updated_at)), NULL
    FROM issues i WHERE i.id = OLD.issue_id;
END;

DROP TRIGGER IF EXISTS told_pull_opened;
CREATE TRIGGER told_pull_opened AFTER INSERT ON pulls BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'pull_request', 'opened', i.id, '{}', i.author_id
    FROM issues i WHERE i.id = NEW.issue_id;
END;

DROP TRIGGER IF EXISTS told_pull_pushed;
CREATE TRIGGER told_pull_pushed AFTER UPDATE OF head_sha ON pulls
WHEN OLD.head_sha IS NOT NEW.head_sha BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'pull_request', 'synchronize', i.id,
           json_object('before', OLD.head_sha, 'after', NEW.head_sha), i.author_id
    FROM issues i WHERE i.id = NEW.issue_id;
END;

DROP TRIGGER IF EXISTS told_pull_draft;
CREATE TRIGGER told_pull_draft AFTER UPDATE OF draft ON pulls
WHEN OLD.draft IS NOT NEW.draft BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'pull_request', iif(NEW.draft, 'converted_to_draft', 'ready_for_review'),
           i.id, '{}', NULL
    FROM issues i WHERE i.id = NEW.issue_id;
END;

DROP TRIGGER IF EXISTS told_pull_base;
CREATE TRIGGER told_pull_base AFTER UPDATE OF base_ref ON pulls
WHEN OLD.base_ref IS NOT NEW.base_ref BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'pull_request', 'edited', i.id, json_object('changes',
           json_object('base', json_object('ref', json_object('from', OLD.base_ref),
                                           'sha', json_object('from', OLD.base_sha)))), NULL
    FROM issues i WHERE i.id = NEW.issue_id;
END;

DROP TRIGGER IF EXISTS told_review_requested;
CREATE TRIGGER told_review_requested AFTER INSERT ON requested_reviewers BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'pull_request', 'review_requested', i.id,
           json_object('requested_reviewer', NEW.user_id), NULL
    FROM issues i WHERE i.id = NEW.issue_id;
END;

-- Nobody hears of a review before it is submitted.
DROP TRIGGER IF EXISTS told_review;
CREATE TRIGGER told_review AFTER INSERT ON reviews WHEN NEW.state <> 'PENDING' BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'pull_request_review', 'submitted', NEW.id, json_object('issue', i.id,
           'set', json_object('state', NEW.state, 'body', NEW.body)), NEW.author_id
    FROM issues i WHERE i.id = NEW.issue_id;
END;

DROP TRIGGER IF EXISTS told_review_changed;
CREATE TRIGGER told_review_changed AFTER UPDATE OF state ON reviews
WHEN OLD.state IS NOT NEW.state AND (OLD.state = 'PENDING' OR NEW.state = 'DISMISSED') BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'pull_request_review', iif(OLD.state = 'PENDING', 'submitted', 'dismissed'),
           NEW.id, json_object('issue', i.id, 'set', json_object('state', NEW.state)),
           NEW.author_id
    FROM issues i WHERE i.id = NEW.issue_id;
    INSERT INTO announced
    SELECT i.repo_id, 'pull_request_review_comment', 'created', c.id,
           json_object('issue', i.id), c.author_id
    FROM review_comments c JOIN issues i ON i.id = c.issue_id
    WHERE c.review_id = NEW.id AND OLD.state = 'PENDING' ORDER BY c.id;
END;

DROP TRIGGER IF EXISTS told_review_comment;
CREATE TRIGGER told_review_comment AFTER INSERT ON review_comments BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'pull_request_review_comment', 'created', NEW.id,
           json_object('issue', i.id, 'set', json_object('body', NEW.body)), NEW.author_id
    FROM issues i JOIN reviews r ON r.id = NEW.review_id
    WHERE i.id = NEW.issue_id AND r.state <> 'PENDING';
END;

DROP TRIGGER IF EXISTS told_review_comment_edited;
CREATE TRIGGER told_review_comment_edited AFTER UPDATE OF body ON review_comments
WHEN OLD.body IS NOT NEW.body BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'pull_request_review_comment', 'edited', NEW.id, json_object('issue', i.id,
           'set', json_object('body', NEW.body),
           'changes', json_object('body', json_object('from', OLD.body))), NULL
    FROM issues i JOIN reviews r ON r.id = NEW.review_id
    WHERE i.id = NEW.issue_id AND r.state <> 'PENDING';
END;

DROP TRIGGER IF EXISTS told_check_run;
CREATE TRIGGER told_check_run AFTER INSERT ON check_runs BEGIN
    INSERT INTO announced
    SELECT NEW.repo_id, 'check_suite', 'requested', NEW.id, json_object('head_sha', NEW.head_sha,
           'set', json_object('status', 'queued', 'conclusion', NULL)), NULL
    WHERE NOT EXISTS (SELECT 1 FROM check_runs c WHERE c.repo_id = NEW.repo_id
                      AND c.head_sha = NEW.head_sha AND c.id <> NEW.id);
    INSERT INTO announced VALUES (NEW.repo_id, 'check_run', 'created', NEW.id,
        json_object('set', json_object('status', NEW.status, 'conclusion', NEW.conclusion,
                    'started_at', NEW.started_at, 'completed_at', NEW.completed_at)), NULL);
    INSERT INTO announced
    SELECT NEW.repo_id, 'check_run', 'completed', NEW.id, '{}', NULL
    WHERE NEW.status = 'completed';
    INSERT INTO announced
    SELECT NEW.repo_id, 'check_suite', 'completed', NEW.id,
           json_object('head_sha', NEW.head_sha), NULL
    WHERE NEW.status = 'completed' AND NOT EXISTS (SELECT 1 FROM check_runs c
        WHERE c.repo_id = NEW.repo_id AND c.head_sha = NEW.head_sha AND c.status <> 'completed');
END;

DROP TRIGGER IF EXISTS told_check_run_completed;
CREATE TRIGGER told_check_run_completed AFTER UPDATE OF status ON check_runs
WHEN NEW.status = 'completed' AND OLD.status <> 'completed' BEGIN
    INSERT INTO announced VALUES (NEW.repo_id, 'check_run', 'completed', NEW.id,
        json_object('set', json_object('status', NEW.status, 'conclusion', NEW.conclusion,
                    'started_at', NEW.started_at, 'completed_at', NEW.completed_at)), NULL);
    INSERT INTO announced
    SELECT NEW.repo_id, 'check_suite', 'completed', NEW.id,
           json_object('head_sha', NEW.head_sha), NULL
    WHERE NOT EXISTS (SELECT 1 FROM check_runs c WHERE c.repo_id = NEW.repo_id
        AND c.head_sha = NEW.head_sha AND c.status <> 'completed');
END;

DROP TRIGGER IF EXISTS told_thread_resolved;
CREATE TRIGGER told_thread_resolved AFTER INSERT ON resolved_threads BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'pull_request_review_thread', 'resolved', NEW.comment_id,
           json_object('issue', i.id), NEW.resolved_by
    FROM issues i WHERE i.id = NEW.issue_id;
END;

DROP TRIGGER IF EXISTS told_thread_unresolved;
CREATE TRIGGER told_thread_unresolved AFTER DELETE ON resolved_threads
WHEN EXISTS (SELECT 1 FROM review_comments WHERE id = OLD.comment_id) BEGIN
    INSERT INTO announced
    SELECT i.repo_id, 'pull_request_review_thread', 'unresolved', OLD.comment_id,
           json_object('issue', i.id), NULL
    FROM issues i WHERE i.id = OLD.issue_id;
END;

-- A conversation goes by its first comment; when that is deleted, by the next.
DROP TRIGGER IF EXISTS thread_follows_first;
CREATE TRIGGER thread_follows_first AFTER UPDATE OF in_reply_to ON review_comments
WHEN OLD.in_reply_to IS NOT NULL AND NEW.in_reply_to IS NULL BEGIN
    UPDATE resolved_threads SET comment_id = NEW.id WHERE comment_id = OLD.in_reply_to;
END;
DROP TRIGGER IF EXISTS thread_ends;
CREATE TRIGGER thread_ends AFTER DELETE ON review_comments BEGIN
    DELETE FROM resolved_threads WHERE comment_id = OLD.id;
END;
