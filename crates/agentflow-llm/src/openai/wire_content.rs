//! What a message holds, in the protocol's words: a text, or parts where it takes more.

use serde::Serialize;

use crate::Image;

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum WireContent<'a> {
    Text(&'a str),
    Parts(Vec<WirePart<'a>>),
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum WirePart<'a> {
    Text {
        text: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<CacheControl>,
    },
    ImageUrl {
        image_url: &'a Image,
    },
}

/// The provider may keep everything up to here for the next request.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "ephemeral")]
pub(super) struct CacheControl {}

/// Whether a request marks a message as one up to which its provider may cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breakpoint {
    Here,
    NotHere,
}

impl<'a> WireContent<'a> {
    /// Servers that know no parts get none where a text says all.
    pub(super) fn new(text: &'a str, images: &'a [Image], breakpoint: Breakpoint) -> Self {
        if images.is_empty() && (breakpoint == Breakpoint::NotHere || text.is_empty()) {
            return Self::Text(text);
        }
        let mut parts = Vec::new();
        parts.extend(
            images
                .iter()
                .map(|image_url| WirePart::ImageUrl { image_url }),
        );
        // Last, since the breakpoint lies after it. Some providers refuse an empty one.
        if !text.is_empty() {
            parts.push(WirePart::Text {
                text,
                cache_control: (breakpoint == Breakpoint::Here).then_some(CacheControl {}),
            });
        }
        Self::Parts(parts)
    }
}
