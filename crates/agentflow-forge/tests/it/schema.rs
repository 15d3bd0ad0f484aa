//! GitHub's own description of its REST API, read strictly: what is wrong with a value, and which
//! of its fields the description does not know.

use std::path::{Path, PathBuf};

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Map, Value, json};

/// Where the description lives among the schemas; `$ref`s inside it are relative to it.
const BASE: &str = "https://forge.invalid/description.json";

/// GitHub's description of its REST API.
pub(crate) struct Description {
    root: Value,
    registry: Registry<'static>,
}

impl Description {
    /// The description from the folder of test data, or nothing where that is not at hand.
    pub(crate) fn load() -> Option<Self> {
        let folder = std::env::var_os("AGENTFLOW_TEST_DATA").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
            PathBuf::from,
        );
        let text =
            std::fs::read_to_string(folder.join("contracts/github-openapi-trimmed.json")).ok()?;
        let mut root: Value = serde_json::from_str(&text).unwrap();
        for part in ["paths", "components"] {
            nullable_as_union(&mut root[part]);
        }
        let registry = Registry::new()
            .draft(Draft::Draft4)
            .add(BASE, root.clone())
            .unwrap()
            .prepare()
            .unwrap();
        Some(Self { root, registry })
    }

    pub(crate) fn paths(&self) -> &Map<String, Value> {
        self.root["paths"].as_object().unwrap()
    }

    /// The place of the schema below `pointer`, through the references on the way; nothing where
    /// the description has none, as for an answer without a body.
    pub(crate) fn json_schema(&self, pointer: &str) -> Option<String> {
        let mut pointer = pointer.to_owned();
        if let Some(reference) = self.root.pointer(&pointer)?["$ref"].as_str() {
            pointer = reference.trim_start_matches('#').to_owned();
        }
        let schema = format!("{pointer}/content/application~1json/schema");
        self.root.pointer(&schema).map(|_| schema)
    }

    /// What is wrong with a value, each with the place where it is.
    pub(crate) fn faults(&self, schema: &str, value: &Value) -> Vec<String> {
        let faults = self.validator(schema);
        let mut faults: Vec<String> = faults
            .iter_errors(value)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        let schema = self.root.pointer(schema).unwrap();
        self.unknown(&[schema], value, "", &mut faults);
        faults
    }

    fn validator(&self, schema: &str) -> Validator {
        jsonschema::options()
            .with_draft(Draft::Draft4)
            .with_registry(&self.registry)
            .should_validate_formats(true)
            .build(&json!({ "$ref": format!("{BASE}#{}", in_address(schema)) }))
            .unwrap()
    }

    /// Fields that none of the schemas of a value knows.
    fn unknown(&self, schemas: &[&Value], value: &Value, at: &str, faults: &mut Vec<String>) {
        let mut all = Vec::new();
        for schema in schemas {
            self.alternatives(schema, &mut all);
        }
        match value {
            Value::Object(fields) => {
                let is_open = |schema: &&Value| {
                    let more = &schema["additionalProperties"];
                    more.is_object() || more == true || schema["properties"].is_null()
                };
                let open = all
                    .iter()
                    .filter(|schema| schema["type"] != "null")
                    .any(is_open);
                for (name, field) in fields {
                    let known: Vec<&Value> = all
                        .iter()
                        .filter_map(|it| it["properties"].get(name))
                        .collect();
                    if known.is_empty() && !open {
                        faults.push(format!("{at}/{name}: GitHub does not know this field"));
                    }
                    self.unknown(&known, field, &format!("{at}/{name}"), faults);
                }
            }
            Value::Array(items) => {
                let known: Vec<&Value> = all.iter().filter_map(|it| it.get("items")).collect();
                for (index, item) in items.iter().enumerate() {
                    self.unknown(&known, item, &format!("{at}/{index}"), faults);
                }
            }
            _ => {}
        }
    }

    /// The schema and everything it refers to or chooses from.
    fn alternatives<'a>(&'a self, schema: &'a Value, all: &mut Vec<&'a Value>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let there = self
                .root
                .pointer(reference.trim_start_matches('#'))
                .unwrap();
            return self.alternatives(there, all);
        }
        let mut is_choice = false;
        for choice in ["allOf", "anyOf", "oneOf"] {
            for part in schema[choice].as_array().into_iter().flatten() {
                self.alternatives(part, all);
                is_choice = true;
            }
        }
        // A schema that only chooses says nothing of fields by itself.
        if !is_choice || schema["properties"].is_object() {
            all.push(schema);
        }
    }
}

/// A place with the characters that an address cannot hold escaped.
fn in_address(place: &str) -> String {
    place.replace('{', "%7B").replace('}', "%7D")
}

/// OpenAPI 3.0 says `nullable` where JSON Schema has a union with null.
fn nullable_as_union(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for field in object.values_mut() {
                nullable_as_union(field);
            }
            if object.get("nullable") == Some(&Value::Bool(true)) {
                object.remove("nullable");
                let schema = Value::Object(std::mem::take(object));
                *value = json!({ "anyOf": [{ "type": "null" }, schema] });
            }
        }
        Value::Array(items) => items.iter_mut().for_each(nullable_as_union),
        _ => {}
    }
}
