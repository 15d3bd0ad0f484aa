-- Adds the stream log. Builds that do not know it go on as before: their calls name their
-- columns, and what they delete takes its stream log along.

-- The last position that an entry of the thread's stream log got: as those of events, it
-- must grow also after a delete.
ALTER TABLE SCHEMA.threads ADD COLUMN newest_entry bigint NOT NULL DEFAULT 0;

-- What a thread's runs have emitted, without a hole up to the newest.
CREATE TABLE SCHEMA.stream_log (
    thread   bytea NOT NULL,
    position bigint NOT NULL,
    value    bytea NOT NULL,
    PRIMARY KEY (thread, position)
);

-- Adds `added` entries, of which only the last are `kept`, and forgets all but the newest
-- `keep`. Returns the newest position, or nothing where the lease of `of_epoch` is not in
-- force.
CREATE FUNCTION SCHEMA.append_log(
    of_thread bytea, of_epoch bigint, added bigint, kept bytea[], keep bigint)
RETURNS bigint
LANGUAGE plpgsql AS $agentflow$
DECLARE
    holder bytea;
    in_force bigint;
    newest bigint;
BEGIN
    SELECT owner, epoch, newest_entry INTO holder, in_force, newest
    FROM SCHEMA.threads WHERE thread = of_thread FOR NO KEY UPDATE;
    IF holder IS NULL OR in_force <> of_epoch THEN
        RETURN NULL;
    END IF;
    IF added > 0 THEN
        newest := newest + added;
        INSERT INTO SCHEMA.stream_log (thread, position, value)
        SELECT of_thread, newest - cardinality(kept) + place, content
        FROM unnest(kept) WITH ORDINALITY AS given (content, place);
        DELETE FROM SCHEMA.stream_log WHERE thread = of_thread AND position <= newest - keep;
        UPDATE SCHEMA.threads SET newest_entry = newest WHERE thread = of_thread;
    END IF;
    RETURN newest;
END $agentflow$;

-- The entries after `past`: first a row with where the log begins and ends, then a row for
-- each. Stable, so that all its statements see one moment.
CREATE FUNCTION SCHEMA.read_log(
    of_thread bytea, past bigint, entries_max bigint, bytes_max bigint)
RETURNS TABLE (oldest bigint, newest bigint, at bigint, content bytea)
LANGUAGE plpgsql STABLE AS $agentflow$
DECLARE
    bytes bigint := 0;
BEGIN
    SELECT t.newest_entry INTO newest FROM SCHEMA.threads t WHERE t.thread = of_thread;
    newest := coalesce(newest, 0);
    SELECT min(l.position) INTO oldest FROM SCHEMA.stream_log l WHERE l.thread = of_thread;
    oldest := coalesce(oldest, newest + 1);
    RETURN NEXT;
    FOR at, content IN
        SELECT l.position, l.value FROM SCHEMA.stream_log l
        WHERE l.thread = of_thread AND l.position > past
        ORDER BY l.position LIMIT entries_max
    LOOP
        bytes := bytes + octet_length(content);
        EXIT WHEN bytes > bytes_max AND bytes > octet_length(content);
        RETURN NEXT;
    END LOOP;
END $agentflow$;

-- As before, and its stream log too.
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
    UPDATE SCHEMA.threads SET wake_at = NULL WHERE thread = of_thread AND wake_at IS NOT NULL;
END $agentflow$;
