//! Generates what makes an input an update.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Error};

use crate::names::{at, core_path};
use crate::part::Part;

pub(crate) fn input(input: &DeriveInput) -> Result<TokenStream, Error> {
    let Part { of, fields } = Part::parse(input, "input", "an input")?;
    let (core, name) = (core_path(), &input.ident);
    let update = quote!(<#of as #core::State>::Update);
    let writes = fields.iter().map(|field| {
        // What is wrong with a field is told where the field is.
        quote_spanned!(at(field)=> let update = update.#field(input.#field);)
    });
    Ok(quote! {
        #[automatically_derived]
        impl ::core::convert::From<#name> for #update {
            #[allow(unused_variables)]
            fn from(input: #name) -> Self {
                let update: #update = ::core::default::Default::default();
                #(#writes)*
                update
            }
        }
        #[automatically_derived]
        impl ::core::convert::From<#name> for #core::RunInput<#of> {
            fn from(input: #name) -> Self {
                Self::update(::core::convert::From::from(input))
            }
        }
    })
}
