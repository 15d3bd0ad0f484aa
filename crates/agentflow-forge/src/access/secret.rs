//! Tokens' secrets: made from a key of the forge, kept as hashes only.
//!
//! A token is asked for again by its name and must be the same, but the records must not hold it.
//! So it is computed from a key that lies in a file of its own beside the records.

use std::io::{Error, ErrorKind, Write};
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::digest::{hex, hmac_sha256, sha256_hex};
use crate::error::ForgeError;

const KEY_BYTES: usize = 32;
/// Bytes of a secret that are shown, as hex.
const SECRET_BYTES: usize = 20;
const PREFIX: &str = "afp_";

/// What all secrets of a forge are made from.
pub(crate) struct TokenKey([u8; KEY_BYTES]);

impl TokenKey {
    /// Reads the key, or draws one where there is none.
    pub(crate) fn open(file: &Path) -> Result<Self, ForgeError> {
        let key = match std::fs::read(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => draw(file),
            Err(error) => Err(error),
            Ok(bytes) => bytes
                .try_into()
                .map_err(|_| Error::new(ErrorKind::InvalidData, "the key has not 32 bytes")),
        };
        key.map(Self).map_err(ForgeError::io(file))
    }

    /// The secret of the user's token of that name; the same whenever it is asked for.
    pub(crate) fn secret(&self, user_id: i64, name: &str) -> SecretString {
        let what = format!("token\0{user_id}\0{name}");
        let mac = hmac_sha256(&self.0, what.as_bytes());
        SecretString::from(format!("{PREFIX}{}", hex(&mac[..SECRET_BYTES])))
    }
}

/// What the records keep of a secret. Secrets are random, so a plain hash is enough.
pub(crate) fn hash(secret: &SecretString) -> String {
    sha256_hex(secret.expose_secret().as_bytes())
}

/// Draws a key and puts it in place in one step, readable by its owner only.
fn draw(file: &Path) -> Result<[u8; KEY_BYTES], Error> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(Error::other)?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut scratch = tempfile::NamedTempFile::new_in(folder)?;
    scratch.write_all(&key)?;
    scratch.as_file().sync_all()?;
    scratch.persist(file).map_err(|error| error.error)?;
    Ok(key)
}
