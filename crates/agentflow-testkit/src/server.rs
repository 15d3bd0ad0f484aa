//! Servers that tests run against. They are started by whoever runs the tests, who names
//! each in a variable of the environment; a test whose server is missing says so and ends.

/// The address that the variable names, such as `postgres://…`; without it the line that
/// tells what is skipped and what to do about it.
///
/// A test that gets nothing passes: whoever ran it reads the line. `cargo xtask test` in
/// agentflow's own repository starts the servers, and lists what was skipped.
///
/// ```
/// # fn resumes() {
/// let Some(address) = agentflow_testkit::server("AGENTFLOW_TEST_POSTGRES") else {
///     return;
/// };
/// # }
/// ```
#[must_use]
#[expect(
    clippy::print_stdout,
    reason = "what a test skips is read in its output"
)]
pub fn server(variable: &str) -> Option<String> {
    let address = std::env::var(variable).ok().filter(|it| !it.is_empty());
    if address.is_none() {
        println!("skipped: {variable} names no server; `cargo xtask test` starts one");
    }
    address
}
