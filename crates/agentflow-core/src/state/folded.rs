//! What a reducer may return: nothing, or a refusal.

use std::error::Error;

use crate::BoxError;

/// What a reducer returns: `()`, or a `Result<(), E>` by which it can refuse a write.
///
/// A refusal ends the run with an error that names the field and the node; none of
/// the superstep's writes counts.
///
/// ```
/// use agentflow_core::State;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, thiserror::Error)]
/// #[error("{0} would leave less than nothing")]
/// struct Overdrawn(i64);
///
/// fn spend(balance: &mut i64, amount: i64) -> Result<(), Overdrawn> {
///     if amount > *balance {
///         return Err(Overdrawn(amount));
///     }
///     *balance -= amount;
///     Ok(())
/// }
///
/// #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
/// struct Account {
///     #[state(reducer = spend)]
///     balance: i64,
/// }
/// assert!(Account::CAN_REFUSE);
/// ```
#[diagnostic::on_unimplemented(
    message = "a reducer changes the value in place and returns `()` or `Result<(), E>`, not `{Self}`",
    label = "this reducer returns `{Self}`",
    note = "`E` is an error type: `std::error::Error + Send + Sync + 'static`"
)]
pub trait Folded: sealed::Sealed {
    /// Whether a reducer that returns this can refuse.
    const CAN_REFUSE: bool;

    /// The refusal, if it is one.
    ///
    /// # Errors
    /// The reducer's own.
    fn into_result(self) -> Result<(), BoxError>;
}

impl Folded for () {
    const CAN_REFUSE: bool = false;

    #[inline]
    fn into_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<E: Error + Send + Sync + 'static> Folded for Result<(), E> {
    const CAN_REFUSE: bool = true;

    #[inline]
    fn into_result(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for () {}
    impl<E> Sealed for Result<(), E> {}
}

/// A reducer refused a write.
#[derive(Debug, thiserror::Error)]
#[error("the reducer of `{field}` refused a write")]
pub struct ReducerError {
    /// The field.
    pub field: &'static str,
    /// What the reducer said.
    #[source]
    pub source: BoxError,
}

impl ReducerError {
    #[cold]
    pub(super) fn new(field: &'static str, source: BoxError) -> Self {
        Self { field, source }
    }
}
