DROP TRIGGER IF EXISTS told_status;
CREATE TRIGGER told_status AFTER INSERT ON statuses BEGIN
    INSERT INTO announced VALUES (NEW.repo_id, 'status', NULL, NEW.id, json_object('status',
        json_object('id', NEW.id, 'sha', NEW.sha, 'context', NEW.context, 'state', NEW.state,
                    'description', NEW.description, 'target_url', NEW.target_url,
                    'created_at', NEW.created_at, 'updated_at', NEW.created_at)), NEW.author_id);
END;
