//! The forge's HTTP side: REST below `/api/v3`, git below `/OWNER/NAME.git`, pages elsewhere.
//!
//! It turns requests into calls and rows into JSON or HTML; the rules live elsewhere.

mod answer;
mod api_host;
mod auth;
mod call;
mod etag;
mod faulty;
mod gate;
mod graphql;
mod html;
mod line;
mod page;
mod payload;
mod rest;
mod server;
mod shape;
mod smart;

pub(crate) use self::payload::payload;
pub(crate) use self::server::serve;
