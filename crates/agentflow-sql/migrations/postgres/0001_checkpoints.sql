-- Names are bytea: text cannot hold NUL and is ordered by locale. Times are microseconds
-- since 1970. Every function takes the lock on the thread's row before it looks at
-- anything, and each of its statements sees what was committed when that lock was given:
-- so what it checks still holds when it writes. SCHEMA stands for the schema's name: a path
-- that each function sets for itself would cost every superstep a tenth of its time.

-- Who may write a thread, when it is looked at again, and the last number that an event
-- of it got. The row outlives the thread's checkpoints: the numbers must grow also after a
-- delete. Half of each page is left free, so that a change stays on its page.
CREATE TABLE SCHEMA.threads (
    thread       bytea PRIMARY KEY,
    epoch        bigint NOT NULL DEFAULT 0,
    owner        bytea,                 -- NULL while nobody holds the lease
    expires_at   bigint NOT NULL DEFAULT 0,
    wake_at      bigint,
    newest_event bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE INDEX threads_by_wake_up ON SCHEMA.threads (wake_at, thread) WHERE wake_at IS NOT NULL;

-- One graph of a thread's tree of graphs, and its head. The number stands for thread and
-- namespace in every row below, which keeps those rows small.
CREATE TABLE SCHEMA.graphs (
    graph     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    thread    bytea NOT NULL,
    namespace bytea NOT NULL,
    head      bigint NOT NULL,
    UNIQUE (thread, namespace)
) WITH (fillfactor = 50);

CREATE TABLE SCHEMA.checkpoints (
    graph  bigint NOT NULL,
    id     bigint NOT NULL,
    format bigint NOT NULL,             -- apart from the body, to be read where the body cannot
    body   text NOT NULL,               -- JSON, which jsonb could not hold: it may have \u0000
    PRIMARY KEY (graph, id)
);

-- A field's value, kept once with the checkpoint that changed it.
CREATE TABLE SCHEMA.field_values (
    graph      bigint NOT NULL,
    field      bytea NOT NULL,
    checkpoint bigint NOT NULL,
    value      bytea NOT NULL,
    PRIMARY KEY (graph, field, checkpoint)
);

CREATE TABLE SCHEMA.records (
    graph      bigint NOT NULL,
    checkpoint bigint NOT NULL,
    task       bytea NOT NULL,
    kind       text NOT NULL,
    key        bytea NOT NULL,
    value      bytea NOT NULL
);

-- By a digest of the names: an index holds no entry of more than 2,700 bytes.
CREATE UNIQUE INDEX records_by_name
    ON SCHEMA.records (graph, checkpoint, sha256(task), kind, sha256(key));

-- What a thread was told and has not taken.
CREATE TABLE SCHEMA.events (
    thread       bytea NOT NULL,
    id           bigint NOT NULL,
    name         bytea NOT NULL,
    payload      bytea NOT NULL,
    delivered_at bigint NOT NULL,
    PRIMARY KEY (thread, id)
);

-- The keys of events that wait, and of the newest that were taken: what is delivered
-- under one of them was delivered before.
CREATE TABLE SCHEMA.event_keys (
    thread bytea NOT NULL,
    key    bytea NOT NULL,
    event  bigint NOT NULL,
    taken  boolean NOT NULL DEFAULT false,
    PRIMARY KEY (thread, key)
);

CREATE INDEX event_keys_by_event ON SCHEMA.event_keys (thread, event);

-- This server's clock at this moment, not at the begin of the transaction.
CREATE FUNCTION SCHEMA.clock_now() RETURNS bigint
LANGUAGE sql VOLATILE
RETURN (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;

-- Locks a thread for this transaction, and says what is wrong with the lease of
-- `of_epoch`: NULL if it is in force, else the epoch that is.
CREATE FUNCTION SCHEMA.fence(of_thread bytea, of_epoch bigint) RETURNS bigint
LANGUAGE plpgsql AS $agentflow$
DECLARE
    held SCHEMA.threads%ROWTYPE;
BEGIN
    SELECT * INTO held FROM SCHEMA.threads WHERE thread = of_thread FOR NO KEY UPDATE;
    IF held.owner IS NOT NULL AND held.epoch = of_epoch THEN
        RETURN NULL;
    END IF;
    RETURN coalesce(held.epoch, 0);
END $agentflow$;

-- Adds records to a checkpoint that is there. No two of them have the same name.
CREATE FUNCTION SCHEMA.add_records(
    of_graph bigint, of_checkpoint bigint,
    tasks bytea[], kinds text[], keys bytea[], contents bytea[], first_wins boolean[]
) RETURNS void
LANGUAGE sql AS $agentflow$
    INSERT INTO SCHEMA.records AS r (graph, checkpoint, task, kind, key, value)
    SELECT of_graph, of_checkpoint, task, kind, key, value
    FROM unnest(tasks, kinds, keys, contents, first_wins) AS given (task, kind, key, value, stays)
    WHERE stays
    ON CONFLICT DO NOTHING;
    INSERT INTO SCHEMA.records AS r (graph, checkpoint, task, kind, key, value)
    SELECT of_graph, of_checkpoint, task, kind, key, value
    FROM unnest(tasks, kinds, keys, contents, first_wins) AS given (task, kind, key, value, stays)
    WHERE NOT stays
    ON CONFLICT (graph, checkpoint, sha256(task), kind, sha256(key))
    DO UPDATE SET value = excluded.value;
$agentflow$;

-- Forgets events. Their keys stay until `keys_max` newer events came.
CREATE FUNCTION SCHEMA.take_events(of_thread bytea, taken_ids bigint[], keys_max bigint) RETURNS void
LANGUAGE sql AS $agentflow$
    DELETE FROM SCHEMA.events WHERE thread = of_thread AND id = ANY (taken_ids);
    UPDATE SCHEMA.event_keys SET taken = true WHERE thread = of_thread AND event = ANY (taken_ids);
    DELETE FROM SCHEMA.event_keys
    WHERE thread = of_thread AND taken
      AND event <= (SELECT newest_event FROM SCHEMA.threads WHERE thread = of_thread) - keys_max;
$agentflow$;

-- Stores one superstep, or says why not: {1, epoch} where the epoch in force is another,
-- {2, head} where the head is, {3, head} where the parent is not there.
--
-- This is the statement that every superstep waits for: it returns an array and no row, and
-- reads columns one by one, since both cost less.
CREATE FUNCTION SCHEMA.commit_superstep(
    of_thread bytea, of_namespace bytea, of_epoch bigint, expected bigint,
    new_id bigint, new_parent bigint, new_format bigint, new_body text,
    fields bytea[], field_contents bytea[],
    tasks bytea[], kinds text[], keys bytea[], contents bytea[], first_wins boolean[],
    taken_ids bigint[], keys_max bigint)
RETURNS bigint[]
LANGUAGE plpgsql AS $agentflow$
DECLARE
    holder bytea;
    in_force bigint;
    wakes_at bigint;
    number bigint;
    stands_at bigint;
BEGIN
    SELECT owner, epoch, wake_at INTO holder, in_force, wakes_at
    FROM SCHEMA.threads WHERE thread = of_thread FOR NO KEY UPDATE;
    IF holder IS NULL OR in_force <> of_epoch THEN
        RETURN ARRAY[1, coalesce(in_force, 0)];
    END IF;
    SELECT graph, head INTO number, stands_at
    FROM SCHEMA.graphs WHERE thread = of_thread AND namespace = of_namespace;
    IF stands_at IS DISTINCT FROM expected OR new_id <= stands_at THEN
        RETURN ARRAY[2, stands_at];
    END IF;
    IF new_parent IS DISTINCT FROM stands_at AND new_parent IS NOT NULL AND NOT EXISTS (
        SELECT FROM SCHEMA.checkpoints WHERE graph = number AND id = new_parent)
    THEN
        RETURN ARRAY[3, stands_at];
    END IF;
    IF stands_at IS NULL THEN
        INSERT INTO SCHEMA.graphs (thread, namespace, head)
        VALUES (of_thread, of_namespace, new_id) RETURNING graph INTO number;
    ELSE
        UPDATE SCHEMA.graphs SET head = new_id WHERE graph = number;
    END IF;
    INSERT INTO SCHEMA.checkpoints VALUES (number, new_id, new_format, new_body);
    INSERT INTO SCHEMA.field_values
    SELECT number, field, new_id, value
    FROM unnest(fields, field_contents) AS changed (field, value);
    IF cardinality(tasks) > 0 THEN
        PERFORM SCHEMA.add_records(
            number, new_parent, tasks, kinds, keys, contents, first_wins);
    END IF;
    IF cardinality(taken_ids) > 0 THEN
        PERFORM SCHEMA.take_events(of_thread, taken_ids, keys_max);
    END IF;
    -- The thread has moved on.
    IF of_namespace = '' AND wakes_at IS NOT NULL THEN
        UPDATE SCHEMA.threads SET wake_at = NULL WHERE thread = of_thread;
    END IF;
    RETURN NULL;
END $agentflow$;

-- Adds records to a checkpoint and sets the wake-up: 'keep', 'set', or 'after events'
-- above `seen`. Refuses with 'fenced' and the epoch in force, or 'checkpoint' with the head.
CREATE FUNCTION SCHEMA.save_records(
    of_thread bytea, of_namespace bytea, of_epoch bigint, of_checkpoint bigint,
    tasks bytea[], kinds text[], keys bytea[], contents bytea[], first_wins boolean[],
    wake text, wake_time bigint, seen bigint,
    OUT refusal text, OUT actual bigint)
LANGUAGE plpgsql AS $agentflow$
DECLARE
    stands SCHEMA.graphs%ROWTYPE;
BEGIN
    actual := SCHEMA.fence(of_thread, of_epoch);
    IF actual IS NOT NULL THEN
        refusal := 'fenced';
        RETURN;
    END IF;
    SELECT * INTO stands FROM SCHEMA.graphs WHERE thread = of_thread AND namespace = of_namespace;
    actual := stands.head;
    IF NOT EXISTS (SELECT FROM SCHEMA.checkpoints WHERE graph = stands.graph AND id = of_checkpoint)
    THEN
        refusal := 'checkpoint';
        RETURN;
    END IF;
    PERFORM SCHEMA.add_records(
        stands.graph, of_checkpoint, tasks, kinds, keys, contents, first_wins);
    PERFORM SCHEMA.set_wake_up(of_thread, wake, wake_time, seen);
END $agentflow$;

-- An event above `seen` that came meanwhile and waits has set a wake-up, which stays.
CREATE FUNCTION SCHEMA.set_wake_up(of_thread bytea, wake text, wake_time bigint, seen bigint)
RETURNS void
LANGUAGE plpgsql AS $agentflow$
BEGIN
    IF wake = 'set' OR wake = 'after events' AND NOT EXISTS (
        SELECT FROM SCHEMA.events WHERE thread = of_thread AND id > seen)
    THEN
        UPDATE SCHEMA.threads SET wake_at = wake_time
        WHERE thread = of_thread AND wake_at IS DISTINCT FROM wake_time;
    ELSIF wake = 'after events' THEN
        UPDATE SCHEMA.threads SET wake_at = least(wake_at, wake_time) WHERE thread = of_thread;
    END IF;
END $agentflow$;

-- A thread that has nothing is not woken: its row is only a lease, maybe of one that was
-- deleted.
CREATE FUNCTION SCHEMA.snooze(of_thread bytea, wake text, wake_time bigint, seen bigint)
RETURNS void
LANGUAGE plpgsql AS $agentflow$
BEGIN
    PERFORM FROM SCHEMA.threads WHERE thread = of_thread FOR NO KEY UPDATE;
    -- Without a row there is no lock, and nothing that it would be for.
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM SCHEMA.graphs WHERE thread = of_thread)
       OR EXISTS (SELECT FROM SCHEMA.events WHERE thread = of_thread)
    THEN
        PERFORM SCHEMA.set_wake_up(of_thread, wake, wake_time, seen);
    END IF;
END $agentflow$;

-- Grants a lease, or says who holds it. `caller_now` is NULL where this server's clock
-- counts, which is read after the wait for the lock.
CREATE FUNCTION SCHEMA.acquire_lease(
    of_thread bytea, new_owner bytea, caller_now bigint, ttl bigint, gone_epoch bigint,
    OUT granted boolean, OUT in_epoch bigint, OUT holder bytea, OUT until bigint)
LANGUAGE plpgsql AS $agentflow$
DECLARE
    held SCHEMA.threads%ROWTYPE;
    at bigint;
BEGIN
    INSERT INTO SCHEMA.threads (thread) VALUES (of_thread) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT held FROM SCHEMA.threads WHERE thread = of_thread FOR NO KEY UPDATE;
    at := coalesce(caller_now, SCHEMA.clock_now());
    granted := held.owner IS NULL OR held.expires_at <= at
        OR held.epoch IS NOT DISTINCT FROM gone_epoch;
    IF NOT granted THEN
        in_epoch := held.epoch;
        holder := held.owner;
        until := held.expires_at;
        RETURN;
    END IF;
    in_epoch := held.epoch + 1;
    UPDATE SCHEMA.threads SET epoch = in_epoch, owner = new_owner, expires_at = at + ttl
    WHERE thread = of_thread;
END $agentflow$;

-- The epoch in force if it is not this one.
CREATE FUNCTION SCHEMA.renew_lease(of_thread bytea, of_epoch bigint, caller_now bigint, ttl bigint)
RETURNS bigint
LANGUAGE plpgsql AS $agentflow$
DECLARE
    other bigint := SCHEMA.fence(of_thread, of_epoch);
BEGIN
    IF other IS NULL THEN
        UPDATE SCHEMA.threads SET expires_at = coalesce(caller_now, SCHEMA.clock_now()) + ttl
        WHERE thread = of_thread;
    END IF;
    RETURN other;
END $agentflow$;

CREATE FUNCTION SCHEMA.release_lease(of_thread bytea, of_epoch bigint) RETURNS void
LANGUAGE sql AS $agentflow$
    UPDATE SCHEMA.threads SET owner = NULL WHERE thread = of_thread AND epoch = of_epoch;
$agentflow$;

-- Keeps an event unless its key is known, in which case the first one's number is
-- answered. `waiting` is how many wait, where they are `events_max` or more and so it is
-- refused.
CREATE FUNCTION SCHEMA.deliver(
    of_thread bytea, new_name bytea, new_payload bytea, new_key bytea, caller_now bigint,
    events_max bigint, OUT event bigint, OUT waiting bigint)
LANGUAGE plpgsql AS $agentflow$
DECLARE
    thread_row SCHEMA.threads%ROWTYPE;
BEGIN
    INSERT INTO SCHEMA.threads (thread) VALUES (of_thread) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT thread_row FROM SCHEMA.threads WHERE thread = of_thread FOR NO KEY UPDATE;
    IF new_key IS NOT NULL THEN
        SELECT k.event INTO event FROM SCHEMA.event_keys k WHERE k.thread = of_thread AND k.key = new_key;
        IF event IS NOT NULL THEN
            RETURN;
        END IF;
    END IF;
    -- Their numbers tell where the limit is far: counting costs by how many there are.
    IF thread_row.newest_event + 1 - events_max
       >= (SELECT min(id) FROM SCHEMA.events WHERE thread = of_thread)
    THEN
        SELECT count(*) INTO waiting FROM SCHEMA.events WHERE thread = of_thread;
        IF waiting >= events_max THEN
            RETURN;
        END IF;
    END IF;
    waiting := NULL;
    event := thread_row.newest_event + 1;
    UPDATE SCHEMA.threads
    SET newest_event = event, wake_at = least(wake_at, caller_now)
    WHERE thread = of_thread;
    INSERT INTO SCHEMA.events VALUES (of_thread, event, new_name, new_payload, caller_now);
    IF new_key IS NOT NULL THEN
        INSERT INTO SCHEMA.event_keys VALUES (of_thread, new_key, event, false);
    END IF;
END $agentflow$;

-- Deletes all of a thread but its row in `threads`.
CREATE FUNCTION SCHEMA.delete_thread(of_thread bytea) RETURNS void
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
    UPDATE SCHEMA.threads SET wake_at = NULL WHERE thread = of_thread AND wake_at IS NOT NULL;
END $agentflow$;

-- Makes one thread a copy of another, but for epoch and lease. Refuses with 'nothing' to
-- copy, 'head' where the new one has checkpoints, 'events' where it has events.
CREATE FUNCTION SCHEMA.copy_thread(
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
    SELECT head INTO actual FROM SCHEMA.graphs WHERE thread = to_thread ORDER BY namespace LIMIT 1;
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
    INSERT INTO SCHEMA.graphs (thread, namespace, head)
    SELECT to_thread, namespace, head FROM SCHEMA.graphs WHERE thread = from_thread;
    INSERT INTO SCHEMA.checkpoints
    SELECT n.graph, c.id, c.format, c.body
    FROM SCHEMA.graphs o JOIN SCHEMA.graphs n ON n.thread = to_thread AND n.namespace = o.namespace
    JOIN SCHEMA.checkpoints c ON c.graph = o.graph WHERE o.thread = from_thread;
    INSERT INTO SCHEMA.field_values
    SELECT n.graph, v.field, v.checkpoint, v.value
    FROM SCHEMA.graphs o JOIN SCHEMA.graphs n ON n.thread = to_thread AND n.namespace = o.namespace
    JOIN SCHEMA.field_values v ON v.graph = o.graph WHERE o.thread = from_thread;
    INSERT INTO SCHEMA.records
    SELECT n.graph, r.checkpoint, r.task, r.kind, r.key, r.value
    FROM SCHEMA.graphs o JOIN SCHEMA.graphs n ON n.thread = to_thread AND n.namespace = o.namespace
    JOIN SCHEMA.records r ON r.graph = o.graph WHERE o.thread = from_thread;
    INSERT INTO SCHEMA.events
    SELECT to_thread, id, name, payload, delivered_at FROM SCHEMA.events WHERE thread = from_thread;
    INSERT INTO SCHEMA.event_keys
    SELECT to_thread, key, event, taken FROM SCHEMA.event_keys WHERE thread = from_thread;
END $agentflow$;

-- Deletes checkpoints, and the values of `fields` at `field_checkpoints`, of one graph of
-- a thread whose row the transaction has locked.
CREATE FUNCTION SCHEMA.forget(
    of_graph bigint, gone bigint[], fields bytea[], field_checkpoints bigint[])
RETURNS void
LANGUAGE sql AS $agentflow$
    DELETE FROM SCHEMA.records WHERE graph = of_graph AND checkpoint = ANY (gone);
    DELETE FROM SCHEMA.field_values v USING unnest(fields, field_checkpoints) AS u (field, checkpoint)
    WHERE v.graph = of_graph AND v.field = u.field AND v.checkpoint = u.checkpoint;
    DELETE FROM SCHEMA.checkpoints WHERE graph = of_graph AND id = ANY (gone);
    DELETE FROM SCHEMA.graphs
    WHERE graph = of_graph AND NOT EXISTS (SELECT FROM SCHEMA.checkpoints WHERE graph = of_graph);
$agentflow$;
