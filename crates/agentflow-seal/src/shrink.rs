//! Compression: the length of what is inside, then one zstd frame.

use crate::envelope::{Fault, VALUE_BYTES_MAX};
use crate::seal::Compression;

/// The length in front of a frame.
const LENGTH_BYTES: usize = 4;

/// The value compressed; none if that is not worth it.
pub(crate) fn shrink(compression: Compression, plain: &[u8]) -> std::io::Result<Option<Vec<u8>>> {
    if plain.len() < compression.bytes_min {
        return Ok(None);
    }
    let frame = zstd::bulk::compress(plain, compression.level)?;
    let Ok(length) = u32::try_from(plain.len()) else {
        return Ok(None);
    };
    if LENGTH_BYTES + frame.len() >= plain.len() {
        return Ok(None);
    }
    Ok(Some([&length.to_le_bytes()[..], &frame].concat()))
}

/// What [`shrink`] made smaller. Takes no more memory than the length says, and that is
/// no more than a value may have.
pub(crate) fn grow(shrunk: &[u8]) -> Result<Vec<u8>, Fault> {
    let (length, frame) = shrunk.split_first_chunk().ok_or(Fault::Damaged)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Fault::Damaged)?;
    if length > VALUE_BYTES_MAX {
        return Err(Fault::TooLarge(length));
    }
    // A frame with more in it does not fit, and is an error.
    let plain = zstd::bulk::decompress(frame, length).map_err(|_| Fault::Damaged)?;
    if plain.len() == length {
        Ok(plain)
    } else {
        Err(Fault::Damaged)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn bomb(claims: u32, holds: usize) -> Vec<u8> {
        let frame = zstd::bulk::compress(&vec![0; holds], 3).unwrap();
        [&claims.to_le_bytes()[..], &frame].concat()
    }

    #[test]
    fn nothing_grows_beyond_what_it_says_and_that_is_bounded() {
        let max = u32::try_from(VALUE_BYTES_MAX).unwrap();
        for (name, shrunk, is_good) in [
            ("what it says", bomb(10_000, 10_000), true),
            ("more than it says", bomb(10_000, 10_000_000), false),
            ("less than it says", bomb(10_000, 9_999), false),
            ("says more than is kept", bomb(max + 1, 10), false),
            ("no frame", 10_u32.to_le_bytes().to_vec(), false),
            ("no length", vec![1, 2, 3], false),
            ("nothing", Vec::new(), false),
        ] {
            assert_eq!(grow(&shrunk).is_ok(), is_good, "{name}");
        }
        let claims = grow(&bomb(u32::MAX, 10));
        assert!(
            matches!(claims, Err(Fault::TooLarge(_))),
            "before there is any room for it"
        );
    }

    #[test]
    fn what_gains_nothing_is_not_compressed() {
        let mut noise = [0; 4_096];
        blake3::Hasher::new().finalize_xof().fill(&mut noise);
        let small = Compression {
            bytes_min: 100,
            ..Compression::default()
        };
        for (name, plain, is_smaller) in [
            ("noise", &noise[..], false),
            ("short", &[0; 99], false),
            ("long enough", &[0; 100], true),
            ("empty", b"", false),
        ] {
            let shrunk = shrink(small, plain).unwrap();
            assert_eq!(shrunk.is_some(), is_smaller, "{name}");
            if let Some(shrunk) = shrunk {
                assert_eq!(grow(&shrunk).unwrap(), plain, "{name}");
            }
        }
    }
}
