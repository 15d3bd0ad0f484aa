//! The machine, driven by hand and without async: each test says what happened and
//! looks at what the machine asks for.
#![expect(clippy::unwrap_used, reason = "tests")]

mod alone;
mod closing;
mod concurrency;
mod durability;
mod folding;
mod random;
mod recovery;
mod rig;
mod routing;
mod simulator;
