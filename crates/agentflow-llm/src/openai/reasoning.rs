//! Puts blocks of reasoning together that came in parts.
//!
//! A provider wants to have its blocks back as it would have sent them whole, so the parts of
//! a text are joined and nothing else is touched.

use serde_json::Value;

/// Adds the next blocks, or parts of the last one, to those that came before. Returns about
/// how much memory they take.
pub(super) fn extend(blocks: &mut Vec<Value>, parts: Vec<Value>) -> usize {
    let mut bytes = 0;
    for part in parts {
        bytes += weight_of(&part);
        match blocks.last_mut() {
            Some(last) if continues(last, &part) => join(last, part),
            _ => blocks.push(part),
        }
    }
    bytes
}

/// What a value weighs besides its texts.
const VALUE_BYTES: usize = 32;

fn weight_of(value: &Value) -> usize {
    let inside = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight_of).sum(),
        Value::Object(fields) => {
            let fields = fields.iter();
            fields
                .map(|(name, value)| name.len() + weight_of(value))
                .sum()
        }
        _ => 0,
    };
    VALUE_BYTES + inside
}

/// The field of a block that comes in parts.
fn growing_field(block: &Value) -> Option<&'static str> {
    match block["type"].as_str()? {
        "reasoning.text" => Some("text"),
        "reasoning.summary" => Some("summary"),
        _ => None,
    }
}

fn continues(last: &Value, part: &Value) -> bool {
    // An empty one is the beginning of one that comes.
    let is_signed = |block: &Value| {
        block["signature"]
            .as_str()
            .is_some_and(|signature| !signature.is_empty())
    };
    growing_field(last).is_some()
        && last["type"] == part["type"]
        && last["index"] == part["index"]
        // A signature closes its block.
        && !is_signed(last)
}

fn join(last: &mut Value, part: Value) {
    let field = growing_field(last).unwrap_or_default();
    let Value::Object(part) = part else { return };
    for (name, value) in part {
        match (&mut last[name.as_str()], value) {
            (_, Value::Null) => {}
            (Value::String(text), Value::String(more)) if name == field => text.push_str(&more),
            (known, value) => *known = value,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_of_a_block_are_joined_and_whole_blocks_stay_apart() {
        let text = |index: u32, text: &str| json!({"type": "reasoning.text", "index": index, "text": text});
        let sealed = json!({"type": "reasoning.encrypted", "index": 0, "data": "x=="});
        let signed = |text: &str| json!({"type": "reasoning.text", "index": 0, "text": text, "signature": "s"});
        let unsigned = |text: &str| json!({"type": "reasoning.text", "index": 0, "text": text, "signature": ""});
        let signature =
            json!({"type": "reasoning.text", "index": 0, "signature": "s", "text": null});
        for (parts, want) in [
            (vec![text(0, "a"), text(0, "b")], vec![text(0, "ab")]),
            (
                vec![text(0, "a"), text(1, "b")],
                vec![text(0, "a"), text(1, "b")],
            ),
            (vec![text(0, "a"), signature.clone()], vec![signed("a")]),
            (
                vec![unsigned("a"), unsigned("b"), signature],
                vec![signed("ab")],
            ),
            (
                vec![signed("a"), text(0, "b")],
                vec![signed("a"), text(0, "b")],
            ),
            (vec![sealed.clone(); 2], vec![sealed; 2]),
            (
                vec![
                    json!({"type": "reasoning.summary", "summary": "a", "format": "f"}),
                    json!({"type": "reasoning.summary", "summary": "b", "format": "f"}),
                ],
                vec![json!({"type": "reasoning.summary", "summary": "ab", "format": "f"})],
            ),
            (
                vec![json!("odd"), json!("odd")],
                vec![json!("odd"), json!("odd")],
            ),
        ] {
            let mut blocks = Vec::new();
            for part in parts.clone() {
                extend(&mut blocks, vec![part]);
            }
            assert_eq!(blocks, want, "{parts:?}");
        }
    }
}
