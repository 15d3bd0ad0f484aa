DROP TRIGGER IF EXISTS told_assigned;
CREATE TRIGGER told_assigned AFTER INSERT ON assignees BEGIN
    INSERT INTO announced
    SELECT i.repo_id, iif(i.is_pull, 'pull_request', 'issues'), 'assigned', i.id,
           json_object('assignee', NEW.user_id), NULL
    FROM issues i WHERE i.id = NEW.issue_id;
END;

DROP TRIGGER IF EXISTS told_unassigned;
CREATE TRIGGER told_unassigned AFTER DELETE ON assignees BEGIN
    INSERT INTO announced
    SELECT i.repo_id, iif(i.is_pull, 'pull_request', 'issues'), 'unassigned', i.id,
           json_object('assignee', OLD.user_id), NULL
    FROM issues i WHERE i.id = OLD.issue_id;
END;
