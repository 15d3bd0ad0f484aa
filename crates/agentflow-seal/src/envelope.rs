//! The envelope, version 1: how one value is kept.
//!
//! ```text
//! 4  the bytes that no content begins with      agentflow_core::checkpoint::ENVELOPE
//! 1  version
//! 1  flags: 1 compressed, 2 encrypted, 4 bound to its thread's origin
//!    encrypted: 1 length of the key's id, the id, 4 the key's mark, 24 nonce
//!    the content; compressed: 4 its length before, and a zstd frame
//! 16 tag of XChaCha20-Poly1305; not encrypted: the first bytes of a BLAKE3 digest
//! ```
//!
//! The tag is over all of it and the value's place.

use agentflow_core::Origin;
use agentflow_core::checkpoint::{ENVELOPE, ENVELOPE_BYTES_MAX};

use crate::error::SealError;
use crate::place::Place;
use crate::seal::Seal;

/// Largest value before it is sealed, 256 MiB, and so the largest that one ever grows to
/// when it is read.
pub const VALUE_BYTES_MAX: usize = 256 * 1024 * 1024;

const VERSION: u8 = 1;
const COMPRESSED: u8 = 1;
const ENCRYPTED: u8 = 2;
const HAS_ORIGIN: u8 = 4;
const FLAGS: u8 = COMPRESSED | ENCRYPTED | HAS_ORIGIN;
const TAG_BYTES: usize = 16;

/// What is wrong with a value, wherever it belongs.
#[derive(Debug)]
pub(crate) enum Fault {
    NotSealed,
    NotEncrypted,
    #[cfg(feature = "encryption")]
    NoKey(String),
    #[cfg(not(feature = "encryption"))]
    NeedsEncryption,
    #[cfg(not(feature = "zstd"))]
    NeedsZstd,
    #[cfg(feature = "encryption")]
    WrongKey(String),
    Damaged,
    TooNew(u8),
    TooLarge(usize),
    #[cfg(feature = "encryption")]
    NoRandomness(getrandom::Error),
    #[cfg(feature = "zstd")]
    Compressing(std::io::Error),
}

impl Fault {
    pub(crate) fn at(self, place: Place<'_>) -> SealError {
        let (thread, what) = (place.thread().clone(), place.what());
        match self {
            Self::NotSealed => SealError::NotSealed { thread, what },
            Self::NotEncrypted => SealError::NotEncrypted { thread, what },
            Self::Damaged => SealError::Damaged { thread, what },
            Self::TooNew(found) => SealError::TooNew {
                thread,
                what,
                found,
                known: VERSION,
            },
            Self::TooLarge(bytes) => SealError::TooLarge {
                thread,
                what,
                bytes,
                bytes_max: VALUE_BYTES_MAX,
            },
            #[cfg(feature = "encryption")]
            Self::NoKey(key) => SealError::NoKey { thread, what, key },
            #[cfg(feature = "encryption")]
            Self::WrongKey(key) => SealError::WrongKey { thread, what, key },
            #[cfg(feature = "encryption")]
            Self::NoRandomness(source) => SealError::NoRandomness(source),
            #[cfg(not(feature = "encryption"))]
            Self::NeedsEncryption => SealError::NeedsFeature {
                thread,
                what,
                feature: "encryption",
            },
            #[cfg(feature = "zstd")]
            Self::Compressing(source) => SealError::Compressing {
                thread,
                what,
                source,
            },
            #[cfg(not(feature = "zstd"))]
            Self::NeedsZstd => SealError::NeedsFeature {
                thread,
                what,
                feature: "zstd",
            },
        }
    }
}

/// The envelope with a value in it, for one place.
pub(crate) fn seal(seal: &Seal, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
    close(seal, place, plain).map_err(|fault| fault.at(place))
}

/// The value of an envelope that was sealed for this place.
pub(crate) fn open(seal: &Seal, place: Place<'_>, stored: Vec<u8>) -> Result<Vec<u8>, SealError> {
    unpack(seal, place, stored).map_err(|fault| fault.at(place))
}

/// Whether these bytes are an envelope, whatever is in it.
pub(crate) fn is_one(stored: &[u8]) -> bool {
    stored.starts_with(&ENVELOPE)
}

fn close(seal: &Seal, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Fault> {
    if plain.len() > VALUE_BYTES_MAX {
        return Err(Fault::TooLarge(plain.len()));
    }
    let shrunk = shrunk(seal, plain)?;
    let content = shrunk.as_deref().unwrap_or(plain);
    let mut envelope = Vec::with_capacity(ENVELOPE_BYTES_MAX + content.len());
    envelope.extend(ENVELOPE);
    envelope.push(VERSION);
    let is_compressed = if shrunk.is_some() { COMPRESSED } else { 0 };
    let has_origin = if place.has_origin() { HAS_ORIGIN } else { 0 };
    envelope.push(is_compressed | has_origin);
    #[cfg(feature = "encryption")]
    if let Some(keys) = &seal.keys {
        return encrypted(keys.newest(), place, envelope, content);
    }
    envelope.extend(content);
    let digest = digest(place, &envelope);
    envelope.extend(digest);
    Ok(envelope)
}

#[cfg(feature = "zstd")]
fn shrunk(seal: &Seal, plain: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let Some(compression) = seal.compression else {
        return Ok(None);
    };
    crate::shrink::shrink(compression, plain).map_err(Fault::Compressing)
}

#[cfg(not(feature = "zstd"))]
fn shrunk(_: &Seal, _: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    Ok(None)
}

#[cfg(feature = "encryption")]
fn encrypted(
    named: &crate::key::Named,
    place: Place<'_>,
    mut envelope: Vec<u8>,
    content: &[u8],
) -> Result<Vec<u8>, Fault> {
    use crate::cipher;

    let nonce = cipher::nonce().map_err(Fault::NoRandomness)?;
    let Ok(length) = u8::try_from(named.id.len()) else {
        unreachable!("a ring takes no id that is longer than 32 bytes");
    };
    envelope[ENVELOPE.len() + 1] |= ENCRYPTED;
    envelope.push(length);
    envelope.extend(named.id.as_bytes());
    envelope.extend(named.mark);
    envelope.extend(nonce);
    let begin = envelope.len();
    let with = [&envelope[..], &place.to_bytes()].concat();
    envelope.extend(content);
    let tag = cipher::encrypt(&named.key, nonce, &with, &mut envelope[begin..]);
    envelope.extend(tag);
    Ok(envelope)
}

/// A checksum over the envelope so far and its place.
fn digest(place: Place<'_>, envelope: &[u8]) -> [u8; TAG_BYTES] {
    let mut hasher = blake3::Hasher::new_derive_key("agentflow seal 1: not encrypted");
    let place = place.to_bytes();
    hasher.update(&(place.len() as u64).to_le_bytes());
    hasher.update(&place).update(envelope);
    let mut digest = [0; TAG_BYTES];
    hasher.finalize_xof().fill(&mut digest);
    digest
}

fn unpack(seal: &Seal, place: Place<'_>, mut stored: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let Some(rest) = stored.strip_prefix(&ENVELOPE) else {
        return if seal.reads_unsealed() {
            Ok(stored)
        } else {
            Err(Fault::NotSealed)
        };
    };
    let flags = match rest {
        [VERSION, flags, ..] if flags & !FLAGS == 0 => *flags,
        [VERSION, ..] | [] => return Err(Fault::Damaged),
        [version, ..] => return Err(Fault::TooNew(*version)),
    };
    let unknown = Origin::default();
    let place = if flags & HAS_ORIGIN == 0 {
        place.without_origin(&unknown)
    } else {
        place
    };
    let header = ENVELOPE.len() + 2;
    let content = if flags & ENCRYPTED == 0 {
        if seal.has_keys() && !seal.reads_unsealed() {
            return Err(Fault::NotEncrypted);
        }
        let begin = checked(place, header, &stored)?;
        begin..stored.len() - TAG_BYTES
    } else {
        let begin = decrypted(seal, place, header, &mut stored)?;
        begin..stored.len() - TAG_BYTES
    };
    if flags & COMPRESSED != 0 {
        return grown(&stored[content]);
    }
    stored.truncate(content.end);
    stored.drain(..content.start);
    Ok(stored)
}

/// Where the content of an envelope that is not encrypted begins.
fn checked(place: Place<'_>, header: usize, stored: &[u8]) -> Result<usize, Fault> {
    let (sealed, tag) = stored
        .split_last_chunk::<TAG_BYTES>()
        .ok_or(Fault::Damaged)?;
    if sealed.len() < header || digest(place, sealed) != *tag {
        return Err(Fault::Damaged);
    }
    Ok(header)
}

/// Decrypts an envelope in place and says where its content begins.
#[cfg(feature = "encryption")]
fn decrypted(
    seal: &Seal,
    place: Place<'_>,
    header: usize,
    stored: &mut [u8],
) -> Result<usize, Fault> {
    use crate::cipher;
    use crate::key::MARK_BYTES;

    let rest = stored.get(header..).ok_or(Fault::Damaged)?;
    let (length, rest) = rest.split_first().ok_or(Fault::Damaged)?;
    let (id, rest) = rest
        .split_at_checked(usize::from(*length))
        .ok_or(Fault::Damaged)?;
    let (mark, rest) = rest
        .split_first_chunk::<MARK_BYTES>()
        .ok_or(Fault::Damaged)?;
    let (nonce, rest) = rest.split_first_chunk().ok_or(Fault::Damaged)?;
    let nonce = *nonce;
    let (_, tag) = rest
        .split_last_chunk::<{ cipher::TAG_BYTES }>()
        .ok_or(Fault::Damaged)?;
    let tag = *tag;
    let begin = stored.len() - rest.len();

    // Bytes that are no text are no id that a ring ever took.
    let id = std::str::from_utf8(id).map_err(|_| Fault::Damaged)?;
    let keys = seal.keys.as_ref();
    let Some(named) = keys.and_then(|keys| keys.get(id)) else {
        return Err(Fault::NoKey(id.to_owned()));
    };
    if named.mark != *mark {
        return Err(Fault::WrongKey(id.to_owned()));
    }
    let with = [&stored[..begin], &place.to_bytes()].concat();
    let end = stored.len() - cipher::TAG_BYTES;
    cipher::decrypt(&named.key, nonce, &with, &mut stored[begin..end], tag)?;
    Ok(begin)
}

#[cfg(not(feature = "encryption"))]
fn decrypted(_: &Seal, _: Place<'_>, _: usize, _: &mut [u8]) -> Result<usize, Fault> {
    Err(Fault::NeedsEncryption)
}

#[cfg(feature = "zstd")]
fn grown(content: &[u8]) -> Result<Vec<u8>, Fault> {
    crate::shrink::grow(content)
}

#[cfg(not(feature = "zstd"))]
fn grown(_: &[u8]) -> Result<Vec<u8>, Fault> {
    Err(Fault::NeedsZstd)
}
