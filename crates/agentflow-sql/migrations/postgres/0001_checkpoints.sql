-- Names are bytea: text cannot hold NUL and is ordered by locale. Times are microseconds
-- since 1970. Every function takes the lock on the thread's row before it looks at
-- anything, and each of its statements sees what was committed when that lock was given:
-- so what it checks still holds when it writes.

-- Who may write a thread, when it is looked at again, and the last number that an event
-- of it got. The row outlives the thread's checkpoints: the numbers must grow also after a
-- delete. Half of each page is left free, so that a change stays on its page.
CREATE TABLE threads (
    thread       bytea PRIMARY KEY,
    epoch        bigint NOT NULL DEFAULT 0,
    owner        bytea,                 -- NULL while nobody holds the lease
    expires_at   bigint NOT NULL DEFAULT 0,
    wake_at      bigint,
    newest_event bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE INDEX threads_by_wake_up ON threads (wake_at, thread) WHERE wake_at IS NOT NULL;

-- One graph of a thread's tree of graphs, and its head. The number stands for thread and
-- namespace in every row below, which keeps those rows small.
CREATE TABLE graphs (
    graph     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    thread    bytea NOT NULL,
    namespace bytea NOT NULL,
    head      bigint NOT NULL,
    UNIQUE (thread, namespace)
) WITH (fillfactor = 50);

CREATE TABLE checkpoints (
    graph  bigint NOT NULL,
    id     bigint NOT NULL,
    format bigint NOT NULL,             -- apart from the body, to be read where the body cannot
    body   text NOT NULL,               -- JSON, which jsonb could not hold: it may have \u0000
    PRIMARY KEY (graph, id)
);

-- A field's value, kept once with the checkpoint that changed it.
CREATE TABLE field_values (
    graph      bigint NOT NULL,
    field      bytea NOT NULL,
    checkpoint bigint NOT NULL,
    value      bytea NOT NULL,
    PRIMARY KEY (graph, field, checkpoint)
);

CREATE TABLE records (
    graph      bigint NOT NULL,
    checkpoint bigint NOT NULL,
    task       bytea NOT NULL,
    kind       text NOT NULL,
    key        bytea NOT NULL,
    value      bytea NOT NULL
);

-- By a digest of the names: an index holds no entry of more than 2,700 bytes.
CREATE UNIQUE INDEX records_by_name
    ON records (graph, checkpoint, sha256(task), kind, sha256(key));

-- What a thread was told and has not taken.
CREATE TABLE events (
    thread       bytea NOT NULL,
    id           bigint NOT NULL,
    name         bytea NOT NULL,
    payload      bytea NOT NULL,
    delivered_at bigint NOT NULL,
    PRIMARY KEY (thread, id)
);

-- The keys of events that wait, and of the newest that were taken: what is delivered
-- under one of them was delivered before.
CREATE TABLE event_keys (
    thread bytea NOT NULL,
    key    bytea NOT NULL,
    event  bigint NOT NULL,
    taken  boolean NOT NULL DEFAULT false,
    PRIMARY KEY (thread, key)
);

CREATE INDEX event_keys_by_event ON event_keys (thread, event);

-- This server's clock at this moment, not at the begin of the transaction.
CREATE FUNCTION clock_now() RETURNS bigint
LANGUAGE sql VOLATILE
RETURN (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;

-- Locks a thread for this transaction, and says what is wrong with the lease of
-- `of_epoch`: NULL if it is in force, else the epoch that is.
CREATE FUNCTION fence(of_thread bytea, of_epoch bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    held threads%ROWTYPE;
BEGIN
    SELECT * INTO held FROM threads WHERE thread = of_thread FOR NO KEY UPDATE;
    IF held.owner IS NOT NULL AND held.epoch = of_epoch THEN
        RETURN NULL;
    END IF;
    RETURN coalesce(held.epoch, 0);
END $$;

-- Adds records to a checkpoint that is there. No two of them have the same name.
CREATE FUNCTION add_records(
    of_graph bigint, of_checkpoint bigint,
    tasks bytea[], kinds text[], keys bytea[], contents bytea[], first_wins boolean[]
) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO records AS r (graph, checkpoint, task, kind, key, value)
    SELECT of_graph, of_checkpoint, task, kind, key, value
    FROM unnest(tasks, kinds, keys, contents, first_wins) AS given (task, kind, key, value, stays)
    WHERE stays
    ON CONFLICT DO NOTHING;
    INSERT INTO records AS r (graph, checkpoint, task, kind, key, value)
    SELECT of_graph, of_checkpoint, task, kind, key, value
    FROM unnest(tasks, kinds, keys, contents, first_wins) AS given (task, kind, key, value, stays)
    WHERE NOT stays
    ON CONFLICT (graph, checkpoint, sha256(task), kind, sha256(key))
    DO UPDATE SET value = excluded.value;
$$;

-- Forgets events. Their keys stay until `keys_max` newer events came.
CREATE FUNCTION take_events(of_thread bytea, taken_ids bigint[], keys_max bigint) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
    DELETE FROM events WHERE thread = of_thread AND id = ANY (taken_ids);
    UPDATE event_keys SET taken = true WHERE thread = of_thread AND event = ANY (taken_ids);
    DELETE FROM event_keys
    WHERE thread = of_thread AND taken
      AND event <= (SELECT newest_event FROM threads WHERE thread = of_thread) - keys_max;
$$;

-- Stores one superstep, or says why not: 'fenced' with the epoch in force, 'head' with the
-- head that is there, 'parent' where the parent is not.
CREATE FUNCTION commit_superstep(
    of_thread bytea, of_namespace bytea, of_epoch bigint, expected bigint,
    new_id bigint, new_parent bigint, new_format bigint, new_body text,
    fields bytea[], field_contents bytea[],
    tasks bytea[], kinds text[], keys bytea[], contents bytea[], first_wins boolean[],
    taken_ids bigint[], keys_max bigint,
    OUT refusal text, OUT actual bigint)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    held threads%ROWTYPE;
    stands graphs%ROWTYPE;
BEGIN
    SELECT * INTO held FROM threads WHERE thread = of_thread FOR NO KEY UPDATE;
    IF held.owner IS NULL OR held.epoch <> of_epoch THEN
        refusal := 'fenced';
        actual := coalesce(held.epoch, 0);
        RETURN;
    END IF;
    SELECT * INTO stands FROM graphs WHERE thread = of_thread AND namespace = of_namespace;
    actual := stands.head;
    IF stands.head IS DISTINCT FROM expected OR new_id <= stands.head THEN
        refusal := 'head';
        RETURN;
    END IF;
    IF new_parent <> stands.head AND NOT EXISTS (
           SELECT FROM checkpoints WHERE graph = stands.graph AND id = new_parent)
       OR stands.head IS NULL AND new_parent IS NOT NULL
    THEN
        refusal := 'parent';
        RETURN;
    END IF;
    IF stands.head IS NULL THEN
        INSERT INTO graphs (thread, namespace, head) VALUES (of_thread, of_namespace, new_id)
        RETURNING * INTO stands;
    ELSE
        UPDATE graphs SET head = new_id WHERE graph = stands.graph;
    END IF;
    INSERT INTO checkpoints VALUES (stands.graph, new_id, new_format, new_body);
    INSERT INTO field_values
    SELECT stands.graph, field, new_id, value
    FROM unnest(fields, field_contents) AS changed (field, value);
    IF cardinality(tasks) > 0 THEN
        PERFORM add_records(
            stands.graph, new_parent, tasks, kinds, keys, contents, first_wins);
    END IF;
    IF cardinality(taken_ids) > 0 THEN
        PERFORM take_events(of_thread, taken_ids, keys_max);
    END IF;
    -- The thread has moved on.
    IF of_namespace = '' AND held.wake_at IS NOT NULL THEN
        UPDATE threads SET wake_at = NULL WHERE thread = of_thread;
    END IF;
END $$;

-- Adds records to a checkpoint and sets the wake-up: 'keep', 'set', or 'after events'
-- above `seen`. Refuses with 'fenced' and the epoch in force, or 'checkpoint' with the head.
CREATE FUNCTION save_records(
    of_thread bytea, of_namespace bytea, of_epoch bigint, of_checkpoint bigint,
    tasks bytea[], kinds text[], keys bytea[], contents bytea[], first_wins boolean[],
    wake text, wake_time bigint, seen bigint,
    OUT refusal text, OUT actual bigint)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    stands graphs%ROWTYPE;
BEGIN
    actual := fence(of_thread, of_epoch);
    IF actual IS NOT NULL THEN
        refusal := 'fenced';
        RETURN;
    END IF;
    SELECT * INTO stands FROM graphs WHERE thread = of_thread AND namespace = of_namespace;
    actual := stands.head;
    IF NOT EXISTS (SELECT FROM checkpoints WHERE graph = stands.graph AND id = of_checkpoint)
    THEN
        refusal := 'checkpoint';
        RETURN;
    END IF;
    PERFORM add_records(
        stands.graph, of_checkpoint, tasks, kinds, keys, contents, first_wins);
    PERFORM set_wake_up(of_thread, wake, wake_time, seen);
END $$;

-- An event above `seen` that came meanwhile and waits has set a wake-up, which stays.
CREATE FUNCTION set_wake_up(of_thread bytea, wake text, wake_time bigint, seen bigint)
RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF wake = 'set' OR wake = 'after events' AND NOT EXISTS (
        SELECT FROM events WHERE thread = of_thread AND id > seen)
    THEN
        UPDATE threads SET wake_at = wake_time
        WHERE thread = of_thread AND wake_at IS DISTINCT FROM wake_time;
    ELSIF wake = 'after events' THEN
        UPDATE threads SET wake_at = least(wake_at, wake_time) WHERE thread = of_thread;
    END IF;
END $$;

-- A thread that has nothing is not woken: its row is only a lease, maybe of one that was
-- deleted.
CREATE FUNCTION snooze(of_thread bytea, wake text, wake_time bigint, seen bigint)
RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM threads WHERE thread = of_thread FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM graphs WHERE thread = of_thread)
       OR EXISTS (SELECT FROM events WHERE thread = of_thread)
    THEN
        PERFORM set_wake_up(of_thread, wake, wake_time, seen);
    END IF;
END $$;

-- Grants a lease, or says who holds it. `caller_now` is NULL where this server's clock
-- counts, which is read after the wait for the lock.
CREATE FUNCTION acquire_lease(
    of_thread bytea, new_owner bytea, caller_now bigint, ttl bigint, gone_epoch bigint,
    OUT granted boolean, OUT in_epoch bigint, OUT holder bytea, OUT until bigint)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    held threads%ROWTYPE;
    at bigint;
BEGIN
    INSERT INTO threads (thread) VALUES (of_thread) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT held FROM threads WHERE thread = of_thread FOR NO KEY UPDATE;
    at := coalesce(caller_now, clock_now());
    granted := held.owner IS NULL OR held.expires_at <= at
        OR held.epoch IS NOT DISTINCT FROM gone_epoch;
    IF NOT granted THEN
        in_epoch := held.epoch;
        holder := held.owner;
        until := held.expires_at;
        RETURN;
    END IF;
    in_epoch := held.epoch + 1;
    UPDATE threads SET epoch = in_epoch, owner = new_owner, expires_at = at + ttl
    WHERE thread = of_thread;
END $$;

-- The epoch in force if it is not this one.
CREATE FUNCTION renew_lease(of_thread bytea, of_epoch bigint, caller_now bigint, ttl bigint)
RETURNS bigint
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    other bigint := fence(of_thread, of_epoch);
BEGIN
    IF other IS NULL THEN
        UPDATE threads SET expires_at = coalesce(caller_now, clock_now()) + ttl
        WHERE thread = of_thread;
    END IF;
    RETURN other;
END $$;

CREATE FUNCTION release_lease(of_thread bytea, of_epoch bigint) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
    UPDATE threads SET owner = NULL WHERE thread = of_thread AND epoch = of_epoch;
$$;

-- Keeps an event unless its key is known, in which case the first one's number is
-- answered. `waiting` is how many wait, where they are `events_max` or more and so it is
-- refused.
CREATE FUNCTION deliver(
    of_thread bytea, new_name bytea, new_payload bytea, new_key bytea, caller_now bigint,
    events_max bigint, OUT event bigint, OUT waiting bigint)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    thread_row threads%ROWTYPE;
BEGIN
    INSERT INTO threads (thread) VALUES (of_thread) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT thread_row FROM threads WHERE thread = of_thread FOR NO KEY UPDATE;
    IF new_key IS NOT NULL THEN
        SELECT k.event INTO event FROM event_keys k WHERE k.thread = of_thread AND k.key = new_key;
        IF event IS NOT NULL THEN
            RETURN;
        END IF;
    END IF;
    -- Their numbers tell where the limit is far: counting costs by how many there are.
    IF thread_row.newest_event + 1 - events_max
       >= (SELECT min(id) FROM events WHERE thread = of_thread)
    THEN
        SELECT count(*) INTO waiting FROM events WHERE thread = of_thread;
        IF waiting >= events_max THEN
            RETURN;
        END IF;
    END IF;
    waiting := NULL;
    event := thread_row.newest_event + 1;
    UPDATE threads
    SET newest_event = event, wake_at = least(wake_at, caller_now)
    WHERE thread = of_thread;
    INSERT INTO events VALUES (of_thread, event, new_name, new_payload, caller_now);
    IF new_key IS NOT NULL THEN
        INSERT INTO event_keys VALUES (of_thread, new_key, event, false);
    END IF;
END $$;

-- Deletes all of a thread but its row in `threads`.
CREATE FUNCTION delete_thread(of_thread bytea) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    gone bigint[];
BEGIN
    PERFORM FROM threads WHERE thread = of_thread FOR NO KEY UPDATE;
    gone := ARRAY(SELECT graph FROM graphs WHERE thread = of_thread);
    DELETE FROM records WHERE graph = ANY (gone);
    DELETE FROM field_values WHERE graph = ANY (gone);
    DELETE FROM checkpoints WHERE graph = ANY (gone);
    DELETE FROM graphs WHERE graph = ANY (gone);
    DELETE FROM events WHERE thread = of_thread;
    DELETE FROM event_keys WHERE thread = of_thread;
    UPDATE threads SET wake_at = NULL WHERE thread = of_thread AND wake_at IS NOT NULL;
END $$;

-- Makes one thread a copy of another, but for epoch and lease. Refuses with 'nothing' to
-- copy, 'head' where the new one has checkpoints, 'events' where it has events.
CREATE FUNCTION copy_thread(
    from_thread bytea, to_thread bytea, OUT refusal text, OUT actual bigint)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO threads (thread) SELECT to_thread
    WHERE EXISTS (SELECT FROM threads WHERE thread = from_thread)
    ON CONFLICT DO NOTHING;
    -- In one order, so that two copies between the same threads do not wait for each other.
    PERFORM FROM threads WHERE thread IN (from_thread, to_thread)
    ORDER BY thread FOR NO KEY UPDATE;
    IF NOT EXISTS (SELECT FROM graphs WHERE thread = from_thread)
       AND NOT EXISTS (SELECT FROM events WHERE thread = from_thread)
    THEN
        refusal := 'nothing';
        RETURN;
    END IF;
    SELECT head INTO actual FROM graphs WHERE thread = to_thread ORDER BY namespace LIMIT 1;
    IF actual IS NOT NULL THEN
        refusal := 'head';
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM events WHERE thread = to_thread) THEN
        refusal := 'events';
        RETURN;
    END IF;
    UPDATE threads t
    SET wake_at = f.wake_at, newest_event = greatest(t.newest_event, f.newest_event)
    FROM threads f WHERE t.thread = to_thread AND f.thread = from_thread;
    INSERT INTO graphs (thread, namespace, head)
    SELECT to_thread, namespace, head FROM graphs WHERE thread = from_thread;
    INSERT INTO checkpoints
    SELECT n.graph, c.id, c.format, c.body
    FROM graphs o JOIN graphs n ON n.thread = to_thread AND n.namespace = o.namespace
    JOIN checkpoints c ON c.graph = o.graph WHERE o.thread = from_thread;
    INSERT INTO field_values
    SELECT n.graph, v.field, v.checkpoint, v.value
    FROM graphs o JOIN graphs n ON n.thread = to_thread AND n.namespace = o.namespace
    JOIN field_values v ON v.graph = o.graph WHERE o.thread = from_thread;
    INSERT INTO records
    SELECT n.graph, r.checkpoint, r.task, r.kind, r.key, r.value
    FROM graphs o JOIN graphs n ON n.thread = to_thread AND n.namespace = o.namespace
    JOIN records r ON r.graph = o.graph WHERE o.thread = from_thread;
    INSERT INTO events
    SELECT to_thread, id, name, payload, delivered_at FROM events WHERE thread = from_thread;
    INSERT INTO event_keys
    SELECT to_thread, key, event, taken FROM event_keys WHERE thread = from_thread;
END $$;

-- Deletes checkpoints, and the values of `fields` at `field_checkpoints`, of one graph of
-- a thread whose row the transaction has locked.
CREATE FUNCTION forget(
    of_graph bigint, gone bigint[], fields bytea[], field_checkpoints bigint[])
RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
    DELETE FROM records WHERE graph = of_graph AND checkpoint = ANY (gone);
    DELETE FROM field_values v USING unnest(fields, field_checkpoints) AS u (field, checkpoint)
    WHERE v.graph = of_graph AND v.field = u.field AND v.checkpoint = u.checkpoint;
    DELETE FROM checkpoints WHERE graph = of_graph AND id = ANY (gone);
    DELETE FROM graphs
    WHERE graph = of_graph AND NOT EXISTS (SELECT FROM checkpoints WHERE graph = of_graph);
$$;
