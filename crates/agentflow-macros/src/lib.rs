//! The derives of `State`, of its views and of its inputs, and nothing else.

mod attributes;
mod field;
mod input;
mod names;
mod part;
mod state;
mod update;
mod view;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct with named fields the state of a graph.
///
/// It makes the struct `XUpdate` of partial writes, with a method per field, and
/// `X::update()`, which writes nothing yet. A field with a reducer also has
/// `overwrite_…`, which replaces the value and all other writes of the superstep.
///
/// # Attributes of a field
///
/// | `#[state(…)]` | what it does |
/// |---|---|
/// | none | the last write stays; two writes in one superstep are an error |
/// | `reducer = append` | adds the items of the write to a `Vec` |
/// | `reducer = add` | `+=` |
/// | `reducer = merge` | joins maps, the write's entries win |
/// | `reducer = union` | joins sets |
/// | `reducer = any` | the last write in task order stays, however many there are |
/// | `reducer = messages` | adds, replaces and removes messages by their ids, on a `Vec` of what is `Identified` |
/// | `reducer = path` | a function of your own: `fn(&mut T, T)`, deterministic; it may return `Result<(), E>` to refuse a write |
/// | `write = W` | with a reducer of your own: it is `fn(&mut T, W)`. A whole state as input needs `W: From<T>` |
/// | `ephemeral` | the value lives for one superstep: one that does not write it sets it back to `Default` |
/// | `untracked` | no checkpoint holds the value, so its type needs neither `Serialize` nor `Deserialize`; a run that goes on elsewhere finds `Default` |
///
/// Several are separated by commas. `reducer = append, ephemeral` is a mailbox that
/// the next superstep reads and that is empty after it (LangGraph's `Topic`), and
/// `reducer = any, ephemeral` holds one such letter (its `AnyValue`).
///
/// # Attributes of the struct
///
/// | `#[state(…)]` | what it does |
/// |---|---|
/// | `version = 2` | the version of the fields' meaning, 1 if unsaid |
/// | `from = EssayV1` | with a `version` above that of `EssayV1`: stored threads of the older version are read as `EssayV1` and become this state by `From`. `EssayV1` may itself say where it comes `from` |
///
/// # Example
///
/// ```ignore
/// #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
/// #[state(version = 2, from = EssayV1)]
/// struct Essay {
///     topic: String,
///     #[state(reducer = append)]
///     notes: Vec<String>,
///     #[state(reducer = highest, write = Scores)]
///     score: u32,
///     #[state(reducer = messages)]
///     messages: Vec<ChatMessage>,
///     #[state(reducer = append, ephemeral)]
///     inbox: Vec<Task>,
///     #[state(untracked)]
///     #[serde(skip)]
///     model: Option<ModelHandle>,
/// }
///
/// fn highest(score: &mut u32, scores: Scores) {
///     *score = scores.0.into_iter().fold(*score, u32::max);
/// }
///
/// impl From<u32> for Scores {
///     fn from(score: u32) -> Self {
///         Self(vec![score])
///     }
/// }
///
/// impl From<EssayV1> for Essay {
///     fn from(old: EssayV1) -> Self {
///         Self { topic: old.title, ..Self::default() }
///     }
/// }
///
/// let update = Essay::update().notes(["a fact"]).score(Scores(vec![3, 5]));
/// ```
#[proc_macro_derive(State, attributes(state))]
pub fn derive_state(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    state::state(&input).into()
}

/// Makes a struct a view of a state: the fields of the same names, cloned.
///
/// | attribute | what it does |
/// |---|---|
/// | `#[view(of = Essay)]` | which state; a view has one |
///
/// ```ignore
/// #[derive(View)]
/// #[view(of = Essay)]
/// struct Topic {
///     topic: String,
/// }
/// ```
#[proc_macro_derive(View, attributes(view))]
pub fn derive_view(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    view::view(&input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Makes a struct an input of a graph: it becomes an update that writes the fields
/// of the same names, as their update methods take them, and no others.
///
/// | attribute | what it does |
/// |---|---|
/// | `#[input(of = Essay)]` | which state; an input has one |
///
/// ```ignore
/// #[derive(Input)]
/// #[input(of = Essay)]
/// struct Question {
///     topic: String,
/// }
///
/// graph.thread("essay-1").invoke(Question { topic: "tides".into() }).await?;
/// ```
#[proc_macro_derive(Input, attributes(input))]
pub fn derive_input(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    input::input(&input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
