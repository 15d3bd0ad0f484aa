-- The values that a superstep changed lie in the row of its checkpoint, as long as they are
-- small: a superstep is one row then. The larger ones stay in field_values.
ALTER TABLE checkpoints ADD COLUMN changed BLOB;

-- The head of a graph is its newest checkpoint.
ALTER TABLE graphs DROP COLUMN head;
