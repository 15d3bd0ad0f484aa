//! What a backend's test hands to a behaviour: a fresh checkpointer, and whatever
//! must live as long as it does.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use agentflow_core::checkpoint::Checkpointer;

/// A fresh checkpointer and what it stands on, such as a scratch folder.
pub struct Fixture {
    // Declared, and so dropped, before the guard: a backend closes its files first.
    checkpointer: Arc<dyn Checkpointer>,
    _guard: Box<dyn Any + Send + Sync>,
}

impl Fixture {
    /// A checkpointer that needs `guard` to stay alive.
    pub fn new(checkpointer: impl Checkpointer + 'static, guard: impl Any + Send + Sync) -> Self {
        Self {
            checkpointer: Arc::new(checkpointer),
            _guard: Box::new(guard),
        }
    }

    /// The checkpointer.
    #[must_use]
    pub fn checkpointer(&self) -> &Arc<dyn Checkpointer> {
        &self.checkpointer
    }
}

impl fmt::Debug for Fixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fixture")
            .field("checkpointer", &self.checkpointer)
            .finish_non_exhaustive()
    }
}

/// What a suite's closure may return: a checkpointer, or one in a [`Fixture`].
pub trait IntoFixture {
    /// Itself as a fixture.
    fn into_fixture(self) -> Fixture;
}

impl IntoFixture for Fixture {
    fn into_fixture(self) -> Fixture {
        self
    }
}

impl<C: Checkpointer + 'static> IntoFixture for C {
    fn into_fixture(self) -> Fixture {
        Fixture::new(self, ())
    }
}
