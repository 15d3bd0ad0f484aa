//! Which items a statement looks at: those that are there, in the paths of a search, and
//! that its filter may want.
//!
//! SQLite compares values of JSON in its own way: truths are numbers, every text is more
//! than every number, and decimals are read a little differently. So what is said to it here only leaves out
//! what no way of comparing would take. Whether the filter holds is decided by
//! [`Filter::matches`] for each item that is left.

use agentflow_core::Timestamp;
use agentflow_core::store::{Comparison, Condition, Filter, Search};
use serde_json::Value;

use super::sql::Sql;
use crate::items::range_of;

/// Up to here every whole number and its neighbours are floats.
const EXACT_MAX: f64 = (1_u64 << 50) as f64;

/// ` WHERE …` for the items `i` that a search looks at.
pub(super) fn push_searched(sql: &mut Sql, search: &Search, now: Timestamp) {
    sql.push(" WHERE ");
    push_is_there(sql, now);
    let ranges: Vec<_> = search.roots().into_iter().map(range_of).collect();
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
    push_may_hold(sql, &search.filter);
}

fn push_within(sql: &mut Sql, from: &[u8], to: &[u8]) {
    sql.push("i.path >= ").push_bind(from.to_vec());
    sql.push(" AND i.path < ").push_bind(to.to_vec());
}

/// The item `i` has not expired.
pub(super) fn push_is_there(sql: &mut Sql, now: Timestamp) {
    sql.push("(i.expires_at IS NULL OR i.expires_at > ");
    sql.push_bind(now.0).push(")");
}

fn push_may_hold(sql: &mut Sql, filter: &Filter) {
    for condition in &filter.conditions {
        let _ = push_condition(sql, condition);
    }
}

/// Nothing for a condition of which SQLite cannot tell when it fails.
fn push_condition(sql: &mut Sql, condition: &Condition) -> Option<()> {
    let field = json_path(&condition.field.as_keys()?)?;
    // What it says is that a field is not there, or is something else.
    let (least, most) = match condition.comparison {
        Comparison::Ne => return None,
        Comparison::Eq => (true, true),
        Comparison::Gt | Comparison::Gte => (true, false),
        Comparison::Lt | Comparison::Lte => (false, true),
    };
    match &condition.with {
        Value::String(text) => {
            for (wanted, order) in [(least, " >= "), (most, " <= ")] {
                if wanted {
                    sql.push(" AND json_extract(i.value, ")
                        .push_bind(field.clone());
                    sql.push(")").push(order).push_bind(text.clone());
                }
            }
        }
        Value::Number(number) => {
            let number = number.as_f64().filter(|number| number.abs() <= EXACT_MAX)?;
            for (wanted, order, limit) in
                [(least, " >= ", number - 1.0), (most, " <= ", number + 1.0)]
            {
                if wanted {
                    sql.push(" AND json_extract(i.value, ")
                        .push_bind(field.clone());
                    sql.push(")").push(order).push_bind(limit);
                }
            }
        }
        Value::Null | Value::Bool(_) if condition.comparison == Comparison::Eq => {
            sql.push(" AND json_type(i.value, ").push_bind(field);
            sql.push(") = ").push_bind(condition.with.to_string());
        }
        _ => return None,
    }
    Some(())
}

/// The field as SQLite names it; none for names with a letter that JSON writes otherwise.
fn json_path(keys: &[&str]) -> Option<String> {
    let mut path = "$".to_owned();
    for key in keys {
        let is_plain = |letter: char| !letter.is_control() && letter != '"' && letter != '\\';
        if key.is_empty() || !key.chars().all(is_plain) {
            return None;
        }
        path.push_str(".\"");
        path.push_str(key);
        path.push('"');
    }
    Some(path)
}
