//! Which requests are the same.

use crate::ChatRequest;

/// Changes whenever a key comes to mean something else.
const PURPOSE: &str = "agentflow llm cache 1: a request";

/// The key of a request: a digest of all that a model learns of it, and of the name of the
/// model that gets it.
///
/// What only we know of is left out: what the request is for, who asks, and the ids of
/// messages, which are drawn at random. So is what its provider may cache, which changes no
/// reply.
pub(super) fn key_of(request: &ChatRequest, model: &str) -> Result<String, serde_json::Error> {
    let mut request = request.clone();
    request.label = None;
    request.thread = None;
    request.cache_breakpoints.clear();
    for message in &mut request.messages {
        *message.id_mut() = None;
    }
    // Objects are written in the order of their keys. A request that names a model is not the
    // same as one that leaves it open, which others may answer too.
    let canonical = serde_json::to_value((model, &request))?.to_string();
    let mut hasher = blake3::Hasher::new_derive_key(PURPOSE);
    hasher.update(canonical.as_bytes());
    Ok(hasher.finalize().to_hex().to_string())
}
