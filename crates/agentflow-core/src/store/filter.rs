//! Which items a search wants, by what is in them.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::field::FieldPath;

/// Conditions on a value, all of which must hold.
///
/// ```
/// # use agentflow_core::store::Filter;
/// # use serde_json::json;
/// let grown_ups = Filter::new().gte("age", 18).ne("address.country", "FR");
/// assert!(grown_ups.matches(&json!({ "age": 42, "address": { "country": "DE" } })));
/// assert!(!grown_ups.matches(&json!({ "age": "42" })));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The conditions.
    pub conditions: Vec<Condition>,
}

/// One condition on a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The field that it is about. If that means several, one that holds is enough.
    pub field: FieldPath,
    /// How the field is compared.
    pub comparison: Comparison,
    /// What it is compared with.
    pub with: Value,
}

/// How a field is compared. Numbers are equal by what they are worth, whole or not;
/// a number and a string never are. Objects and lists are equal if all in them is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The field is there and equal.
    Eq,
    /// The field is not equal, or is not there.
    Ne,
    /// The field is greater. Numbers are ordered among themselves, and strings by their
    /// bytes; nothing else has an order.
    Gt,
    /// The field is greater or equal.
    Gte,
    /// The field is less.
    Lt,
    /// The field is less or equal.
    Lte,
}

impl Filter {
    /// No condition: every item is wanted.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The field is there and equal.
    #[must_use]
    pub fn eq(self, field: impl Into<FieldPath>, with: impl Into<Value>) -> Self {
        self.and(field.into(), Comparison::Eq, with.into())
    }

    /// The field is not equal, or is not there.
    #[must_use]
    pub fn ne(self, field: impl Into<FieldPath>, with: impl Into<Value>) -> Self {
        self.and(field.into(), Comparison::Ne, with.into())
    }

    /// The field is greater.
    #[must_use]
    pub fn gt(self, field: impl Into<FieldPath>, with: impl Into<Value>) -> Self {
        self.and(field.into(), Comparison::Gt, with.into())
    }

    /// The field is greater or equal.
    #[must_use]
    pub fn gte(self, field: impl Into<FieldPath>, with: impl Into<Value>) -> Self {
        self.and(field.into(), Comparison::Gte, with.into())
    }

    /// The field is less.
    #[must_use]
    pub fn lt(self, field: impl Into<FieldPath>, with: impl Into<Value>) -> Self {
        self.and(field.into(), Comparison::Lt, with.into())
    }

    /// The field is less or equal.
    #[must_use]
    pub fn lte(self, field: impl Into<FieldPath>, with: impl Into<Value>) -> Self {
        self.and(field.into(), Comparison::Lte, with.into())
    }

    /// One more condition.
    #[must_use]
    pub fn and(mut self, field: FieldPath, comparison: Comparison, with: Value) -> Self {
        self.conditions.push(Condition {
            field,
            comparison,
            with,
        });
        self
    }

    /// Whether all conditions hold.
    #[must_use]
    pub fn matches(&self, value: &Value) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.holds(value))
    }
}

impl Condition {
    /// Whether it holds for a value.
    #[must_use]
    pub fn holds(&self, value: &Value) -> bool {
        let found = self.field.values_in(value);
        let is_any = |wanted: &[Ordering]| {
            let mut orders = found.iter().filter_map(|field| order(field, &self.with));
            orders.any(|order| wanted.contains(&order))
        };
        match self.comparison {
            Comparison::Eq => found.iter().any(|field| equal(field, &self.with)),
            Comparison::Ne => !found.iter().any(|field| equal(field, &self.with)),
            Comparison::Gt => is_any(&[Ordering::Greater]),
            Comparison::Gte => is_any(&[Ordering::Greater, Ordering::Equal]),
            Comparison::Lt => is_any(&[Ordering::Less]),
            Comparison::Lte => is_any(&[Ordering::Less, Ordering::Equal]),
        }
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            order_numbers(left, right) == Some(Ordering::Equal)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| equal(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            let same = |(key, l): (&String, &Value)| right.get(key).is_some_and(|r| equal(l, r));
            left.len() == right.len() && left.iter().all(same)
        }
        _ => left == right,
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => order_numbers(left, right),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Whole numbers are compared exactly, others as 64 bits of floating point.
fn order_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Comparison, Filter};

    #[test]
    fn a_field_is_compared_by_what_it_is() {
        use Comparison::{Eq, Gt, Gte, Lt, Lte, Ne};
        let all = [Eq, Ne, Gt, Gte, Lt, Lte];
        for (field, with, want) in [
            (json!(2), json!(2), &[Eq, Gte, Lte][..]),
            (json!(2), json!(2.0), &[Eq, Gte, Lte]),
            (json!(10), json!(9), &[Ne, Gt, Gte]),
            (json!(-1), json!(0.5), &[Ne, Lt, Lte]),
            (json!(u64::MAX), json!(i64::MIN), &[Ne, Gt, Gte]),
            (json!(u64::MAX), json!(u64::MAX - 1), &[Ne, Gt, Gte]),
            (json!("10"), json!("9"), &[Ne, Lt, Lte]),
            (json!("2"), json!(2), &[Ne]),
            (json!(2), json!("2"), &[Ne]),
            (json!(true), json!(true), &[Eq]),
            (json!(true), json!(false), &[Ne]),
            (json!(true), json!(1), &[Ne]),
            (json!("true"), json!(true), &[Ne]),
            (Value::Null, Value::Null, &[Eq]),
            (Value::Null, json!(0), &[Ne]),
            (json!({ "a": 1 }), json!({ "a": 1.0 }), &[Eq]),
            (json!({ "a": 1, "b": 2 }), json!({ "a": 1 }), &[Ne]),
            (json!([1, 2]), json!([1, 2]), &[Eq]),
            (json!([1, 2]), json!([2, 1]), &[Ne]),
        ] {
            let value = json!({ "field": field });
            for comparison in all {
                let filter = Filter::new().and("field".into(), comparison, with.clone());
                let case = format!("{field} {comparison:?} {with}");
                assert_eq!(filter.matches(&value), want.contains(&comparison), "{case}");
            }
        }
    }

    #[test]
    fn a_field_that_is_not_there_equals_nothing_and_has_no_order() {
        let value = json!({});
        for with in [json!(0), json!(""), Value::Null] {
            assert!(!Filter::new().eq("field", with.clone()).matches(&value));
            assert!(Filter::new().ne("field", with.clone()).matches(&value));
            assert!(!Filter::new().lte("field", with).matches(&value));
        }
    }

    #[test]
    fn of_several_fields_one_that_holds_is_enough() {
        let value = json!({ "tags": ["a", "b"], "n": [1, 5] });
        assert!(Filter::new().eq("tags[*]", "b").matches(&value));
        assert!(!Filter::new().ne("tags[*]", "b").matches(&value));
        assert!(Filter::new().ne("tags[*]", "c").matches(&value));
        assert!(Filter::new().gt("n[*]", 4).lt("n[*]", 2).matches(&value));
    }
}
