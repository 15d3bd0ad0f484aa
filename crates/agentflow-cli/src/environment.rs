//! What a run takes from the environment: keys, and nothing else.

use secrecy::SecretString;

/// Keys. Their values are never shown.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    pub(crate) github_token: Option<SecretString>,
    pub(crate) openrouter_key: Option<SecretString>,
    pub(crate) model_key: Option<SecretString>,
}

impl Environment {
    /// The process's. A variable that is empty counts as not set.
    pub(crate) fn of_process() -> Self {
        Self {
            github_token: secret("GITHUB_TOKEN"),
            openrouter_key: secret("OPENROUTER_API_KEY"),
            model_key: secret("MODEL_API_KEY"),
        }
    }
}

fn secret(name: &str) -> Option<SecretString> {
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| SecretString::from(value))
}
