//! Why a model gave no value of the type that it was asked for.

use crate::{ModelError, Usage};

/// Why a model gave no value of the type that it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StructuredError {
    /// The type cannot be said in the strict form of schema that providers hold models to.
    /// Nothing was asked.
    #[error(
        "the type `{type_name}` has no strict schema: {} {problem}; change the type, or ask with `schema_in_prompt`",
        Place(place)
    )]
    Schema {
        /// The type's name in its schema.
        type_name: String,
        /// The field, such as `items[].price`; empty for the type itself.
        place: String,
        /// What is in the way there.
        problem: SchemaProblem,
    },
    /// The model gave no answer at all.
    #[error("the model was asked for a `{type_name}` and gave no answer")]
    Model {
        /// The type's name in its schema.
        type_name: String,
        /// Why not.
        source: Box<ModelError>,
        /// What the rounds before cost.
        usage: Usage,
    },
    /// No reply fitted, though the model was told what was wrong with the one before.
    #[error(
        "no `{type_name}` came in {rounds} rounds; the last reply {problem}; it starts with `{start}`"
    )]
    Misfit {
        /// The type's name in its schema.
        type_name: String,
        /// How often the model was asked.
        rounds: u32,
        /// What is wrong with the last reply.
        #[source]
        problem: ReplyMisfit,
        /// The start of the last reply.
        start: String,
        /// What all rounds cost.
        usage: Usage,
    },
    /// The model declined.
    #[error("the model refused to give a `{type_name}`: `{start}`; ask for something else")]
    Refused {
        /// The type's name in its schema.
        type_name: String,
        /// The start of its words.
        start: String,
        /// What all rounds cost.
        usage: Usage,
    },
    /// The reply ran into the token limit before it was whole.
    #[error(
        "the reply was cut off by the token limit before a `{type_name}` was whole; allow more with `max_tokens` or ask for less; it starts with `{start}`"
    )]
    CutOff {
        /// The type's name in its schema.
        type_name: String,
        /// The start of the reply.
        start: String,
        /// What all rounds cost.
        usage: Usage,
    },
    /// A filter of the provider cut the reply off.
    #[error(
        "a content filter cut the reply off before a `{type_name}` was whole; rephrase the request"
    )]
    Filtered {
        /// The type's name in its schema.
        type_name: String,
        /// What all rounds cost.
        usage: Usage,
    },
    /// The model called a tool instead of answering.
    #[error(
        "the model called `{tool}` where a `{type_name}` was asked for; offer it no tools, or let an agent answer them first"
    )]
    CalledTool {
        /// The type's name in its schema.
        type_name: String,
        /// The first tool that it called.
        tool: String,
        /// What all rounds cost.
        usage: Usage,
    },
}

impl StructuredError {
    /// Whether the same request may succeed later without anyone changing anything. A model
    /// that was told what is wrong and still does not fit seldom does later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Model { source, .. } if source.is_retryable())
    }

    /// What was spent in vain: the replies of all rounds.
    #[must_use]
    pub fn usage(&self) -> Usage {
        match self {
            Self::Schema { .. } => Usage::default(),
            Self::Model { usage, .. }
            | Self::Misfit { usage, .. }
            | Self::Refused { usage, .. }
            | Self::CutOff { usage, .. }
            | Self::Filtered { usage, .. }
            | Self::CalledTool { usage, .. } => *usage,
        }
    }
}

/// What a strict schema cannot say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaProblem {
    /// A map, whose keys are not known before.
    #[error("is a map, whose keys no strict schema can name; use a list of pairs with names")]
    Map,
    /// A list whose places have types of their own.
    #[error("is a tuple; use a struct")]
    Tuple,
    /// Nothing is said about the value.
    #[error("may be anything; say what it is")]
    Anything,
    /// Fields beside a choice between forms.
    #[error("has fields flattened with a choice between forms; give the choice a field of its own")]
    Flattened,
    /// A keyword that has no strict form.
    #[error("uses the keyword `{keyword}`")]
    Keyword {
        /// The keyword.
        keyword: String,
    },
}

/// Why a reply is no value of the type. The text is written for the model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyMisfit {
    /// There are no words.
    #[error("is empty")]
    Empty,
    /// The text is JSON, but not an object.
    #[error("is JSON but no JSON object")]
    NotAnObject,
    /// There is no JSON object in the text.
    #[error("holds no JSON object")]
    NoObject,
    /// What begins as an object is not a JSON object.
    #[error("holds no valid JSON object: {source}")]
    NotJson {
        /// Where it breaks.
        source: serde_json::Error,
    },
    /// The object is not of the type.
    #[error("holds an object that does not fit the schema: {source}")]
    DoesNotFit {
        /// Which field, and why.
        source: serde_json::Error,
    },
    /// Several objects, of which not exactly one fits.
    #[error("holds {objects} JSON objects, of which {fitting} fit the schema")]
    Several {
        /// How many objects stand beside each other.
        objects: usize,
        /// How many of them are of the type.
        fitting: usize,
    },
}

/// A field by its name, or the type.
struct Place<'a>(&'a str);

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            "" => f.write_str("it"),
            field => write!(f, "its field `{field}`"),
        }
    }
}
