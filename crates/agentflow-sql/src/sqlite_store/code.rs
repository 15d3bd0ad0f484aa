//! How vectors are written in columns.

/// The vectors one behind the other, as little-endian floats.
pub(super) fn vectors_column(vectors: &[Vec<f32>]) -> Vec<u8> {
    let numbers = vectors.iter().flatten();
    numbers.flat_map(|number| number.to_le_bytes()).collect()
}

/// The numbers that [`vectors_column`] wrote, in place of those that are there.
pub(super) fn read_numbers(column: &[u8], numbers: &mut Vec<f32>) {
    numbers.clear();
    let (chunks, _) = column.as_chunks::<4>();
    numbers.extend(chunks.iter().map(|bytes| f32::from_le_bytes(*bytes)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_come_back_to_the_bit() {
        let vectors = [vec![0.1, -0.0], vec![f32::MIN_POSITIVE, f32::MAX]];
        let mut numbers = vec![7.0];
        read_numbers(&vectors_column(&vectors), &mut numbers);
        let bits = |numbers: &[f32]| numbers.iter().map(|n| n.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&numbers), bits(&vectors.concat()));
    }
}
