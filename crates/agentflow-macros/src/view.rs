//! Generates a view's impl.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Error};

use crate::names::{at, core_path, plain};
use crate::part::Part;

pub(crate) fn view(input: &DeriveInput) -> Result<TokenStream, Error> {
    let Part { of, fields } = Part::parse(input, "view", "a view")?;
    let (core, name) = (core_path(), &input.ident);
    let names = fields.iter().map(|field| plain(field));
    let copies = fields.iter().map(|field| {
        // What is wrong with a field is told where the field is.
        quote_spanned!(at(field)=> #field: ::core::clone::Clone::clone(&state.#field))
    });
    Ok(quote! {
        #[automatically_derived]
        impl #core::View<#of> for #name {
            const FIELDS: ::core::option::Option<&'static [&'static str]> =
                ::core::option::Option::Some(&[#(#names),*]);

            #[allow(unused_variables)]
            fn view(state: &#of) -> Self {
                Self { #(#copies),* }
            }
        }
    })
}
