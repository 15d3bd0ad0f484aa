//! A list that is never moved as it grows: a long history is megabytes, and one superstep
//! would wait for all of them to be copied.

use super::tight::push_tight;

/// Items a chunk holds.
const CHUNK: usize = 512;

/// A list in chunks. A short one is as small as a `Vec`.
#[derive(Clone, Debug)]
pub(super) struct Chunked<T> {
    /// Full ones. Few lists have any.
    earlier: Option<Box<Chunks<T>>>,
    newest: Vec<T>,
}

type Chunks<T> = Vec<Vec<T>>;

impl<T> Chunked<T> {
    pub(super) fn push(&mut self, item: T) {
        if self.newest.len() == CHUNK {
            let full = std::mem::replace(&mut self.newest, Vec::with_capacity(CHUNK));
            self.earlier.get_or_insert_default().push(full);
        }
        push_tight(&mut self.newest, item);
    }

    pub(super) fn len(&self) -> usize {
        self.earlier().len() * CHUNK + self.newest.len()
    }

    pub(super) fn last(&self) -> Option<&T> {
        self.newest.last()
    }

    pub(super) fn get(&self, place: usize) -> &T {
        match self.earlier().get(place / CHUNK) {
            Some(chunk) => &chunk[place % CHUNK],
            None => &self.newest[place - self.earlier().len() * CHUNK],
        }
    }

    pub(super) fn get_mut(&mut self, place: usize) -> &mut T {
        let earlier = self.earlier.as_deref_mut();
        let earlier = earlier.map_or(&mut [][..], Vec::as_mut_slice);
        let before = earlier.len() * CHUNK;
        match earlier.get_mut(place / CHUNK) {
            Some(chunk) => &mut chunk[place % CHUNK],
            None => &mut self.newest[place - before],
        }
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.earlier().iter().flatten().chain(&self.newest)
    }

    /// How many from the first on are so, where those that are come first.
    pub(super) fn partition_point(&self, is_so: impl Fn(&T) -> bool) -> usize {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from.midpoint(to);
            if is_so(self.get(middle)) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }

    /// Where the item with that key is, in a list that is sorted by it.
    pub(super) fn find<K: Ord + Copy>(&self, key: K, key_of: impl Fn(&T) -> K) -> Option<usize> {
        let place = self.partition_point(|item| key_of(item) < key);
        (place < self.len() && key_of(self.get(place)) == key).then_some(place)
    }

    /// Takes all out, in order.
    pub(super) fn take(&mut self) -> impl Iterator<Item = T> + use<T> {
        let earlier = self.earlier.take().map_or_else(Vec::new, |chunks| *chunks);
        let newest = std::mem::take(&mut self.newest);
        earlier.into_iter().flatten().chain(newest)
    }

    fn earlier(&self) -> &[Vec<T>] {
        self.earlier.as_deref().map_or(&[], Vec::as_slice)
    }
}

impl<T> Default for Chunked<T> {
    fn default() -> Self {
        Self {
            earlier: None,
            newest: Vec::new(),
        }
    }
}

impl<T> FromIterator<T> for Chunked<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut list = Self::default();
        items.into_iter().for_each(|item| list.push(item));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list_of_whatever_length() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7] {
            let mut list: Chunked<usize> = (0..length).collect();
            assert_eq!(list.len(), length);
            assert_eq!(list.last().copied(), length.checked_sub(1));
            assert!(list.iter().copied().eq(0..length));
            assert!(list.iter().rev().copied().eq((0..length).rev()));
            for place in 0..length {
                assert_eq!(*list.get(place), place);
                assert_eq!(*list.get_mut(place), place);
                assert_eq!(list.partition_point(|item| *item < place), place);
                assert_eq!(list.find(place * 2, |item| item * 2), Some(place));
                assert_eq!(list.find(place * 2 + 1, |item| item * 2), None);
            }
            assert_eq!(list.partition_point(|_| true), length);
            assert!(list.take().eq(0..length));
            assert_eq!(list.len(), 0);
        }
    }
}
