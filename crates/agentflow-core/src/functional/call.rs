//! One call of a task: where it stands among the calls of its entrypoint, and what it is
//! called with.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::spec::TaskSpec;
use crate::checkpoint::CodecError;
use crate::error::{NodeError, NodeResult};
use crate::interrupt::derive_key;

/// Which call of an entrypoint it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TaskPlace {
    /// By the order of calls without a key, from 0.
    Call(usize),
    /// By its key.
    Key(String),
}

impl fmt::Display for TaskPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(number) => write!(f, "call {number}"),
            Self::Key(key) => write!(f, "key `{key}`"),
        }
    }
}

/// One call of a task.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) spec: TaskSpec,
    pub(super) place: TaskPlace,
    /// A digest of the argument.
    pub(super) argument: String,
    /// The argument, for watchers.
    pub(super) input: Value,
}

impl Call {
    pub(super) fn task(&self) -> &str {
        &self.spec.name
    }

    /// The name of its record: unique in the node.
    pub(super) fn record_name(&self) -> String {
        match &self.place {
            TaskPlace::Call(number) => format!("#task{number}"),
            // With its length, so that no two names and keys make one.
            TaskPlace::Key(key) => {
                let name = &self.spec.name;
                format!("#task:{}:{name}:{key}", name.len())
            }
        }
    }
}

/// An argument as JSON with sorted keys, so that equal ones are equal.
pub(super) fn plain<A: Serialize + ?Sized>(task: &str, argument: &A) -> NodeResult<Value> {
    let mut plain = serde_json::to_value(argument).map_err(|source| {
        let what = format!("the argument of task `{task}`");
        NodeError::fatal(CodecError::encoding(what, source))
    })?;
    plain.sort_all_objects();
    Ok(plain)
}

/// What is recorded of an argument.
pub(super) fn digest(plain: &Value) -> String {
    derive_key("agentflow task argument v1", &[&plain.to_string()])[..32].to_owned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::collections::HashMap;

    use super::*;

    #[test]
    fn records_of_different_calls_have_different_names() {
        let call = |name: &str, place| Call {
            spec: TaskSpec::new(name),
            place,
            argument: String::new(),
            input: Value::Null,
        };
        let key = |key: &str| TaskPlace::Key(key.to_owned());
        let calls = [
            call("a", TaskPlace::Call(0)),
            call("a", TaskPlace::Call(1)),
            call("a", key("b:c")),
            call("a:b", key("c")),
            call("0", key("")),
        ];
        let names = calls.iter().map(Call::record_name);
        let names: std::collections::BTreeSet<String> = names.collect();
        assert_eq!(names.len(), calls.len(), "{names:?}");
    }

    #[test]
    fn an_argument_is_told_by_what_it_holds_and_not_by_the_order_of_its_keys() {
        fn of<A: Serialize + ?Sized>(argument: &A) -> String {
            digest(&plain("t", argument).unwrap())
        }
        let map = |range: Vec<u32>| {
            let pairs = range.into_iter().map(|n| (n.to_string(), n));
            of(&pairs.collect::<HashMap<_, _>>())
        };
        assert_eq!(map((0..40).collect()), map((0..40).rev().collect()));
        let others = [of(""), of(&0), of("0"), of(&()), of(&[0])];
        let different: std::collections::BTreeSet<&String> = others.iter().collect();
        assert_eq!(different.len(), others.len());
    }
}
