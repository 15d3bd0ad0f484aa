//! A small reader of OpenAPI schemas, strict about what GitHub requires.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// GitHub's description of its REST API.
pub(crate) struct Schemas {
    root: Value,
}

impl Schemas {
    /// The description from the folder of test data, or nothing where that is not at hand.
    pub(crate) fn load() -> Option<Self> {
        let folder = std::env::var_os("AGENTFLOW_TEST_DATA").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
            PathBuf::from,
        );
        let text =
            std::fs::read_to_string(folder.join("contracts/github-openapi-trimmed.json")).ok()?;
        Some(Self {
            root: serde_json::from_str(&text).unwrap(),
        })
    }

    /// What is wrong with an answer, each with the place where it is.
    pub(crate) fn faults(
        &self,
        path: &str,
        method: &str,
        status: u16,
        answer: &Value,
    ) -> Vec<String> {
        let response = &self.root["paths"][path][method]["responses"][status.to_string()];
        let response = self.resolved(response);
        let schema = &response["content"]["application/json"]["schema"];
        assert!(
            schema.is_object(),
            "{method} {path} has no schema for {status}"
        );
        let mut faults = Vec::new();
        self.check(schema, answer, "", &mut faults);
        faults
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self
                .root
                .pointer(reference.trim_start_matches('#'))
                .unwrap(),
            None => schema,
        }
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let schema = self.resolved(schema);
        if value.is_null() && schema["nullable"] == true {
            return;
        }
        for part in list(&schema["allOf"]) {
            self.check(part, value, at, faults);
        }
        for choice in ["anyOf", "oneOf"] {
            self.check_choice(list(&schema[choice]), value, at, faults);
        }
        if schema["enum"].is_array() && !list(&schema["enum"]).contains(value) {
            faults.push(format!("{at}: {value} is not one of {}", schema["enum"]));
        }
        if let Some(kind) = schema["type"].as_str()
            && !has_type(kind, value)
        {
            faults.push(format!("{at}: {value} is not of type {kind}"));
            return;
        }
        if let Value::Object(object) = value {
            self.check_object(schema, object, at, faults);
        }
        for (index, item) in list(value).iter().enumerate() {
            self.check(&schema["items"], item, &format!("{at}/{index}"), faults);
        }
    }

    fn check_choice(&self, choices: &[Value], value: &Value, at: &str, faults: &mut Vec<String>) {
        let mut best: Option<Vec<String>> = None;
        for choice in choices {
            let mut found = Vec::new();
            self.check(choice, value, at, &mut found);
            if best.as_ref().is_none_or(|best| found.len() < best.len()) {
                best = Some(found);
            }
        }
        faults.extend(best.unwrap_or_default());
    }

    fn check_object(
        &self,
        schema: &Value,
        object: &Map<String, Value>,
        at: &str,
        faults: &mut Vec<String>,
    ) {
        for name in list(&schema["required"]).iter().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                faults.push(format!("{at}: lacks {name}"));
            }
        }
        for (name, value) in object {
            if let Some(property) = schema["properties"].get(name) {
                self.check(property, value, &format!("{at}/{name}"), faults);
            }
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn has_type(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => true,
    }
}
