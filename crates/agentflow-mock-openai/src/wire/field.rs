//! Reads a body field by field, and names the field that is wrong.

use serde_json::{Map, Value};

use crate::refusal::Refusal;

/// Enough of a wrong value to recognise it.
const VALUE_CHARS_SHOWN: usize = 80;

/// The JSON of a body.
pub(crate) fn parsed(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_request(format!("the body is no JSON: {error}")))
}

/// A value in a body, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Field<'a> {
    path: String,
    value: &'a Value,
}

impl<'a> Field<'a> {
    pub(crate) fn of(body: &'a Value) -> Self {
        Self {
            path: String::new(),
            value: body,
        }
    }

    /// A field of this object. One that is null is not there.
    pub(crate) fn get(&self, name: &str) -> Result<Option<Self>, Refusal> {
        let value = self.object()?.get(name).filter(|value| !value.is_null());
        Ok(value.map(|value| Self {
            path: self.path_of(name),
            value,
        }))
    }

    /// A field that has to be there.
    pub(crate) fn need(&self, name: &str) -> Result<Self, Refusal> {
        let missing = || Refusal::bad_field(&self.path_of(name), "is missing");
        self.get(name)?.ok_or_else(missing)
    }

    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    pub(crate) fn object(&self) -> Result<&'a Map<String, Value>, Refusal> {
        let object = self.value.as_object();
        object.ok_or_else(|| match self.path.as_str() {
            "" => Refusal::bad_request("the body must be an object"),
            _ => self.wrong("must be an object"),
        })
    }

    pub(crate) fn text(&self) -> Result<&'a str, Refusal> {
        let text = self.value.as_str();
        text.ok_or_else(|| self.wrong("must be a string"))
    }

    /// A text that says something.
    pub(crate) fn name(&self) -> Result<&'a str, Refusal> {
        let text = self.text()?;
        if text.trim().is_empty() {
            return Err(self.wrong("must not be empty"));
        }
        Ok(text)
    }

    pub(crate) fn list(&self) -> Result<Vec<Self>, Refusal> {
        let items = self.value.as_array();
        let items = items.ok_or_else(|| self.wrong("must be a list"))?;
        let items = items.iter().enumerate().map(|(index, value)| Self {
            path: format!("{}[{index}]", self.path),
            value,
        });
        Ok(items.collect())
    }

    pub(crate) fn flag(&self) -> Result<bool, Refusal> {
        let flag = self.value.as_bool();
        flag.ok_or_else(|| self.wrong("must be true or false"))
    }

    pub(crate) fn whole_number(&self, least: u64, most: u64) -> Result<u64, Refusal> {
        let number = self.value.as_u64();
        let number = number.filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| {
            self.wrong(&format!(
                "must be a whole number of at least {least} and at most {most}"
            ))
        })
    }

    pub(crate) fn number(&self, least: f64, most: f64) -> Result<f64, Refusal> {
        let number = self.value.as_f64();
        let number = number.filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| self.wrong(&format!("must be a number from {least} to {most}")))
    }

    /// That this field is not what it should be.
    pub(crate) fn wrong(&self, problem: &str) -> Refusal {
        let shown = self.value.to_string();
        let mut shown: String = match shown.char_indices().nth(VALUE_CHARS_SHOWN) {
            Some((end, _)) => format!("{}…", &shown[..end]),
            None => shown,
        };
        shown.insert_str(0, ", not ");
        Refusal::bad_field(&self.path, &format!("{problem}{shown}"))
    }

    fn path_of(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }
}
