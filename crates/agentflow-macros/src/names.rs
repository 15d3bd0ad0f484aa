//! Names: the library's, fields', types' as they are written, and what was meant by
//! a word that is none of those known.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{GenericArgument, Ident, PathArguments, Type};

/// The library under the name that the user's manifest gives it.
pub(crate) fn core_path() -> TokenStream {
    for package in ["agentflow-core", "agentflow"] {
        if let Ok(FoundCrate::Name(name)) = crate_name(package) {
            let name = Ident::new(&name, Span::call_site());
            return quote!(::#name);
        }
    }
    // Inside the library itself, which names itself by `extern crate self`; its tests
    // and examples are other crates that know it by the same name.
    match crate_name("agentflow-core") {
        Ok(_) => quote!(::agentflow_core),
        Err(_) => quote!(::agentflow),
    }
}

/// Names of the derive's own, told of where the user wrote what they are made for.
pub(crate) fn at(place: &impl Spanned) -> Span {
    Span::call_site().located_at(place.span())
}

/// A path of the derive's own, told of where the user wrote what it is made for.
pub(crate) fn path_at(path: TokenStream, here: Span) -> TokenStream {
    let located = |mut token: TokenTree| {
        token.set_span(here);
        token
    };
    path.into_iter().map(located).collect()
}

/// A field's name without the mark of a raw identifier.
pub(crate) fn plain(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

/// A type as a person writes it.
pub(crate) fn written(ty: &Type) -> String {
    let spaced = ty.to_token_stream().to_string();
    let tight = spaced.replace(" ::", "::").replace(":: ", "::");
    let tight = tight.replace(" <", "<").replace("< ", "<");
    tight.replace(" >", ">").replace(" ,", ",")
}

/// Whether a type is written as `name` or `name<…>`, by its last segment.
pub(crate) fn is_path(ty: &Type, name: &str) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last() else {
        return false;
    };
    let fits = match &last.arguments {
        PathArguments::None => true,
        PathArguments::AngleBracketed(arguments) => {
            matches!(arguments.args.first(), Some(GenericArgument::Type(_)))
        }
        PathArguments::Parenthesized(_) => false,
    };
    fits && last.ident == name
}

/// `; did you mean …?` for a word that is nearly one of those known.
pub(crate) fn did_you_mean(word: &str, known: &[&str]) -> String {
    let near = known.iter().find(|name| {
        let shared = name.chars().zip(word.chars()).take_while(|(a, b)| a == b);
        let ends = name.chars().rev().zip(word.chars().rev());
        let shared = shared.count() + ends.take_while(|(a, b)| a == b).count();
        // All but two letters are in place, from the front and from the back.
        shared + 2 >= name.len().max(word.len())
    });
    near.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, written};

    #[test]
    fn a_word_that_is_nearly_known_brings_up_what_was_meant() {
        for (word, want) in [
            ("reduce", "; did you mean `reducer`?"),
            ("reducers", "; did you mean `reducer`?"),
            ("redcuer", "; did you mean `reducer`?"),
            ("ephemral", "; did you mean `ephemeral`?"),
            ("default", ""),
        ] {
            let known = ["reducer", "write", "ephemeral", "untracked"];
            assert_eq!(did_you_mean(word, &known), want, "for `{word}`");
        }
    }

    #[test]
    fn a_type_is_shown_as_a_person_writes_it() {
        for ty in ["Vec<String>", "std::sync::Arc<str>", "HashMap<u8, Vec<T>>"] {
            let parsed = syn::parse_str(ty).map(|parsed| written(&parsed));
            assert_eq!(parsed.ok().as_deref(), Some(ty));
        }
    }
}
