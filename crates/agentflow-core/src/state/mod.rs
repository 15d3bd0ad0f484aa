//! What the nodes of one graph share: fields, how writes fold into them, how long
//! they live, and how they are encoded one by one. It knows nothing of nodes or
//! supersteps.

mod definition;
/// What the code made by the derives calls. Not for people.
#[doc(hidden)]
pub mod derived;
mod field;
mod finite;
mod fold;
mod folded;
mod json;
mod messages;
mod plain;
/// Reducers that come with the library; any `fn(&mut T, W)` is one.
pub mod reducer;
mod view;
mod writes;

pub use definition::{State, Update};
pub use field::{FieldSet, FieldSpec, Folding, Lifetime};
pub use fold::{Surveyed, WriteConflict};
pub use folded::{Folded, ReducerError};
pub(crate) use json::{from_json, to_bytes, to_json};
pub use messages::{Identified, MessageWrite, MessageWrites, MessagesError};
pub use view::View;
pub use writes::Writes;
