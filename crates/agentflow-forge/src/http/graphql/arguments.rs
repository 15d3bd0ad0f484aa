//! Reads arguments, with the values that variables have.

use std::collections::BTreeMap;

use graphql_parser::query::Value as Written;
use serde_json::{Map, Value};

use super::error::QueryError;

/// Arguments of one field.
pub(super) struct Arguments(Map<String, Value>);

impl Arguments {
    pub(super) fn read(
        written: &[(String, Written<'static, String>)],
        variables: &BTreeMap<String, Value>,
    ) -> Result<Self, QueryError> {
        let read = |(name, value): &(String, _)| Ok((name.clone(), value_of(value, variables)?));
        written.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// The object that mutations take everything in.
    pub(super) fn input(&self) -> Result<Self, QueryError> {
        match self.0.get("input") {
            Some(Value::Object(input)) => Ok(Self(input.clone())),
            _ => Err(QueryError::invalid("Argument 'input' is required")),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<&str, QueryError> {
        let found = self.0.get(name).and_then(Value::as_str);
        found.ok_or_else(|| QueryError::invalid(format!("Argument '{name}' is required: a String")))
    }

    pub(super) fn number(&self, name: &str) -> Result<i64, QueryError> {
        let found = self.0.get(name).and_then(Value::as_i64);
        found.ok_or_else(|| QueryError::invalid(format!("Argument '{name}' is required: an Int")))
    }

    pub(super) fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }
}

/// A value as JSON; enums are their names.
pub(super) fn value_of(
    written: &Written<'static, String>,
    variables: &BTreeMap<String, Value>,
) -> Result<Value, QueryError> {
    Ok(match written {
        Written::Variable(name) => match variables.get(name) {
            Some(value) => value.clone(),
            None => {
                let message = format!("Variable ${name} is used but not declared");
                return Err(QueryError::invalid(message));
            }
        },
        Written::Int(number) => Value::from(number.as_i64()),
        Written::Float(number) => Value::from(*number),
        Written::String(text) | Written::Enum(text) => Value::from(text.clone()),
        Written::Boolean(flag) => Value::from(*flag),
        Written::Null => Value::Null,
        Written::List(items) => items
            .iter()
            .map(|item| value_of(item, variables))
            .collect::<Result<_, _>>()?,
        Written::Object(fields) => fields
            .iter()
            .map(|(name, value)| Ok((name.clone(), value_of(value, variables)?)))
            .collect::<Result<Map<_, _>, QueryError>>()?
            .into(),
    })
}
