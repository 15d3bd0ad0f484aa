//! Generates the struct of partial writes: its fields, a method for each, how it is
//! stored, shown and read.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, Visibility};

use crate::field::{ReducerChoice, StateField};
use crate::names::{at, is_path, path_at, plain, written};

pub(crate) fn update(
    core: &TokenStream,
    vis: &Visibility,
    name: &Ident,
    update: &Ident,
    fields: &[StateField],
) -> TokenStream {
    let declared = declared(core, vis, name, update, fields);
    let methods = fields.iter().map(|field| methods(core, vis, field));
    let serialized = serialized(core, update, fields);
    let update_impl = update_impl(core, name, update, fields);
    quote! {
        #declared
        #[automatically_derived]
        #[allow(dead_code)]
        impl #update {
            #(#methods)*
        }
        #serialized
        #update_impl
    }
}

/// What a field's reducer takes.
pub(crate) fn write_type(core: &TokenStream, field: &StateField) -> TokenStream {
    let ty = &field.ty;
    match &field.write {
        Some(write) => quote!(#write),
        None if field.is_messages() => {
            let message = item(field);
            quote_spanned!(at(ty)=> #core::state::MessageWrites<#message>)
        }
        None => quote!(#ty),
    }
}

/// The item of a field that is a list.
fn item(field: &StateField) -> TokenStream {
    let ty = &field.ty;
    quote_spanned!(at(ty)=> <#ty as ::core::iter::IntoIterator>::Item)
}

/// A field's place as the library's errors name it.
pub(crate) fn place(core: &TokenStream, name: &Ident, field: &StateField) -> TokenStream {
    let (state, field_name) = (plain(name), plain(&field.ident));
    let ty = written(field.write.as_ref().unwrap_or(&field.ty));
    quote! {
        #core::derive_support::Place { state: #state, field: #field_name, ty: #ty }
    }
}

fn declared(
    core: &TokenStream,
    vis: &Visibility,
    name: &Ident,
    update: &Ident,
    fields: &[StateField],
) -> TokenStream {
    let doc = format!("A partial write to a [`{name}`].");
    let serde = format!("{core}::derive_support::serde").replace(' ', "");
    let (update_name, idents) = (plain(update), fields.iter().map(|field| &field.ident));
    let writes = fields.iter().map(|field| {
        let (ident, ty, write) = (&field.ident, &field.ty, write_type(core, field));
        let stored = if field.is_untracked() {
            quote!(skip)
        } else {
            quote!(default)
        };
        let writes = path_at(quote!(#core::state::Writes), at(ty));
        quote_spanned!(at(ty)=> #[serde(#stored)] #ident: #writes<#ty, #write>)
    });
    let shown = fields.iter().map(|field| {
        let (ident, name) = (&field.ident, plain(&field.ident));
        if field.is_untracked() {
            quote!(.field(#name, &#core::derive_support::unprinted(&self.#ident)))
        } else {
            quote!(.field(#name, &self.#ident))
        }
    });
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, #core::derive_support::serde::Deserialize)]
        #[serde(crate = #serde)]
        #[must_use = "an update writes when a node returns it"]
        #vis struct #update {
            #(#writes,)*
        }
        #[automatically_derived]
        impl ::core::default::Default for #update {
            #[inline]
            fn default() -> Self {
                Self { #(#idents: ::core::default::Default::default(),)* }
            }
        }
        #[automatically_derived]
        impl ::core::fmt::Debug for #update {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#update_name) #(#shown)* .finish()
            }
        }
    }
}

/// One method to write a field, and where writes fold one to overwrite it.
fn methods(core: &TokenStream, vis: &Visibility, field: &StateField) -> TokenStream {
    let (ident, ty) = (&field.ident, &field.ty);
    let doc = format!("Writes `{ident}`.");
    let (argument, value) = argument(core, field);
    let overwrite = (!matches!(field.reducer, ReducerChoice::Last)).then(|| {
        let name = format_ident!("overwrite_{ident}");
        let doc = format!("Replaces `{ident}` and all other writes to it in the superstep.");
        let value = if field.is_messages() {
            quote!(#core::derive_support::identified(value))
        } else {
            quote!(value)
        };
        quote! {
            #[doc = #doc]
            #[inline]
            #vis fn #name(mut self, value: #ty) -> Self {
                self.#ident.overwrite(#value);
                self
            }
        }
    });
    quote_spanned! {at(ty)=>
        #[doc = #doc]
        #[inline]
        #vis fn #ident(mut self, value: #argument) -> Self {
            self.#ident.put(#value);
            self
        }
        #overwrite
    }
}

/// What a field's method takes, and how that becomes a write.
fn argument(core: &TokenStream, field: &StateField) -> (TokenStream, TokenStream) {
    let into_items = |item: TokenStream| quote!(impl ::core::iter::IntoIterator<Item = impl ::core::convert::Into<#item>>);
    let ty = &field.ty;
    match &field.reducer {
        ReducerChoice::Library(reducer) if reducer == "append" => (
            into_items(item(field)),
            quote!(value.into_iter().map(::core::convert::Into::into).collect()),
        ),
        ReducerChoice::Library(reducer) if reducer == "messages" => {
            let message = item(field);
            (
                into_items(quote!(#core::state::MessageWrite<#message>)),
                quote!(value.into_iter().collect()),
            )
        }
        ReducerChoice::Last if is_path(ty, "Option") || is_path(ty, "String") => (
            quote!(impl ::core::convert::Into<#ty>),
            quote!(value.into()),
        ),
        _ => (write_type(core, field), quote!(value)),
    }
}

/// By hand rather than by a derive, so that an error names its field.
fn serialized(core: &TokenStream, update: &Ident, fields: &[StateField]) -> TokenStream {
    let serde = quote!(#core::derive_support::serde);
    let stored: Vec<_> = fields
        .iter()
        .filter(|field| !field.is_untracked())
        .collect();
    let idents: Vec<_> = stored.iter().map(|field| &field.ident).collect();
    let each = stored.iter().map(|field| {
        let (ident, name) = (&field.ident, plain(&field.ident));
        quote_spanned! {at(&field.ty)=>
            if !self.#ident.is_empty() {
                #serde::ser::SerializeStruct::serialize_field(&mut fields, #name, &self.#ident)
                    .map_err(#core::derive_support::in_field(#name))?;
            }
        }
    });
    let name = plain(update);
    quote! {
        #[automatically_derived]
        impl #serde::Serialize for #update {
            fn serialize<__S: #serde::Serializer>(
                &self,
                serializer: __S,
            ) -> ::core::result::Result<__S::Ok, __S::Error> {
                let written = 0_usize #(+ ::core::primitive::usize::from(!self.#idents.is_empty()))*;
                #[allow(unused_mut)]
                let mut fields =
                    #serde::Serializer::serialize_struct(serializer, #name, written)?;
                #(#each)*
                #serde::ser::SerializeStruct::end(fields)
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
    let (support, codec_error) = (
        quote!(#core::derive_support),
        quote!(#core::checkpoint::CodecError),
    );
    let idents: Vec<&Ident> = fields.iter().map(|field| &field.ident).collect();
    let places = 0..fields.len();
    let stored = || fields.iter().filter(|field| !field.is_untracked());
    let describe = stored().map(|field| {
        let (ident, place) = (&field.ident, place(core, name, field));
        let describe = format_ident!("{}", plain_form("describe", field));
        quote_spanned! {at(&field.ty)=>
            #support::#describe(&mut described, #place, &self.#ident)?;
        }
    });
    let read = stored().map(|field| {
        let (ident, place) = (&field.ident, place(core, name, field));
        let (put, name) = (
            format_ident!("{}", plain_form("put_plain", field)),
            plain(ident),
        );
        quote_spanned! {at(&field.ty)=>
            #name => #support::#put(&mut update.#ident, #place, value)?,
        }
    });
    let state = plain(name);
    let growing = || {
        let all = fields.iter().enumerate();
        all.filter(|(_, field)| field.grows())
    };
    let growth = growing().map(|(_, field)| {
        let ident = &field.ident;
        quote!(growth.#ident = ::core::clone::Clone::clone(&self.#ident);)
    });
    let encode_growth = growing().map(|(number, field)| {
        let (ident, place) = (&field.ident, place(core, name, field));
        quote_spanned! {at(&field.ty)=>
            #number => #support::encode_growth(#place, &self.#ident),
        }
    });
    quote! {
        #[automatically_derived]
        #[allow(unused_variables, unused_mut, unreachable_code)]
        impl #core::Update for #update {
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

            fn append(&mut self, other: Self) {
                #(self.#idents.append(other.#idents);)*
            }

            fn is_empty(&self) -> bool {
                true #(&& self.#idents.is_empty())*
            }

            fn growth(&self) -> Self {
                let mut growth = Self::default();
                #(#growth)*
                growth
            }

            fn encode_growth(
                &self,
                field: usize,
            ) -> ::core::result::Result<
                ::core::option::Option<::std::vec::Vec<u8>>,
                #codec_error,
            > {
                match field {
                    #(#encode_growth)*
                    _ => ::core::result::Result::Ok(::core::option::Option::None),
                }
            }

            fn describe(&self) -> ::core::result::Result<#support::Described, #codec_error> {
                let mut described = #support::Described::new();
                #(#describe)*
                ::core::result::Result::Ok(described)
            }

            fn from_json(
                fields: #support::serde_json::Map<
                    ::std::string::String,
                    #support::serde_json::Value,
                >,
            ) -> ::core::result::Result<Self, #codec_error> {
                let mut update = Self::default();
                for (field, value) in fields {
                    match field.as_str() {
                        #(#read)*
                        unknown => {
                            return ::core::result::Result::Err(#support::no_such_field(
                                #state,
                                unknown,
                                <#name as #core::State>::FIELDS,
                            ));
                        }
                    }
                }
                ::core::result::Result::Ok(update)
            }
        }
    }
}

/// The library's function for a field's plain form, of which messages have their own.
fn plain_form(function: &str, field: &StateField) -> String {
    if field.is_messages() {
        format!("{function}_messages")
    } else {
        function.to_owned()
    }
}
