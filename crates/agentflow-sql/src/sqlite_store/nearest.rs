//! Searching by meaning: an exact pass over the vectors of all items that a search looks
//! at, which keeps no more of them than the best.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use futures::TryStreamExt;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::clause::push_searched;
use super::code::read_numbers;
use super::search::{Asked, Listed};
use super::visit::Failure;

/// What to do with items that are not indexed, or not near enough.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// They come last.
    Last,
    LeftOut,
}

/// The `count` nearest items of a search, the best first, and equals in order.
pub(super) async fn nearest(
    conn: &mut SqliteConnection,
    asked: &Asked<'_>,
    others: Others,
    count: usize,
) -> Result<Vec<Listed>, Failure> {
    let Some(dims) = asked
        .query
        .vector()
        .map(<[f32]>::len)
        .filter(|dims| *dims > 0)
    else {
        return Ok(Vec::new());
    };
    super::index::check(conn, dims).await?;
    let mut sql = nearest_sql(asked, others);
    let query = sql.build();
    let mut rows = query.fetch(conn);
    let (mut best, mut numbers) = (Best::of(count), Vec::new());
    while let Some(row) = rows.try_next().await? {
        // A long pass lets others have their turn.
        tokio::task::coop::consume_budget().await;
        if !asked.takes(row.try_get(2)?)? {
            continue;
        }
        read_numbers(
            row.try_get::<Option<&[u8]>, _>(1)?.unwrap_or_default(),
            &mut numbers,
        );
        let score = asked.matcher.similarity(numbers.chunks_exact(dims));
        if score.is_some() || others == Others::Last {
            best.add(row.try_get(0)?, score);
        }
    }
    Ok(best.list())
}

/// Each item that the search looks at, in order, with its vectors.
pub(super) fn nearest_sql(asked: &Asked<'_>, others: Others) -> QueryBuilder<Sqlite> {
    // LEFT and CROSS keep the items outside, in their order.
    let join = match others {
        Others::Last => " FROM store_items i LEFT JOIN store_vectors v ON v.item = i.id",
        Others::LeftOut => " FROM store_items i CROSS JOIN store_vectors v ON v.item = i.id",
    };
    let mut sql = QueryBuilder::new("SELECT i.id, v.vectors, ");
    sql.push(asked.value_column()).push(join);
    push_searched(&mut sql, asked.search, asked.now);
    sql.push(" ORDER BY i.path, i.key");
    sql
}

/// The best so many of those that are added, of which the earlier ones come first if they
/// are equal.
struct Best {
    count: usize,
    added: usize,
    // The worst on top.
    heap: BinaryHeap<Candidate>,
}

struct Candidate {
    score: Option<f64>,
    place: usize,
    id: i64,
}

impl Best {
    fn of(count: usize) -> Self {
        Self {
            count,
            added: 0,
            heap: BinaryHeap::new(),
        }
    }

    fn add(&mut self, id: i64, score: Option<f64>) {
        let place = self.added;
        self.added += 1;
        self.heap.push(Candidate { score, place, id });
        if self.heap.len() > self.count {
            self.heap.pop();
        }
    }

    fn list(self) -> Vec<Listed> {
        let best = self.heap.into_sorted_vec().into_iter();
        best.map(|one| (one.id, one.score)).collect()
    }
}

impl Ord for Candidate {
    /// The worse is the greater.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_score = match (self.score, other.score) {
            (Some(score), Some(other)) => other.total_cmp(&score),
            (score, other) => other.is_some().cmp(&score.is_some()),
        };
        by_score.then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

#[cfg(test)]
mod tests {
    use super::Best;

    #[test]
    fn the_best_are_kept_whatever_comes_first() {
        let scores = [
            Some(0.1),
            None,
            Some(0.9),
            Some(-1.0),
            Some(0.9),
            None,
            Some(0.5),
        ];
        let all = [2, 4, 6, 0, 3, 1, 5];
        for count in 0..=all.len() {
            let mut best = Best::of(count);
            for (id, score) in (0..).zip(scores) {
                best.add(id, score);
                assert!(best.heap.len() <= count);
            }
            let ids: Vec<i64> = best.list().into_iter().map(|(id, _)| id).collect();
            assert_eq!(ids, all[..count]);
        }
    }
}
