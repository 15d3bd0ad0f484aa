//! Keys and the ring they are on. No key can be printed, and each is wiped when dropped.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox};

/// Longest id of a key, 32 bytes: every sealed value has it.
pub const KEY_ID_BYTES_MAX: usize = 32;

/// Bytes of a key's mark, which tells a wrong key from a damaged value.
pub(crate) const MARK_BYTES: usize = 4;

/// A secret of 32 random bytes.
#[derive(Clone, Debug)]
pub struct Key(Arc<SecretBox<[u8; 32]>>);

impl Key {
    /// These bytes. They must be random: a password is no key.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let bytes = Zeroizing::new(bytes);
        let secret = SecretBox::init_with_mut(|secret: &mut [u8; 32]| *secret = *bytes);
        Self(Arc::new(secret))
    }

    /// 32 bytes in base64, as `openssl rand -base64 32` prints them.
    ///
    /// # Errors
    /// `NotBase64` or `WrongLength`.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        let decoded = STANDARD.decode(text.trim());
        let decoded = Zeroizing::new(decoded.map_err(|_| KeyError::NotBase64)?);
        let found = decoded.len();
        let bytes: [u8; 32] = decoded[..]
            .try_into()
            .map_err(|_| KeyError::WrongLength { found })?;
        Ok(Self::from_bytes(bytes))
    }

    /// As [`Key::from_base64`], from a variable of the environment.
    ///
    /// # Errors
    /// `Variable`, naming the variable and what is wrong with it.
    pub fn from_env(variable: &str) -> Result<Self, KeyError> {
        let text = std::env::var(variable).map(Zeroizing::new);
        let key = match text {
            Ok(text) => Self::from_base64(&text),
            Err(std::env::VarError::NotPresent) => Err(KeyError::NotSet),
            Err(std::env::VarError::NotUnicode(_)) => Err(KeyError::NotBase64),
        };
        key.map_err(|source| KeyError::Variable {
            variable: variable.to_owned(),
            source: Box::new(source),
        })
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }

    /// Tells one key from another, and nothing about either.
    pub(crate) fn mark(&self) -> [u8; MARK_BYTES] {
        let digest = blake3::derive_key("agentflow seal 1: the mark of a key", self.expose());
        [digest[0], digest[1], digest[2], digest[3]]
    }
}

/// The keys of a store, each under an id: the newest seals, all open.
///
/// To change keys, make a ring whose newest is the new one and that opens with the old one.
/// What is stored is not sealed anew: the old one is needed for as long as something is
/// stored that it has sealed, which the unknown id in an error tells.
#[derive(Clone, Debug)]
pub struct KeyRing {
    /// The newest first. Never empty.
    keys: Vec<Named>,
}

#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) key: Key,
    pub(crate) mark: [u8; MARK_BYTES],
}

impl KeyRing {
    /// A ring with one key. Its id can be read in the store: a date is a good one.
    ///
    /// # Errors
    /// `Id` for an id that is empty or too long.
    pub fn new(id: impl Into<String>, key: Key) -> Result<Self, KeyError> {
        Self { keys: Vec::new() }.with(id.into(), key)
    }

    /// With an older key, which opens what it has sealed and seals no more.
    ///
    /// # Errors
    /// `Id` for an id that is empty or too long, `Twice` for one that is there.
    pub fn opens(self, id: impl Into<String>, key: Key) -> Result<Self, KeyError> {
        self.with(id.into(), key)
    }

    fn with(mut self, id: String, key: Key) -> Result<Self, KeyError> {
        if !(1..=KEY_ID_BYTES_MAX).contains(&id.len()) {
            return Err(KeyError::Id { found: id.len() });
        }
        if self.get(&id).is_some() {
            return Err(KeyError::Twice { id });
        }
        let mark = key.mark();
        self.keys.push(Named { id, key, mark });
        Ok(self)
    }

    pub(crate) fn newest(&self) -> &Named {
        let [newest, ..] = &self.keys[..] else {
            unreachable!("a ring is made with a key");
        };
        newest
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Named> {
        self.keys.iter().find(|named| named.id == id)
    }
}

/// Why something is no key, or has no place on a ring. Nothing of the key is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The variable holds none.
    #[error("`{variable}` holds no key; set it to what `openssl rand -base64 32` prints")]
    Variable {
        /// The variable.
        variable: String,
        /// What is wrong with it.
        #[source]
        source: Box<KeyError>,
    },
    /// There is no such variable.
    #[error("it is not set")]
    NotSet,
    /// Not base64 with its padding.
    #[error("the key is not written in base64")]
    NotBase64,
    /// Not 32 bytes.
    #[error("a key has 32 bytes, this has {found}")]
    WrongLength {
        /// How many it has.
        found: usize,
    },
    /// An id that is empty or too long.
    #[error("the id of a key has 1 to {KEY_ID_BYTES_MAX} bytes, this has {found}")]
    Id {
        /// How many it has.
        found: usize,
    },
    /// Two keys under one id.
    #[error("there are two keys under the id `{id}`; give each its own")]
    Twice {
        /// The id.
        id: String,
    },
}
