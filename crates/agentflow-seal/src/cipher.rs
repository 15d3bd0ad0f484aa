//! XChaCha20-Poly1305 on a buffer in place.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};

use crate::envelope::Fault;
use crate::key::Key;

/// Random: of 2^64 values sealed with one key no two are likely to share one.
pub(crate) const NONCE_BYTES: usize = 24;
pub(crate) const TAG_BYTES: usize = 16;

/// Draws a nonce from the operating system.
pub(crate) fn nonce() -> Result<[u8; NONCE_BYTES], getrandom::Error> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce)?;
    Ok(nonce)
}

/// Encrypts in place, and returns the tag over it and what goes with it.
pub(crate) fn encrypt(
    key: &Key,
    nonce: [u8; NONCE_BYTES],
    with: &[u8],
    buffer: &mut [u8],
) -> [u8; TAG_BYTES] {
    let cipher = XChaCha20Poly1305::new(key.expose().into());
    let tag = cipher.encrypt_inout_detached(&XNonce::from(nonce), with, buffer.into());
    match tag {
        Ok(tag) => tag.into(),
        Err(_) => unreachable!("a value is far shorter than the cipher's 256 GiB"),
    }
}

/// Decrypts in place, unless any byte is another than was encrypted.
pub(crate) fn decrypt(
    key: &Key,
    nonce: [u8; NONCE_BYTES],
    with: &[u8],
    buffer: &mut [u8],
    tag: [u8; TAG_BYTES],
) -> Result<(), Fault> {
    let cipher = XChaCha20Poly1305::new(key.expose().into());
    let (nonce, tag) = (XNonce::from(nonce), Tag::from(tag));
    cipher
        .decrypt_inout_detached(&nonce, with, buffer.into(), &tag)
        .map_err(|_| Fault::Damaged)
}
