//! Which items a statement looks at: those that are there, in the paths of a search, and
//! that its filter may want.
//!
//! Postgres compares values of JSON much as the core does, but not in all: jsonb cannot
//! hold a NUL, numbers beyond 2^50 are compared as floats by one and as decimals by the
//! other, and a number is also a place in a list. Such conditions, and items with a NUL,
//! are left to [`Filter::matches`], which decides about each item that is left in any case.

use agentflow_core::store::{Comparison, Condition, Filter};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};

use super::search::Asked;
use crate::items::range_of;

/// Up to here every whole number and its neighbours are floats.
const EXACT_MAX: f64 = (1_u64 << 50) as f64;

/// The value of the item `i` as jsonb, read once for all conditions: `f.fields`, NULL where
/// jsonb cannot hold it. A letter of JSON text that is NUL is always written like this.
const FIELDS: &str = "
    CROSS JOIN LATERAL (
        SELECT CASE WHEN strpos(i.value, E'\\\\u0000') = 0 THEN i.value::jsonb END AS fields
        OFFSET 0) f";

/// ` WHERE …` for the items `i` that a search looks at, and before it what it needs.
pub(super) fn push_searched(sql: &mut QueryBuilder<Postgres>, asked: &Asked<'_>) {
    let filter = &asked.search.filter;
    if !asked.takes_all() {
        sql.push(FIELDS);
    }
    sql.push(" WHERE (i.expires_at IS NULL OR i.expires_at > ");
    sql.push_bind(asked.now.0).push(")");
    let roots = asked.search.roots();
    let ranges: Vec<_> = roots.into_iter().map(range_of).collect();
    if let (Some((first, _)), Some((_, last))) = (ranges.first(), ranges.last()) {
        // All of them lie in one range, which is read in order; the others are looked at.
        push_within(sql.push(" AND "), first, last);
        if ranges.len() > 1 {
            for (n, (from, to)) in ranges.iter().enumerate() {
                push_within(sql.push(if n == 0 { " AND (" } else { " OR " }), from, to);
            }
            sql.push(")");
        }
    }
    push_may_hold(sql, filter);
}

fn push_within(sql: &mut QueryBuilder<Postgres>, from: &[u8], to: &[u8]) {
    sql.push("(i.path >= ").push_bind(from.to_vec());
    sql.push(" AND i.path < ").push_bind(to.to_vec()).push(")");
}

fn push_may_hold(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    let mut is_first = true;
    for condition in &filter.conditions {
        let Some(field) = json_path(condition) else {
            continue;
        };
        let Some(said) = Said::of(condition) else {
            continue;
        };
        sql.push(if is_first {
            " AND (f.fields IS NULL OR ("
        } else {
            " AND "
        });
        is_first = false;
        said.push(sql, field);
    }
    if !is_first {
        sql.push("))");
    }
}

/// A condition that Postgres can tell as the core does.
enum Said {
    Is(String),
    IsNot(String),
    Text(&'static str, String),
    Number(&'static str, String),
}

impl Said {
    fn of(condition: &Condition) -> Option<Self> {
        let with = &condition.with;
        let order = match condition.comparison {
            Comparison::Eq | Comparison::Ne => None,
            Comparison::Gt => Some(" > "),
            Comparison::Gte => Some(" >= "),
            Comparison::Lt => Some(" < "),
            Comparison::Lte => Some(" <= "),
        };
        let is_exact = match with {
            Value::Null | Value::Bool(_) => true,
            Value::String(text) => !text.contains('\0'),
            Value::Number(number) => number
                .as_f64()
                .is_some_and(|number| number.abs() <= EXACT_MAX),
            Value::Array(_) | Value::Object(_) => false,
        };
        if !is_exact {
            return None;
        }
        match (order, with) {
            (None, _) if condition.comparison == Comparison::Eq => Some(Self::Is(with.to_string())),
            (None, _) => Some(Self::IsNot(with.to_string())),
            (Some(order), Value::String(text)) => Some(Self::Text(order, text.clone())),
            (Some(order), Value::Number(number)) => Some(Self::Number(order, number.to_string())),
            (Some(_), _) => None,
        }
    }

    fn push(self, sql: &mut QueryBuilder<Postgres>, field: Vec<String>) {
        match self {
            Self::Is(json) => {
                sql.push("(f.fields #> ").push_bind(field);
                sql.push(") = ").push_bind(json).push("::jsonb");
            }
            Self::IsNot(json) => {
                sql.push("(f.fields #> ").push_bind(field);
                sql.push(") IS DISTINCT FROM ")
                    .push_bind(json)
                    .push("::jsonb");
            }
            // Strings order by their bytes, whatever the locale.
            Self::Text(order, text) => {
                sql.push("(jsonb_typeof(f.fields #> ")
                    .push_bind(field.clone());
                sql.push(") = 'string' AND convert_to(f.fields #>> ");
                sql.push_bind(field).push(", 'UTF8')").push(order);
                sql.push_bind(text.into_bytes()).push(")");
            }
            Self::Number(order, number) => {
                sql.push("CASE jsonb_typeof(f.fields #> ")
                    .push_bind(field.clone());
                sql.push(") WHEN 'number' THEN (f.fields #> ")
                    .push_bind(field);
                sql.push(")::numeric").push(order);
                sql.push_bind(number).push("::numeric ELSE false END");
            }
        }
    }
}

/// The field as Postgres names it; none for a name that it could take for a place in a
/// list, or that it cannot hold.
fn json_path(condition: &Condition) -> Option<Vec<String>> {
    let keys = condition.field.as_keys()?;
    let is_plain = |key: &&str| !key.contains('\0') && key.trim().parse::<i64>().is_err();
    let is_named = !keys.is_empty() && keys.iter().all(is_plain);
    is_named.then(|| keys.into_iter().map(str::to_owned).collect())
}
