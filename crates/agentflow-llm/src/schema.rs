//! The JSON schema of a Rust type, as a model is told it.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The schema in one piece, because not every provider follows `$ref`. Only a type that holds
/// itself has some.
pub(crate) fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.inline_subschemas = true;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    // The type's name, which tells the model nothing and costs tokens in every request.
    schema.remove("title");
    schema.to_value()
}
