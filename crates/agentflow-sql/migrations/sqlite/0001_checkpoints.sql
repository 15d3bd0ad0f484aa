-- Who may write a thread. The row outlives the thread's checkpoints: the epoch must
-- grow also after a delete.
CREATE TABLE threads (
    thread     TEXT PRIMARY KEY NOT NULL,
    epoch      INTEGER NOT NULL,
    owner      TEXT,                -- NULL while nobody holds the lease
    expires_at INTEGER NOT NULL     -- microseconds since 1970
) STRICT, WITHOUT ROWID;

-- One graph of a thread's tree of graphs, and its head. The number stands for thread
-- and namespace in every row below, which keeps those rows small.
CREATE TABLE graphs (
    graph     INTEGER PRIMARY KEY,
    thread    TEXT NOT NULL,
    namespace TEXT NOT NULL,
    head      INTEGER,              -- NULL only inside the first commit's transaction
    UNIQUE (thread, namespace)
) STRICT;

-- Tables with a rowid from here on: in a table without one, a row of a kilobyte
-- already spills to a page of its own.
CREATE TABLE checkpoints (
    graph  INTEGER NOT NULL,
    id     INTEGER NOT NULL,
    format INTEGER NOT NULL,        -- apart from the body, to be read where the body cannot
    body   TEXT NOT NULL,           -- JSON
    PRIMARY KEY (graph, id)
) STRICT;

-- A field's value, kept once with the checkpoint that changed it.
CREATE TABLE field_values (
    graph      INTEGER NOT NULL,
    field      TEXT NOT NULL,
    checkpoint INTEGER NOT NULL,
    value      BLOB NOT NULL,
    PRIMARY KEY (graph, field, checkpoint)
) STRICT;

CREATE TABLE records (
    graph      INTEGER NOT NULL,
    checkpoint INTEGER NOT NULL,
    task       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    key        TEXT NOT NULL,
    value      BLOB NOT NULL,
    PRIMARY KEY (graph, checkpoint, task, kind, key)
) STRICT;
