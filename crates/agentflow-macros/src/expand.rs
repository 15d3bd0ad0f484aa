//! Generates the state's impl and its update.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, GenericArgument, Ident, PathArguments, Type};

use crate::attributes::{ReducerChoice, StateField, StateStruct, parse};

pub(crate) fn state(input: &DeriveInput) -> TokenStream {
    match parse(input) {
        Ok(parsed) => generate(input, &parsed),
        // With an empty update beside the error, the struct's uses do not each add
        // an error of their own.
        Err(error) => {
            let stub = StateStruct {
                version: 1,
                fields: Vec::new(),
            };
            let (message, stub) = (error.to_compile_error(), generate(input, &stub));
            if input.generics.params.is_empty() {
                quote!(#message #stub)
            } else {
                message
            }
        }
    }
}

fn generate(input: &DeriveInput, parsed: &StateStruct) -> TokenStream {
    let core = core_path();
    let (name, vis) = (&input.ident, &input.vis);
    let update = format_ident!("{name}Update");
    let update_struct = update_struct(&core, vis, name, &update, &parsed.fields);
    let methods = parsed.fields.iter().map(|field| update_methods(vis, field));
    let state_impl = state_impl(&core, name, &update, parsed);
    let update_impl = update_impl(&core, name, &update, &parsed.fields);
    let doc = format!("A partial write to a [`{name}`] that writes nothing yet.");
    quote! {
        #update_struct
        #[automatically_derived]
        impl #name {
            #[doc = #doc]
            #[must_use]
            #[allow(dead_code)]
            #vis fn update() -> #update {
                ::core::default::Default::default()
            }
        }
        #[automatically_derived]
        #[allow(dead_code)]
        impl #update {
            #(#methods)*
        }
        #state_impl
        #update_impl
        #[automatically_derived]
        impl ::core::convert::From<#update> for #core::Command<#name> {
            fn from(update: #update) -> Self {
                Self::update(update)
            }
        }
        #[automatically_derived]
        impl ::core::convert::From<#update> for #core::RunInput<#name> {
            fn from(update: #update) -> Self {
                Self::update(update)
            }
        }
    }
}

/// The library under the name that the user's manifest gives it.
fn core_path() -> TokenStream {
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

fn update_struct(
    core: &TokenStream,
    vis: &syn::Visibility,
    name: &Ident,
    update: &Ident,
    fields: &[StateField],
) -> TokenStream {
    let idents = fields.iter().map(|field| &field.ident);
    let types = fields.iter().map(|field| &field.ty);
    let doc = format!("A partial write to a [`{name}`].");
    let is_empty = format!("{core}::state::Writes::is_empty").replace(' ', "");
    let serde = format!("{core}::derive_support::serde").replace(' ', "");
    quote! {
        #[doc = #doc]
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            ::core::default::Default,
            #core::derive_support::serde::Serialize,
            #core::derive_support::serde::Deserialize,
        )]
        #[serde(crate = #serde)]
        #[must_use = "an update writes when a node returns it"]
        #vis struct #update {
            #(
                #[serde(default, skip_serializing_if = #is_empty)]
                #idents: #core::state::Writes<#types>,
            )*
        }
    }
}

/// One method to write a field, and where writes fold one to overwrite it.
fn update_methods(vis: &syn::Visibility, field: &StateField) -> TokenStream {
    let (ident, ty) = (&field.ident, &field.ty);
    let doc = format!("Writes `{ident}`.");
    let (argument, value) = match &field.reducer {
        ReducerChoice::Library(reducer) if reducer == "append" => (
            quote!(impl ::core::iter::IntoIterator<
                Item = impl ::core::convert::Into<<#ty as ::core::iter::IntoIterator>::Item>,
            >),
            quote!(value.into_iter().map(::core::convert::Into::into).collect()),
        ),
        ReducerChoice::Last if is_path(ty, "Option") || is_path(ty, "String") => (
            quote!(impl ::core::convert::Into<#ty>),
            quote!(value.into()),
        ),
        _ => (quote!(#ty), quote!(value)),
    };
    let overwrite = (!matches!(field.reducer, ReducerChoice::Last)).then(|| {
        let name = format_ident!("overwrite_{ident}");
        let doc = format!("Replaces `{ident}` and all other writes to it in the superstep.");
        quote! {
            #[doc = #doc]
            #vis fn #name(mut self, value: #ty) -> Self {
                self.#ident.overwrite(value);
                self
            }
        }
    });
    quote_spanned! {ty.span()=>
        #[doc = #doc]
        #vis fn #ident(mut self, value: #argument) -> Self {
            self.#ident.put(#value);
            self
        }
        #overwrite
    }
}

fn state_impl(
    core: &TokenStream,
    name: &Ident,
    update: &Ident,
    parsed: &StateStruct,
) -> TokenStream {
    let version = parsed.version;
    let places: Vec<usize> = (0..parsed.fields.len()).collect();
    let idents: Vec<&Ident> = parsed.fields.iter().map(|field| &field.ident).collect();
    let names: Vec<String> = idents.iter().map(|ident| plain(ident)).collect();
    let whats: Vec<String> = names
        .iter()
        .map(|field| format!("field `{field}` of `{name}`"))
        .collect();
    let foldings = parsed.fields.iter().map(|field| match field.reducer {
        ReducerChoice::Last => quote!(Single),
        _ => quote!(Reduced),
    });
    let folds = parsed.fields.iter().map(|field| match &field.reducer {
        ReducerChoice::Last => quote!(|value, write| *value = write),
        ReducerChoice::Library(reducer) => quote!(#core::state::reducer::#reducer),
        ReducerChoice::Custom(path) => quote!(#path),
    });
    quote! {
        #[automatically_derived]
        impl #core::State for #name {
            type Update = #update;
            const VERSION: u32 = #version;
            const FIELDS: &'static [#core::state::FieldSpec] = &[
                #(#core::state::FieldSpec {
                    name: #names,
                    folding: #core::state::Folding::#foldings,
                },)*
            ];

            fn into_update(self) -> #update {
                #[allow(unused_mut)]
                let mut update = #update::default();
                #(update.#idents.put(self.#idents);)*
                update
            }

            #[allow(unused_variables)]
            fn apply(&mut self, update: #update, surveyed: &#core::state::Surveyed) {
                #(update.#idents.fold_into(&mut self.#idents, #places, surveyed, #folds);)*
            }

            fn encode_field(
                &self,
                field: usize,
            ) -> ::core::result::Result<::std::vec::Vec<u8>, #core::checkpoint::CodecError> {
                match field {
                    #(#places => #core::derive_support::serde_json::to_vec(&self.#idents)
                        .map_err(|source| #core::checkpoint::CodecError::encoding(#whats, source)),)*
                    _ => ::core::unreachable!("a field's place is below the number of fields"),
                }
            }

            #[allow(unused_variables)]
            fn decode_field(
                &mut self,
                field: usize,
                bytes: &[u8],
            ) -> ::core::result::Result<(), #core::checkpoint::CodecError> {
                match field {
                    #(#places => {
                        self.#idents = #core::derive_support::serde_json::from_slice(bytes)
                            .map_err(|source| #core::checkpoint::CodecError::decoding(#whats, source))?;
                        ::core::result::Result::Ok(())
                    })*
                    _ => ::core::unreachable!("a field's place is below the number of fields"),
                }
            }
        }
    }
}

fn update_impl(
    core: &TokenStream,
    name: &Ident,
    update: &Ident,
    fields: &[StateField],
) -> TokenStream {
    let idents = fields.iter().map(|field| &field.ident);
    let places = 0..fields.len();
    quote! {
        #[automatically_derived]
        impl #core::Update for #update {
            #[allow(unused_variables)]
            fn survey(
                &self,
                surveyed: &mut #core::state::Surveyed,
            ) -> ::core::result::Result<(), #core::state::WriteConflict> {
                #(self.#idents.survey(
                    #places,
                    &<#name as #core::State>::FIELDS[#places],
                    surveyed,
                )?;)*
                ::core::result::Result::Ok(())
            }
        }
    }
}

/// A field's name without the mark of a raw identifier.
fn plain(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

/// Whether a type is written as `name` or `name<…>`, by its last segment.
fn is_path(ty: &Type, name: &str) -> bool {
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
