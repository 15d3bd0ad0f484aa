//! Reads what servers send in more than one form: null for nothing, a name or an object.
//!
//! Leniency ends at identity: a number, an id or a commit that is missing is an error.

use serde::{Deserialize, Deserializer};

/// A value, or its default where the server sends null.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Label names; each label is an object, or only its name in old answers.
pub(crate) fn label_names<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Label {
        Name(String),
        Object { name: Option<String> },
    }
    let labels: Option<Vec<Label>> = Option::deserialize(deserializer)?;
    Ok(labels
        .unwrap_or_default()
        .into_iter()
        .filter_map(|label| match label {
            Label::Name(name) => Some(name),
            Label::Object { name } => name,
        })
        .collect())
}

/// A repository's `owner/name`, out of the object that describes it; none once it is deleted.
pub(crate) fn full_name<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Repo {
        Name(String),
        Object { full_name: Option<String> },
    }
    let repo: Option<Repo> = Option::deserialize(deserializer)?;
    Ok(repo.and_then(|repo| match repo {
        Repo::Name(name) => Some(name),
        Repo::Object { full_name } => full_name,
    }))
}

/// Whether a field holds anything but null: all we ask of an object we do not read.
pub(crate) fn is_present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = Option::<serde_json::Value>::deserialize(deserializer)?;
    Ok(value.is_some_and(|value| value != serde_json::Value::Bool(false)))
}
