-- A superstep is one row: the values that it changed lie in the row of its checkpoint, as
-- long as they are small. Only the larger ones go to field_values. Builds that do not know
-- this would take the values for lost: what they commit, load and prune with is gone, so
-- that those which run already are refused too.
ALTER TABLE SCHEMA.checkpoints ADD COLUMN changed bytea;

-- The head of a graph is its newest checkpoint: pruning leaves it, or takes the whole graph.
ALTER TABLE SCHEMA.graphs DROP COLUMN head;

-- The graph of the root namespace and its head, again in the row that says who may write: a
-- superstep that goes on from there checks both at once. NULL while the root has no
-- checkpoint, and where none has come since the thread was copied, or migrated.
ALTER TABLE SCHEMA.threads ADD COLUMN root bigint, ADD COLUMN head bigint;

DROP FUNCTION SCHEMA.commit_superstep;

-- Whoever calls it has moved the values in the rows that go, as far as they are needed.
ALTER FUNCTION SCHEMA.forget RENAME TO forget_checkpoints;

-- Stores one superstep, or says why not: {1, epoch} where the epoch in force is another,
-- {2, head} where the head is, {3, head} where the parent is not there.
CREATE FUNCTION SCHEMA.store_superstep(
    of_thread bytea, of_namespace bytea, of_epoch bigint, expected bigint,
    new_id bigint, new_parent bigint, new_format bigint, new_body text, new_changed bytea,
    fields bytea[], field_contents bytea[],
    tasks bytea[], kinds text[], keys bytea[], contents bytea[], first_wins boolean[],
    taken_ids bigint[], keys_max bigint)
RETURNS bigint[]
LANGUAGE plpgsql AS $agentflow$
DECLARE
    holder bytea;
    in_force bigint;
    number bigint;
    stands_at bigint;
BEGIN
    SELECT owner, epoch INTO holder, in_force
    FROM SCHEMA.threads WHERE thread = of_thread FOR NO KEY UPDATE;
    IF holder IS NULL OR in_force <> of_epoch THEN
        RETURN ARRAY[1, coalesce(in_force, 0)];
    END IF;
    SELECT graph INTO number
    FROM SCHEMA.graphs WHERE thread = of_thread AND namespace = of_namespace;
    SELECT max(id) INTO stands_at FROM SCHEMA.checkpoints WHERE graph = number;
    IF stands_at IS DISTINCT FROM expected OR new_id <= stands_at THEN
        RETURN ARRAY[2, stands_at];
    END IF;
    IF new_parent IS DISTINCT FROM stands_at AND new_parent IS NOT NULL AND NOT EXISTS (
        SELECT FROM SCHEMA.checkpoints WHERE graph = number AND id = new_parent)
    THEN
        RETURN ARRAY[3, stands_at];
    END IF;
    IF number IS NULL THEN
        INSERT INTO SCHEMA.graphs (thread, namespace)
        VALUES (of_thread, of_namespace) RETURNING graph INTO number;
    END IF;
    INSERT INTO SCHEMA.checkpoints (graph, id, format, body, changed)
    VALUES (number, new_id, new_format, new_body, new_changed);
    IF cardinality(fields) > 0 THEN
        INSERT INTO SCHEMA.field_values (graph, field, checkpoint, value)
        SELECT number, field, new_id, value
        FROM unnest(fields, field_contents) AS apart (field, value);
    END IF;
    IF cardinality(tasks) > 0 THEN
        PERFORM SCHEMA.add_records(
            number, new_parent, tasks, kinds, keys, contents, first_wins);
    END IF;
    IF cardinality(taken_ids) > 0 THEN
        PERFORM SCHEMA.take_events(of_thread, taken_ids, keys_max);
    END IF;
    -- The thread has moved on.
    IF of_namespace = '' THEN
        UPDATE SCHEMA.threads SET root = number, head = new_id, wake_at = NULL
        WHERE thread = of_thread;
    END IF;
    RETURN NULL;
END $agentflow$;

-- As before, where the head is the newest checkpoint.
CREATE OR REPLACE FUNCTION SCHEMA.save_records(
    of_thread bytea, of_namespace bytea, of_epoch bigint, of_checkpoint bigint,
    tasks bytea[], kinds text[], keys bytea[], contents bytea[], first_wins boolean[],
    wake text, wake_time bigint, seen bigint,
    OUT refusal text, OUT actual bigint)
LANGUAGE plpgsql AS $agentflow$
DECLARE
    number bigint;
BEGIN
    actual := SCHEMA.fence(of_thread, of_epoch);
    IF actual IS NOT NULL THEN
        refusal := 'fenced';
        RETURN;
    END IF;
    SELECT graph INTO number
    FROM SCHEMA.graphs WHERE thread = of_thread AND namespace = of_namespace;
    IF NOT EXISTS (SELECT FROM SCHEMA.checkpoints WHERE graph = number AND id = of_checkpoint)
    THEN
        refusal := 'checkpoint';
        SELECT max(id) INTO actual FROM SCHEMA.checkpoints WHERE graph = number;
        RETURN;
    END IF;
    PERFORM SCHEMA.add_records(
        number, of_checkpoint, tasks, kinds, keys, contents, first_wins);
    PERFORM SCHEMA.set_wake_up(of_thread, wake, wake_time, seen);
END $agentflow$;

-- As before, and its root too.
CREATE OR REPLACE FUNCTION SCHEMA.delete_thread(of_thread bytea) RETURNS void
LANGUAGE plpgsql AS $agentflow$
DECLARE
    gone bigint[];
BEGIN
    PERFORM FROM SCHEMA.threads WHERE thread = of_thread FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    gone := ARRAY(SELECT graph FROM SCHEMA.graphs WHERE thread = of_thread);
    DELETE FROM SCHEMA.records WHERE graph = ANY (gone);
    DELETE FROM SCHEMA.field_values WHERE graph = ANY (gone);
    DELETE FROM SCHEMA.checkpoints WHERE graph = ANY (gone);
    DELETE FROM SCHEMA.graphs WHERE graph = ANY (gone);
    DELETE FROM SCHEMA.events WHERE thread = of_thread;
    DELETE FROM SCHEMA.event_keys WHERE thread = of_thread;
    DELETE FROM SCHEMA.stream_log WHERE thread = of_thread;
    UPDATE SCHEMA.threads SET root = NULL, head = NULL, wake_at = NULL
    WHERE thread = of_thread AND (root IS NOT NULL OR wake_at IS NOT NULL);
END $agentflow$;

-- As before, with the values in the rows of checkpoints.
CREATE OR REPLACE FUNCTION SCHEMA.copy_thread(
    from_thread bytea, to_thread bytea, OUT refusal text, OUT actual bigint)
LANGUAGE plpgsql AS $agentflow$
DECLARE
    locked bigint;
BEGIN
    INSERT INTO SCHEMA.threads (thread) SELECT to_thread
    WHERE EXISTS (SELECT FROM SCHEMA.threads WHERE thread = from_thread)
    ON CONFLICT DO NOTHING;
    -- In one order, so that two copies between the same threads do not wait for each other.
    PERFORM FROM SCHEMA.threads WHERE thread IN (from_thread, to_thread)
    ORDER BY thread FOR NO KEY UPDATE;
    GET DIAGNOSTICS locked = ROW_COUNT;
    -- Without a row of the first there is no second either, and nothing is locked for it.
    IF locked < 2 AND from_thread <> to_thread
       OR NOT EXISTS (SELECT FROM SCHEMA.graphs WHERE thread = from_thread)
       AND NOT EXISTS (SELECT FROM SCHEMA.events WHERE thread = from_thread)
    THEN
        refusal := 'nothing';
        RETURN;
    END IF;
    SELECT (SELECT max(id) FROM SCHEMA.checkpoints c WHERE c.graph = g.graph) INTO actual
    FROM SCHEMA.graphs g WHERE g.thread = to_thread ORDER BY g.namespace LIMIT 1;
    IF actual IS NOT NULL THEN
        refusal := 'head';
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM SCHEMA.events WHERE thread = to_thread) THEN
        refusal := 'events';
        RETURN;
    END IF;
    UPDATE SCHEMA.threads t
    SET wake_at = f.wake_at, newest_event = greatest(t.newest_event, f.newest_event)
    FROM SCHEMA.threads f WHERE t.thread = to_thread AND f.thread = from_thread;
    INSERT INTO SCHEMA.graphs (thread, namespace)
    SELECT to_thread, namespace FROM SCHEMA.graphs WHERE thread = from_thread;
    INSERT INTO SCHEMA.checkpoints (graph, id, format, body, changed)
    SELECT n.graph, c.id, c.format, c.body, c.changed
    FROM SCHEMA.graphs o JOIN SCHEMA.graphs n ON n.thread = to_thread AND n.namespace = o.namespace
    JOIN SCHEMA.checkpoints c ON c.graph = o.graph WHERE o.thread = from_thread;
    INSERT INTO SCHEMA.field_values (graph, field, checkpoint, value)
    SELECT n.graph, v.field, v.checkpoint, v.value
    FROM SCHEMA.graphs o JOIN SCHEMA.graphs n ON n.thread = to_thread AND n.namespace = o.namespace
    JOIN SCHEMA.field_values v ON v.graph = o.graph WHERE o.thread = from_thread;
    INSERT INTO SCHEMA.records (graph, checkpoint, task, kind, key, value)
    SELECT n.graph, r.checkpoint, r.task, r.kind, r.key, r.value
    FROM SCHEMA.graphs o JOIN SCHEMA.graphs n ON n.thread = to_thread AND n.namespace = o.namespace
    JOIN SCHEMA.records r ON r.graph = o.graph WHERE o.thread = from_thread;
    INSERT INTO SCHEMA.events
    SELECT to_thread, id, name, payload, delivered_at FROM SCHEMA.events WHERE thread = from_thread;
    INSERT INTO SCHEMA.event_keys
    SELECT to_thread, key, event, taken FROM SCHEMA.event_keys WHERE thread = from_thread;
END $agentflow$;
