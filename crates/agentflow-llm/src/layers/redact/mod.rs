//! Takes secrets out of requests before they leave the process.

mod known;
mod layer;
mod patterns;
mod redactor;

pub use layer::Redact;
pub use redactor::Redactor;
