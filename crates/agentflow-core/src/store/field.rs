//! Which part of a value is meant.

use std::fmt;

use serde_json::Value;

/// A part of a value, or several of them.
///
/// Written with dots: `$` is all of it, `a.b` a field in a field, `list[*]` each of a
/// list, `list[0]` and `list[-1]` its first and its last, `{a,b}` either field. All
/// else stands for itself, so that `a-b`, `7` and `it's` are names of fields. What has
/// a dot in its name is reached by [`FieldPath::keys`].
///
/// ```
/// # use agentflow_core::store::FieldPath;
/// # use serde_json::json;
/// let value = json!({ "notes": [{ "text": "tea" }, { "text": "cats" }] });
/// let texts = FieldPath::from("notes[*].text").values_in(&value);
/// assert_eq!(texts, [&json!("tea"), &json!("cats")]);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FieldPath(Vec<Part>);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Part {
    Key(String),
    Each,
    /// From the end if it is negative.
    At(i64),
    Either(Vec<FieldPath>),
}

impl FieldPath {
    /// All of a value.
    #[must_use]
    pub fn whole() -> Self {
        Self(Vec::new())
    }

    /// The field of these names, the outermost first. Nothing in them has a meaning of
    /// its own.
    pub fn keys<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Self {
        let keys = keys.into_iter().map(Into::into);
        Self(keys.map(Part::Key).collect())
    }

    /// The names of the fields in fields, the outermost first, if the path is made of
    /// nothing else.
    #[must_use]
    pub fn as_keys(&self) -> Option<Vec<&str>> {
        let keys = self.0.iter().map(|part| match part {
            Part::Key(key) => Some(key.as_str()),
            Part::Each | Part::At(_) | Part::Either(_) => None,
        });
        keys.collect()
    }

    /// The parts of `value` that are meant, in order. What is not there is left out.
    #[must_use]
    pub fn values_in<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        self.0.iter().fold(vec![value], |found, part| {
            found.into_iter().flat_map(|value| part.of(value)).collect()
        })
    }

    /// As [`FieldPath::values_in`], as texts to embed: strings as they are, numbers and
    /// truths as they are written, objects and lists as JSON. Nulls and blanks are left
    /// out.
    #[must_use]
    pub fn texts_in(&self, value: &Value) -> Vec<String> {
        let texts = self.values_in(value).into_iter().map(|value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        texts.filter(|text| !text.trim().is_empty()).collect()
    }
}

impl Part {
    fn of<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match (self, value) {
            (Self::Key(key), Value::Object(fields)) => fields.get(key).into_iter().collect(),
            (Self::Each, Value::Array(values)) => values.iter().collect(),
            (Self::Each, Value::Object(fields)) => fields.values().collect(),
            (Self::At(place), Value::Array(values)) => {
                let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
                let place = if *place < 0 {
                    count.saturating_add(*place)
                } else {
                    *place
                };
                let place = usize::try_from(place).ok();
                place
                    .and_then(|place| values.get(place))
                    .into_iter()
                    .collect()
            }
            (Self::Either(paths), value) => paths
                .iter()
                .flat_map(|path| path.values_in(value))
                .collect(),
            _ => Vec::new(),
        }
    }
}

impl From<&str> for FieldPath {
    fn from(text: &str) -> Self {
        if text == "$" {
            return Self::whole();
        }
        let mut rest = text.strip_prefix("$.").unwrap_or(text);
        let mut parts = Vec::new();
        loop {
            let after = match either(rest) {
                Some((paths, after)) => {
                    parts.push(Part::Either(paths));
                    after
                }
                None => {
                    let (step, after) = match rest.split_once('.') {
                        Some((step, after)) => (step, Some(after)),
                        None => (rest, None),
                    };
                    push_step(step, &mut parts);
                    after
                }
            };
            match after {
                Some(after) => rest = after,
                None => return Self(parts),
            }
        }
    }
}

impl From<String> for FieldPath {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

/// `{a,b}` at the beginning, and what comes behind the dot.
fn either(text: &str) -> Option<(Vec<FieldPath>, Option<&str>)> {
    let (names, after) = text.strip_prefix('{')?.split_once('}')?;
    let after = match after {
        "" => None,
        after => Some(after.strip_prefix('.')?),
    };
    let names = names.split(',').map(str::trim);
    let paths = names.filter(|name| !name.is_empty()).map(FieldPath::from);
    Some((paths.collect(), after))
}

/// A name with places in lists behind it, such as `list[0][*]`.
fn push_step(step: &str, parts: &mut Vec<Part>) {
    let (mut name, mut places) = (step, Vec::new());
    while let Some((before, place)) = last_place(name) {
        places.push(place);
        name = before;
    }
    if !name.is_empty() || places.is_empty() {
        parts.push(Part::Key(name.to_owned()));
    }
    parts.extend(places.into_iter().rev());
}

fn last_place(name: &str) -> Option<(&str, Part)> {
    let (before, place) = name.strip_suffix(']')?.rsplit_once('[')?;
    let part = match place {
        "*" => Part::Each,
        place => Part::At(place.parse().ok()?),
    };
    Some((before, part))
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("$");
        }
        for (place, part) in self.0.iter().enumerate() {
            let dot = if place == 0 { "" } else { "." };
            match part {
                Part::Key(key) => write!(f, "{dot}{key}")?,
                Part::Each => f.write_str("[*]")?,
                Part::At(place) => write!(f, "[{place}]")?,
                Part::Either(paths) => {
                    let names: Vec<String> = paths.iter().map(ToString::to_string).collect();
                    write!(f, "{dot}{{{}}}", names.join(","))?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldPath({self})")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::FieldPath;

    #[test]
    fn a_path_finds_the_texts_that_it_names() {
        let value = json!({
            "a": { "b": "deep", "n": 7, "t": true, "none": null, "blank": " " },
            "list": [{ "x": "1" }, { "x": "2" }, { "y": "3" }],
            "grid": [["p", "q"], ["r"]],
            "it's": "quoted", "a-b": "dash", "7": "seven", "d.t": "dotted", "": "empty",
            "{open": "brace", "open[": "bracket",
        });
        for (path, want) in [
            ("a.b", &["deep"][..]),
            ("$.a.b", &["deep"]),
            ("a.n", &["7"]),
            ("a.t", &["true"]),
            ("a.none", &[]),
            ("a.blank", &[]),
            ("a.missing", &[]),
            ("a.b.c", &[]),
            ("list[*].x", &["1", "2"]),
            ("list[0].x", &["1"]),
            ("list[-1].y", &["3"]),
            ("list[-4].x", &[]),
            ("list[3]", &[]),
            ("list[1]", &[r#"{"x":"2"}"#]),
            ("grid[*][0]", &["p", "r"]),
            ("grid[0]", &[r#"["p","q"]"#]),
            ("a[0]", &[]),
            ("{a-b,7}", &["dash", "seven"]),
            ("a.{b, n, missing}", &["deep", "7"]),
            ("{list[0],list[1]}.x", &["1", "2"]),
            ("list[*].{x,y}", &["1", "2", "3"]),
            ("it's", &["quoted"]),
            ("d.t", &[]),
            ("", &["empty"]),
            ("{open", &["brace"]),
            ("open[", &["bracket"]),
        ] {
            assert_eq!(FieldPath::from(path).texts_in(&value), want, "{path}");
        }
        assert_eq!(FieldPath::from("$").texts_in(&value), [value.to_string()]);
        assert_eq!(FieldPath::keys(["d.t"]).texts_in(&value), ["dotted"]);
    }

    #[test]
    fn only_a_path_of_names_is_told_by_names() {
        for (path, want) in [
            ("$", Some(&[][..])),
            ("a.b", Some(&["a", "b"])),
            ("$.a-b", Some(&["a-b"])),
            ("a[0]", None),
            ("a[*].b", None),
            ("a.{b,c}", None),
        ] {
            assert_eq!(FieldPath::from(path).as_keys().as_deref(), want, "{path}");
        }
    }

    #[test]
    fn a_path_is_written_as_it_was_read() {
        for path in ["$", "a.b", "list[*].x", "grid[0][-1]", "a.{b,n}"] {
            assert_eq!(FieldPath::from(path).to_string(), path);
        }
    }
}
