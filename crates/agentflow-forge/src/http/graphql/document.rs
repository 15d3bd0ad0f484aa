//! Reads a request's text, and holds it against what is offered before anything is done.

use std::collections::BTreeMap;

use graphql_parser::query::{
    Definition, Directive, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
    VariableDefinition, parse_query,
};
use serde_json::{Map, Value};

use super::arguments::value_of;
use super::error::QueryError;
use super::offered;

/// How deep fragments and fields may be nested.
const DEPTH_MAX: usize = 24;
/// Most selections of one query, with those of each use of a fragment.
const SELECTIONS_MAX: usize = 2_000;

/// One operation, ready to be done.
pub(super) struct Document {
    /// `Query` or `Mutation`.
    pub(super) root: &'static str,
    pub(super) selection: SelectionSet<'static, String>,
    pub(super) variables: BTreeMap<String, Value>,
    fragments: BTreeMap<String, FragmentDefinition<'static, String>>,
}

/// A field that is asked for, and the type of what it is asked of.
pub(super) type Asked<'a> = &'a Field<'static, String>;

impl Document {
    pub(super) fn read(
        text: &str,
        operation: Option<&str>,
        given: &Map<String, Value>,
    ) -> Result<Self, QueryError> {
        let parsed = parse_query::<String>(text);
        let parsed =
            parsed.map_err(|error| QueryError::invalid(format!("Parse error: {error}")))?;
        let (mut operations, mut fragments) = (Vec::new(), BTreeMap::new());
        for definition in parsed.into_static().definitions {
            match definition {
                Definition::Operation(operation) => operations.push(Operation::of(operation)?),
                Definition::Fragment(fragment) => {
                    fragments.insert(fragment.name.clone(), fragment);
                }
            }
        }
        operations.retain(|it| operation.is_none_or(|name| it.name.as_deref() == Some(name)));
        let (Some(chosen), true) = (operations.pop(), operations.is_empty()) else {
            let message = "An operation name is required where there is not exactly one operation";
            return Err(QueryError::invalid(message));
        };
        let mut variables = BTreeMap::new();
        for variable in &chosen.variables {
            let value = match (given.get(&variable.name), &variable.default_value) {
                (Some(value), _) => value.clone(),
                (None, Some(default)) => value_of(default, &BTreeMap::new())?,
                (None, None) => Value::Null,
            };
            variables.insert(variable.name.clone(), value);
        }
        let document = Self {
            root: chosen.root,
            selection: chosen.selection,
            variables,
            fragments,
        };
        let mut budget = SELECTIONS_MAX;
        document.check(document.root, &document.selection, (0, &mut budget))?;
        Ok(document)
    }

    /// The fields that are asked of something of this type, with those of its fragments.
    pub(super) fn asked<'a>(
        &'a self,
        type_name: &str,
        selection: &'a SelectionSet<'static, String>,
    ) -> Vec<Asked<'a>> {
        let mut asked = Vec::new();
        for item in &selection.items {
            match item {
                Selection::Field(field) => asked.push(field),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.type_condition.as_ref();
                    if condition.is_none_or(|it| offered::is_a(type_name, &condition_name(it))) {
                        asked.extend(self.asked(type_name, &fragment.selection_set));
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.fragment_name)
                        && offered::is_a(type_name, &condition_name(&fragment.type_condition))
                    {
                        asked.extend(self.asked(type_name, &fragment.selection_set));
                    }
                }
            }
        }
        asked
    }

    /// Refuses what is not offered, wherever it stands.
    fn check(
        &self,
        type_name: &str,
        selection: &SelectionSet<'static, String>,
        (depth, budget): (usize, &mut usize),
    ) -> Result<(), QueryError> {
        if depth > DEPTH_MAX {
            let message = format!("Query is nested more than {DEPTH_MAX} levels deep");
            return Err(QueryError::invalid(message));
        }
        for item in &selection.items {
            // A fragment counts each time it is used: few of them can ask for very much.
            *budget = budget.checked_sub(1).ok_or_else(|| {
                let message = format!("Query asks for more than {SELECTIONS_MAX} fields");
                QueryError::invalid(message)
            })?;
            match item {
                Selection::Field(field) => self.check_field(type_name, field, (depth, budget))?,
                Selection::InlineFragment(fragment) => {
                    refuse_directives(&fragment.directives)?;
                    let condition = fragment.type_condition.as_ref().map(condition_name);
                    let on = concrete(type_name, condition.as_deref());
                    self.check(on, &fragment.selection_set, (depth + 1, budget))?;
                }
                Selection::FragmentSpread(spread) => {
                    refuse_directives(&spread.directives)?;
                    let name = &spread.fragment_name;
                    let unknown = || {
                        QueryError::invalid(format!("Fragment {name} was used, but not defined"))
                    };
                    let fragment = self.fragments.get(name).ok_or_else(unknown)?;
                    let condition = condition_name(&fragment.type_condition);
                    let on = concrete(type_name, Some(&condition));
                    self.check(on, &fragment.selection_set, (depth + 1, budget))?;
                }
            }
        }
        Ok(())
    }

    fn check_field(
        &self,
        type_name: &str,
        field: Asked<'_>,
        (depth, budget): (usize, &mut usize),
    ) -> Result<(), QueryError> {
        refuse_directives(&field.directives)?;
        if field.name == "__typename" {
            return Ok(());
        }
        let name = &field.name;
        let Some(of) = offered::field(type_name, name) else {
            let message =
                format!("Field '{name}' doesn't exist on type '{type_name}' of this forge");
            return Err(QueryError::invalid(message).at(field.position));
        };
        let selects = !field.selection_set.items.is_empty();
        match (of.is_empty(), selects) {
            (true, true) => {
                let message = format!("Selections can't be made on scalars (field '{name}')");
                Err(QueryError::invalid(message).at(field.position))
            }
            (false, false) => {
                let message = format!("Field must have selections (field '{name}' returns {of})");
                Err(QueryError::invalid(message).at(field.position))
            }
            (true, false) => Ok(()),
            (false, true) => self.check(of, &field.selection_set, (depth + 1, budget)),
        }
    }
}

struct Operation {
    root: &'static str,
    name: Option<String>,
    variables: Vec<VariableDefinition<'static, String>>,
    selection: SelectionSet<'static, String>,
}

impl Operation {
    fn of(operation: OperationDefinition<'static, String>) -> Result<Self, QueryError> {
        Ok(match operation {
            OperationDefinition::SelectionSet(selection) => Self {
                root: "Query",
                name: None,
                variables: Vec::new(),
                selection,
            },
            OperationDefinition::Query(query) => Self {
                root: "Query",
                name: query.name,
                variables: query.variable_definitions,
                selection: query.selection_set,
            },
            OperationDefinition::Mutation(mutation) => Self {
                root: "Mutation",
                name: mutation.name,
                variables: mutation.variable_definitions,
                selection: mutation.selection_set,
            },
            OperationDefinition::Subscription(_) => {
                return Err(QueryError::invalid("This forge has no subscriptions"));
            }
        })
    }
}

/// A fragment on something more special than where it stands is about that.
fn concrete<'a>(type_name: &'a str, condition: Option<&'a str>) -> &'a str {
    match condition {
        Some(condition) if offered::fields(condition).is_some() && condition != "Node" => condition,
        _ => type_name,
    }
}

fn condition_name(condition: &graphql_parser::query::TypeCondition<'static, String>) -> String {
    let graphql_parser::query::TypeCondition::On(name) = condition;
    name.clone()
}

fn refuse_directives(directives: &[Directive<'static, String>]) -> Result<(), QueryError> {
    match directives.first() {
        None => Ok(()),
        Some(directive) => {
            let message = format!("Directive @{} is not offered by this forge", directive.name);
            Err(QueryError::invalid(message).at(directive.position))
        }
    }
}
