//! Pictures that a message shows to a model.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::clip::start_of;

/// Enough of a picture's address to see what it is.
const URL_CHARS_SHOWN: usize = 60;

/// A picture: where it is, or its bytes.
///
/// ```
/// use agentflow_llm::{Image, ImageDetail, Message};
///
/// let png = b"\x89PNG...";
/// let shown = Image::bytes("image/png", png).detail(ImageDetail::Low);
/// let message = Message::user_with_images("What is wrong with this page?", [shown]);
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<ImageDetail>,
}

/// How closely a model looks at a picture, which decides how many tokens it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ImageDetail {
    /// As the provider thinks fit.
    Auto,
    /// At the outlines only.
    Low,
    /// At everything.
    High,
}

impl Image {
    /// A picture on the net, which the provider fetches itself.
    pub fn url(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            detail: None,
        }
    }

    /// A picture of these bytes, such as `image/png`. They become part of the message, and of
    /// every checkpoint that holds it; four bytes of text for three of the picture.
    pub fn bytes(media_type: &str, bytes: impl AsRef<[u8]>) -> Self {
        Self::url(format!(
            "data:{media_type};base64,{}",
            STANDARD.encode(bytes)
        ))
    }

    /// How closely the model should look.
    #[must_use]
    pub fn detail(mut self, detail: ImageDetail) -> Self {
        self.detail = Some(detail);
        self
    }

    /// Its address on the net, if it is there.
    pub(crate) fn address_mut(&mut self) -> Option<&mut String> {
        (!self.url.starts_with("data:")).then_some(&mut self.url)
    }

    /// Its address, which holds all of it where it is not on the net.
    #[must_use]
    pub fn as_url(&self) -> &str {
        &self.url
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("url", &start_of(&self.url, URL_CHARS_SHOWN))
            .field("detail", &self.detail)
            .finish()
    }
}
