//! `#[derive(State)]`, and nothing else.

mod attributes;
mod expand;

use proc_macro::TokenStream;

/// Makes a struct with named fields the state of a graph.
///
/// Each field may have `#[state(reducer = …)]`: `append`, `add`, `merge`, `union`
/// or `any` from the library, or the path of a `fn(&mut T, T)`. The struct may have
/// `#[state(version = 2)]` when its fields change their meaning. It makes the
/// struct `XUpdate` of partial writes, with one method per field, and `X::update()`.
#[proc_macro_derive(State, attributes(state))]
pub fn derive_state(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::state(&input).into()
}
