//! How a store seals: whether it compresses, with which keys it encrypts, and what it does
//! about values that are not sealed.

#[cfg(feature = "encryption")]
use crate::key::KeyRing;

/// How a store seals. Reading needs no more of it than the keys: what was compressed says
/// so itself.
///
/// ```
/// # #[cfg(all(feature = "zstd", feature = "encryption"))]
/// # fn main() -> Result<(), agentflow_seal::KeyError> {
/// use agentflow_seal::{Compression, Key, KeyRing, Seal};
///
/// let old = Key::from_bytes([7; 32]); // keys come from a vault, not from source code
/// let new = Key::from_bytes([8; 32]);
/// let keys = KeyRing::new("2026-11", new)?.opens("2025-11", old)?;
/// let seal = Seal::new().compress(Compression::default()).encrypt(keys);
/// # drop(seal);
/// # Ok(())
/// # }
/// # #[cfg(not(all(feature = "zstd", feature = "encryption")))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, Default)]
pub struct Seal {
    #[cfg(feature = "zstd")]
    pub(crate) compression: Option<Compression>,
    #[cfg(feature = "encryption")]
    pub(crate) keys: Option<KeyRing>,
    unsealed: Unsealed,
}

/// What to do about a value that is not sealed as the store seals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Unsealed {
    #[default]
    Refuse,
    Read,
}

impl Seal {
    /// Neither compresses nor encrypts: a checksum tells damage, and no more.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Compresses what is stored from now on.
    #[cfg(feature = "zstd")]
    #[must_use]
    pub fn compress(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// Encrypts what is stored from now on, and refuses to read what is not encrypted.
    #[cfg(feature = "encryption")]
    #[must_use]
    pub fn encrypt(mut self, keys: KeyRing) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Reads values as they are if they are not sealed, or not encrypted although there are
    /// keys: for a store that has some from before it was sealed.
    ///
    /// While this is on, whoever can write to the store can plant a value.
    #[must_use]
    pub fn allow_unsealed(mut self) -> Self {
        self.unsealed = Unsealed::Read;
        self
    }

    pub(crate) fn reads_unsealed(&self) -> bool {
        self.unsealed == Unsealed::Read
    }

    pub(crate) fn has_keys(&self) -> bool {
        #[cfg(feature = "encryption")]
        return self.keys.is_some();
        #[cfg(not(feature = "encryption"))]
        return false;
    }
}

/// How values are compressed, by zstd. Those that it does not make smaller are kept as
/// they are.
#[cfg(feature = "zstd")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    /// zstd's level, 3 by default, which is zstd's own: above it time grows faster than
    /// room shrinks. One that zstd does not have is taken as the nearest.
    pub level: i32,
    /// Smallest value that is compressed, 256 bytes by default: a smaller one gains less
    /// than it costs.
    pub bytes_min: usize,
}

#[cfg(feature = "zstd")]
impl Default for Compression {
    fn default() -> Self {
        Self {
            level: 3,
            bytes_min: 256,
        }
    }
}
