//! What stores of long-term memory have in common, whatever the database.

mod best;
mod kept;
mod page;
mod path;

pub(crate) use best::Best;
#[cfg(feature = "postgres")]
pub(crate) use kept::decode;
pub(crate) use kept::{Columns, Kept, Refreshed, takes};
pub(crate) use page::{Others, Page};
pub(crate) use path::{path_column, path_of, range_of};
