-- Names and words are bytea: they are ordered and compared by their bytes, in whichever
-- locale. Times are microseconds since 1970. SCHEMA stands for the schema's name.

CREATE TABLE SCHEMA.store_items (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path       bytea NOT NULL,          -- each label with a NUL behind it: orders as paths do
    key        bytea NOT NULL,
    value      text NOT NULL,           -- JSON, which jsonb would change: 1e15 is no longer a float
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    lifetime   bigint,                  -- microseconds; NULL if it stays
    expires_at bigint,
    UNIQUE (path, key)
);

CREATE INDEX store_items_by_end ON SCHEMA.store_items (expires_at) WHERE expires_at IS NOT NULL;

-- The words of an item, each once. What words are is decided before they come here.
-- Apart from the items, so that a read that prolongs an item's life does not index its words.
CREATE TABLE SCHEMA.store_words (
    item  bigint PRIMARY KEY,
    words bytea[] NOT NULL
);

CREATE INDEX store_words_by_word ON SCHEMA.store_words USING gin (words);

CREATE TABLE SCHEMA.store_vectors (
    item    bigint NOT NULL,
    place   bigint NOT NULL,
    numbers real[] NOT NULL,
    PRIMARY KEY (item, place)
);

-- What an embedder makes does not get smaller.
ALTER TABLE SCHEMA.store_vectors ALTER COLUMN numbers SET STORAGE EXTERNAL;

-- How many numbers each vector has; no row before anything is embedded.
CREATE TABLE SCHEMA.store_index (
    dims bigint NOT NULL
);

-- Whoever writes items holds their locks, taken in the order of their numbers: writers of
-- the same items take turns, also over items that are not there yet, and never wait for
-- each other in a circle. Rows rather than advisory locks, of which a server has few.
CREATE TABLE SCHEMA.store_locks (
    lock bigint PRIMARY KEY
);

INSERT INTO SCHEMA.store_locks SELECT generate_series(0, 255);

CREATE FUNCTION SCHEMA.store_lock_of(of_path bytea, of_key bytea) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN get_byte(sha256(of_path || of_key), 0);

-- Takes the locks of these items, or all where there are none named.
CREATE FUNCTION SCHEMA.store_lock(paths bytea[], keys bytea[]) RETURNS void
LANGUAGE plpgsql AS $agentflow$
BEGIN
    PERFORM FROM SCHEMA.store_locks
    WHERE paths IS NULL OR lock IN (
        SELECT SCHEMA.store_lock_of(u.path, u.key) FROM unnest(paths, keys) AS u (path, key))
    ORDER BY lock FOR UPDATE;
END $agentflow$;

-- When an item of this lifetime ends that is read or put now: never beyond the last moment.
CREATE FUNCTION SCHEMA.store_end(of_now bigint, of_lifetime bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN CASE
    WHEN of_lifetime > 9223372036854775807 - greatest(of_now, 0) THEN 9223372036854775807
    ELSE of_now + of_lifetime
END;

-- Says how many numbers the vectors have that are there, if vectors of `new_dims` cannot
-- be compared with them. If there are none, `new_dims` counts from now on. `has_all` is
-- whether the caller holds all locks, without which nobody may change the number.
CREATE FUNCTION SCHEMA.store_claim(new_dims bigint, has_all boolean) RETURNS bigint
LANGUAGE plpgsql AS $agentflow$
DECLARE
    found bigint := (SELECT i.dims FROM SCHEMA.store_index i);
BEGIN
    IF found IS NOT DISTINCT FROM new_dims THEN
        RETURN NULL;
    END IF;
    IF NOT has_all THEN
        RAISE serialization_failure USING MESSAGE = 'the index has changed meanwhile';
    END IF;
    IF found IS NOT NULL AND EXISTS (SELECT FROM SCHEMA.store_vectors) THEN
        RETURN found;
    END IF;
    DELETE FROM SCHEMA.store_index;
    INSERT INTO SCHEMA.store_index VALUES (new_dims);
    RETURN NULL;
END $agentflow$;

-- Does the reads of items by their names, and then all writes: one row for each item that
-- is there, with the place of its read. No item is named by two writes. Where the vectors
-- do not fit, nothing is written, and the only row says how many numbers fit.
--
-- Each statement sees what was committed when the locks were given.
CREATE FUNCTION SCHEMA.store_visit(
    of_now bigint,
    get_paths bytea[], get_keys bytea[], refreshes boolean[],
    put_paths bytea[], put_keys bytea[], put_values text[], lifetimes bigint[],
    word_puts bigint[], put_words bytea[],
    vector_puts bigint[], put_numbers real[], new_dims bigint,
    gone_paths bytea[], gone_keys bytea[])
RETURNS TABLE (
    asked bigint, item_value text, item_created_at bigint, item_updated_at bigint,
    item_expires_at bigint, fitting_dims bigint)
LANGUAGE plpgsql AS $agentflow$
#variable_conflict use_column
DECLARE
    writes boolean := cardinality(put_paths) + cardinality(gone_paths) > 0;
    is_claimed boolean;
    due bigint[];
    gone bigint[];
    ids bigint[];
BEGIN
    IF writes THEN
        is_claimed := new_dims IS NULL
            OR EXISTS (SELECT FROM SCHEMA.store_index i WHERE i.dims = new_dims);
        IF is_claimed THEN
            PERFORM SCHEMA.store_lock(
                get_paths || put_paths || gone_paths, get_keys || put_keys || gone_keys);
        ELSE
            PERFORM SCHEMA.store_lock(NULL, NULL);
        END IF;
        IF new_dims IS NOT NULL THEN
            fitting_dims := SCHEMA.store_claim(new_dims, NOT is_claimed);
            IF fitting_dims IS NOT NULL THEN
                RETURN NEXT;
                RETURN;
            END IF;
        END IF;
    END IF;

    IF cardinality(get_paths) > 0 THEN
        RETURN QUERY
        SELECT u.asked, i.value, i.created_at, i.updated_at,
            CASE WHEN u.refreshes
                THEN greatest(i.expires_at, SCHEMA.store_end(of_now, i.lifetime))
                ELSE i.expires_at
            END,
            NULL::bigint
        FROM unnest(get_paths, get_keys, refreshes) WITH ORDINALITY AS u (path, key, refreshes, asked)
        JOIN SCHEMA.store_items i ON i.path = u.path AND i.key = u.key
        WHERE i.expires_at IS NULL OR i.expires_at > of_now;
    END IF;
    IF true = ANY (refreshes) THEN
        due := ARRAY(
            SELECT i.id
            FROM unnest(get_paths, get_keys, refreshes) AS u (path, key, refreshes)
            JOIN SCHEMA.store_items i ON i.path = u.path AND i.key = u.key
            WHERE u.refreshes AND i.expires_at > of_now
              AND i.expires_at < SCHEMA.store_end(of_now, i.lifetime));
        IF cardinality(due) > 0 THEN
            IF NOT writes THEN
                PERFORM SCHEMA.store_lock(get_paths, get_keys);
            END IF;
            -- Only ever later, also if somebody put the item meanwhile.
            UPDATE SCHEMA.store_items i SET expires_at = SCHEMA.store_end(of_now, i.lifetime)
            WHERE i.id = ANY (due) AND i.expires_at < SCHEMA.store_end(of_now, i.lifetime);
        END IF;
    END IF;
    IF NOT writes THEN
        RETURN;
    END IF;

    WITH deleted AS (
        DELETE FROM SCHEMA.store_items i USING unnest(gone_paths, gone_keys) AS u (path, key)
        WHERE i.path = u.path AND i.key = u.key
        RETURNING i.id)
    SELECT array_agg(d.id) INTO gone FROM deleted d;
    -- What has expired is new when it is put again.
    INSERT INTO SCHEMA.store_items AS i
        (path, key, value, created_at, updated_at, lifetime, expires_at)
    SELECT u.path, u.key, u.value, of_now, of_now, u.lifetime, SCHEMA.store_end(of_now, u.lifetime)
    FROM unnest(put_paths, put_keys, put_values, lifetimes) AS u (path, key, value, lifetime)
    ON CONFLICT (path, key) DO UPDATE SET
        value = excluded.value,
        created_at = CASE WHEN i.expires_at <= of_now THEN of_now ELSE i.created_at END,
        updated_at = excluded.updated_at,
        lifetime = excluded.lifetime,
        expires_at = excluded.expires_at;
    SELECT array_agg(i.id ORDER BY u.place) INTO ids
    FROM unnest(put_paths, put_keys) WITH ORDINALITY AS u (path, key, place)
    JOIN SCHEMA.store_items i ON i.path = u.path AND i.key = u.key;
    DELETE FROM SCHEMA.store_words w WHERE w.item = ANY (gone || ids);
    DELETE FROM SCHEMA.store_vectors v WHERE v.item = ANY (gone || ids);
    INSERT INTO SCHEMA.store_words
    SELECT ids[u.put], array_agg(u.word)
    FROM unnest(word_puts, put_words) AS u (put, word) GROUP BY u.put;
    INSERT INTO SCHEMA.store_vectors
    SELECT ids[u.put], u.place, put_numbers[(u.place - 1) * new_dims + 1 : u.place * new_dims]
    FROM unnest(vector_puts) WITH ORDINALITY AS u (put, place);
END $agentflow$;

-- Lets items live until then, if nobody has put them anew meanwhile.
CREATE FUNCTION SCHEMA.store_refresh(items bigint[], lifetimes bigint[], ends bigint[])
RETURNS void
LANGUAGE plpgsql AS $agentflow$
BEGIN
    PERFORM SCHEMA.store_lock(
        coalesce(array_agg(i.path), '{}'), coalesce(array_agg(i.key), '{}'))
    FROM SCHEMA.store_items i WHERE i.id = ANY (items);
    UPDATE SCHEMA.store_items i SET expires_at = u.until
    FROM unnest(items, lifetimes, ends) AS u (item, lifetime, until)
    WHERE i.id = u.item AND i.lifetime = u.lifetime AND i.expires_at < u.until;
END $agentflow$;

-- Forgets so many items at most that have expired, but for those that somebody is writing.
-- Waits for nobody, and so needs no lock.
CREATE FUNCTION SCHEMA.store_sweep(of_now bigint, items_max bigint) RETURNS bigint
LANGUAGE plpgsql AS $agentflow$
DECLARE
    gone bigint[] := ARRAY(
        SELECT i.id FROM SCHEMA.store_items i WHERE i.expires_at <= of_now
        LIMIT items_max FOR UPDATE SKIP LOCKED);
BEGIN
    DELETE FROM SCHEMA.store_items i WHERE i.id = ANY (gone);
    DELETE FROM SCHEMA.store_words w WHERE w.item = ANY (gone);
    DELETE FROM SCHEMA.store_vectors v WHERE v.item = ANY (gone);
    RETURN cardinality(gone);
END $agentflow$;
