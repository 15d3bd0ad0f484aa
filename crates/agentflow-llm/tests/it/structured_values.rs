//! Whatever value a type has: it fits the schema that a model is told, and is read back.

use agentflow_llm::{ChatModelExt, ChatRequest, ResponseFormat, ScriptedModel};
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Plan {
    title: String,
    #[serde(default)]
    tags: Vec<String>,
    effort: Option<u32>,
    weight: f64,
    mark: char,
    steps: Vec<Step>,
    after: Option<Box<Plan>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Step {
    /// Nothing is done.
    Wait,
    Run {
        command: String,
        tries: Option<u8>,
    },
    Ask(Question),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Question {
    whom: Whom,
    answer: Result<bool, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Whom {
    Anybody,
    Person(String),
}

fn step() -> impl Strategy<Value = Step> {
    let whom = prop_oneof![Just(Whom::Anybody), any::<String>().prop_map(Whom::Person)];
    let question = (whom, any::<Result<bool, String>>());
    prop_oneof![
        Just(Step::Wait),
        any::<(String, Option<u8>)>().prop_map(|(command, tries)| Step::Run { command, tries }),
        question.prop_map(|(whom, answer)| Step::Ask(Question { whom, answer })),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    let one = |after: BoxedStrategy<Option<Box<Plan>>>| {
        let texts = (
            any::<String>(),
            prop::collection::vec(any::<String>(), 0..3),
        );
        let numbers = (any::<Option<u32>>(), -1e9..1e9, any::<char>());
        let steps = prop::collection::vec(step(), 0..4);
        (texts, numbers, steps, after).prop_map(
            |((title, tags), (effort, weight, mark), steps, after)| Plan {
                title,
                tags,
                effort,
                weight,
                mark,
                steps,
                after,
            },
        )
    };
    let last = one(Just(None).boxed());
    last.prop_recursive(3, 3, 1, move |after| {
        one(after.prop_map(|plan| Some(Box::new(plan))).boxed())
    })
}

/// Whether a value fits a schema of the strict form, by the few keywords that it has.
fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return fits(value, target.unwrap(), root);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().any(|choice| fits(value, choice, root));
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        return false;
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().collect(),
        one => vec![one],
    };
    if !types
        .iter()
        .any(|name| *name == kind || *name == "number" && kind == "integer")
    {
        return false;
    }
    match value {
        Value::Array(items) => items.iter().all(|item| fits(item, &schema["items"], root)),
        Value::Object(fields) => {
            assert_eq!(schema["additionalProperties"], false, "{schema}");
            let known = schema["properties"].as_object().unwrap();
            let required = schema["required"].as_array().unwrap();
            assert_eq!(known.len(), required.len(), "{schema}");
            required
                .iter()
                .all(|name| fields.contains_key(name.as_str().unwrap()))
                && fields.iter().all(|(name, field)| {
                    known
                        .get(name)
                        .is_some_and(|schema| fits(field, schema, root))
                })
        }
        _ => true,
    }
}

fn check<T>(value: &T, said: &str, around: (&str, &str)) -> Result<(), TestCaseError>
where
    T: PartialEq + std::fmt::Debug + for<'de> Deserialize<'de> + JsonSchema + Send,
{
    let model = ScriptedModel::replies([format!("{}{said}{}", around.0, around.1)]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let given = runtime.block_on(async {
        let asked = model.structured::<T>(ChatRequest::user("go"));
        asked.repairs_max(0).await
    });
    let given = given.map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&given.value, value);
    let Some(ResponseFormat::JsonSchema { schema, .. }) =
        model.requests().remove(0).response_format
    else {
        return Err(TestCaseError::fail("no schema was asked for"));
    };
    let said: Value = serde_json::from_str(said).unwrap();
    prop_assert!(
        fits(&said, &schema, &schema),
        "{said} does not fit {schema}"
    );
    Ok(())
}

proptest! {
    #[test]
    fn every_value_of_a_struct_fits_its_schema_and_is_read_back(
        plan in plan(),
        before in "[a-z .`\n]{0,20}",
        after in "[a-z .`\n]{0,20}",
    ) {
        let said = serde_json::to_string(&plan).unwrap();
        check(&plan, &said, (&before, &after))?;
    }

    #[test]
    fn every_value_of_an_enum_fits_its_schema_and_is_read_back(step in step()) {
        let said = serde_json::json!({ "value": step }).to_string();
        check(&step, &said, ("```json\n", "\n```"))?;
    }
}
