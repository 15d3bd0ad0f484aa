//! A schema in the strict form: what every provider that holds models to a schema takes.
//!
//! Objects require all their properties and allow no others; optional fields are those that
//! may be `null`, as schemars writes an `Option`. What only limits a value is told in words,
//! since providers differ in which limits they take and refuse a request for the others; the
//! type checks them anyway. What has another structure has no strict form.

use serde_json::{Map, Value, json};

use super::error::SchemaProblem;

/// Where a schema cannot be strict, and why.
#[derive(Debug, PartialEq)]
pub(super) struct NotStrict {
    /// Names of fields, `[]` for the items of a list; empty for the type itself.
    pub(super) place: String,
    pub(super) problem: SchemaProblem,
}

/// The strict form of a schema that allows the same values, as JSON that is read into its type.
pub(super) fn strict(mut schema: Value) -> Result<Value, NotStrict> {
    make_strict(&mut schema, "")?;
    Ok(schema)
}

fn make_strict(schema: &mut Value, place: &str) -> Result<(), NotStrict> {
    let refused = |problem| NotStrict {
        place: place.to_owned(),
        problem,
    };
    let Value::Object(keywords) = schema else {
        return Err(refused(SchemaProblem::Anything));
    };
    only_known(keywords).map_err(refused)?;
    check_structure(keywords).map_err(refused)?;
    if keywords.contains_key("$ref") {
        // Nothing may stand beside it.
        keywords.retain(|keyword, _| keyword == "$ref" || keyword == "$defs");
    }
    if is_of_type(keywords, "object") {
        close(keywords);
    }
    for (keyword, below) in keywords {
        match (keyword.as_str(), below) {
            ("properties" | "$defs", Value::Object(schemas)) => {
                for (name, schema) in schemas {
                    let separator = if place.is_empty() { "" } else { "." };
                    make_strict(schema, &format!("{place}{separator}{name}"))?;
                }
            }
            ("anyOf", Value::Array(schemas)) => {
                for schema in schemas {
                    make_strict(schema, place)?;
                }
            }
            ("items", items) => make_strict(items, &format!("{place}[]"))?,
            _ => {}
        }
    }
    Ok(())
}

/// Rewrites or tells in words what has another name or no place in the strict form.
fn only_known(keywords: &mut Map<String, Value>) -> Result<(), SchemaProblem> {
    let is_text = is_of_type(keywords, "string");
    let mut limits = Vec::new();
    for (keyword, value) in std::mem::take(keywords) {
        match keyword.as_str() {
            "type"
            | "description"
            | "enum"
            | "anyOf"
            | "$ref"
            | "$defs"
            | "items"
            | "properties"
            | "required"
            | "additionalProperties" => {
                keywords.insert(keyword, value);
            }
            "oneOf" => {
                keywords.insert("anyOf".into(), value);
            }
            "const" => {
                keywords.insert("enum".into(), json!([value]));
            }
            // The width of a number is in its limits.
            "format" if !is_text => {}
            "title"
            | "default"
            | "examples"
            | "deprecated"
            | "readOnly"
            | "writeOnly"
            | "unevaluatedProperties" => {}
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf"
            | "minLength" | "maxLength" | "pattern" | "format" | "minItems" | "maxItems"
            | "uniqueItems" | "minProperties" | "maxProperties" => {
                limits.push(format!("{keyword}: {value}"));
            }
            "prefixItems" => return Err(SchemaProblem::Tuple),
            "patternProperties" | "propertyNames" => return Err(SchemaProblem::Map),
            _ => return Err(SchemaProblem::Keyword { keyword }),
        }
    }
    if !limits.is_empty() {
        let limits = format!("({})", limits.join(", "));
        let told = match keywords.get("description").and_then(Value::as_str) {
            Some(description) => format!("{description} {limits}"),
            None => limits,
        };
        keywords.insert("description".into(), told.into());
    }
    Ok(())
}

fn check_structure(keywords: &Map<String, Value>) -> Result<(), SchemaProblem> {
    let has = |keyword| keywords.contains_key(keyword);
    let structures = ["$ref", "anyOf", "properties"].map(has);
    if structures.into_iter().filter(|is_there| *is_there).count() > 1 {
        return Err(SchemaProblem::Flattened);
    }
    let others = keywords.get("additionalProperties");
    if others.is_some_and(|others| *others != Value::Bool(false)) {
        return Err(SchemaProblem::Map);
    }
    let is_list = is_of_type(keywords, "array");
    let says_something = ["type", "enum", "anyOf", "$ref"].into_iter().any(has);
    if !says_something || is_list && !has("items") {
        return Err(SchemaProblem::Anything);
    }
    Ok(())
}

/// Requires every property of an object, and allows no others.
fn close(keywords: &mut Map<String, Value>) {
    let properties = keywords.entry("properties").or_insert_with(|| json!({}));
    let names = properties.as_object().into_iter().flat_map(Map::keys);
    let names: Vec<_> = names.cloned().collect();
    keywords.insert("required".into(), names.into());
    keywords.insert("additionalProperties".into(), false.into());
}

/// Whether a value of that type fits, perhaps beside `null`.
fn is_of_type(keywords: &Map<String, Value>, name: &str) -> bool {
    match keywords.get("type") {
        Some(Value::String(only)) => only == name,
        Some(Value::Array(types)) => types.iter().any(|kind| kind == name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use schemars::JsonSchema;
    use serde::Deserialize;

    use super::*;
    use crate::schema::schema_of;

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Review {
        /// From bad to good.
        #[schemars(range(min = 1, max = 5))]
        stars: u8,
        title: Option<String>,
        #[serde(default)]
        tags: Vec<String>,
        kind: Kind,
        author: Option<Author>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    enum Kind {
        /// Of a book.
        Book,
        Film {
            minutes: u32,
        },
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Author {
        name: String,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Tree {
        /// Below it.
        left: Option<Box<Tree>>,
        all: Vec<Tree>,
    }

    #[test]
    fn every_object_requires_all_it_has_and_forbids_the_rest() {
        let want = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["author", "kind", "stars", "tags", "title"],
            "properties": {
                "stars": {"type": "integer", "description": "From bad to good. (maximum: 5, minimum: 1)"},
                "title": {"type": ["string", "null"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "kind": {"anyOf": [
                    {"type": "string", "enum": ["Book"], "description": "Of a book."},
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["Film"],
                        "properties": {"Film": {
                            "type": "object",
                            "additionalProperties": false,
                            "required": ["minutes"],
                            "properties": {"minutes": {"type": "integer", "description": "(minimum: 0)"}},
                        }},
                    },
                ]},
                "author": {
                    "type": ["object", "null"],
                    "additionalProperties": false,
                    "required": ["name"],
                    "properties": {"name": {"type": "string"}},
                },
            },
        });
        assert_eq!(strict(schema_of::<Review>()), Ok(want));
    }

    #[test]
    fn a_type_that_holds_itself_refers_to_itself() {
        let want = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["all", "left"],
            "properties": {
                "left": {"anyOf": [{"$ref": "#"}, {"type": "null"}], "description": "Below it."},
                "all": {"type": "array", "items": {"$ref": "#"}},
            },
        });
        assert_eq!(strict(schema_of::<Tree>()), Ok(want));
    }

    #[test]
    fn what_no_strict_schema_can_say_is_named_with_its_place() {
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only its schema is used")]
        struct Holds<T> {
            list: Vec<T>,
        }
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only its schema is used")]
        struct Flat {
            #[serde(flatten)]
            kind: Kind,
            name: String,
        }
        let keyword = "allOf".to_owned();
        for (schema, place, problem) in [
            (schema_of::<Value>(), "", SchemaProblem::Anything),
            (
                schema_of::<Holds<Value>>(),
                "list[]",
                SchemaProblem::Anything,
            ),
            (
                schema_of::<Holds<BTreeMap<String, u8>>>(),
                "list[]",
                SchemaProblem::Map,
            ),
            (
                schema_of::<Holds<(u8, String)>>(),
                "list[]",
                SchemaProblem::Tuple,
            ),
            (
                schema_of::<Holds<Flat>>(),
                "list[]",
                SchemaProblem::Flattened,
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"allOf": []}}}}}),
                "a.b",
                SchemaProblem::Keyword { keyword },
            ),
        ] {
            let place = place.to_owned();
            assert_eq!(strict(schema), Err(NotStrict { place, problem }));
        }
    }
}
