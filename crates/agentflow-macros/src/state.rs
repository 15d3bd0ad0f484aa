//! Generates the state's impl, and everything that belongs to a state.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{DeriveInput, Ident, Path};

use crate::attributes::{StateStruct, parse};
use crate::field::{LIBRARY, LifetimeChoice, ReducerChoice, StateField};
use crate::names::{at, core_path, path_at, plain};
use crate::update::{place, update, write_type};

pub(crate) fn state(input: &DeriveInput) -> TokenStream {
    match parse(input) {
        Ok(parsed) => generate(input, &parsed),
        // With an empty update beside the error, the struct's uses do not each add
        // an error of their own.
        Err(error) => {
            let message = error.to_compile_error();
            let stub = generate(input, &StateStruct::stub());
            if input.generics.params.is_empty() {
                quote!(#message #stub)
            } else {
                message
            }
        }
    }
}

fn generate(input: &DeriveInput, parsed: &StateStruct) -> TokenStream {
    let (core, name, vis) = (core_path(), &input.ident, &input.vis);
    let update_name = format_ident!("{name}Update");
    let update = update(&core, vis, name, &update_name, &parsed.fields);
    let state_impl = state_impl(&core, name, &update_name, parsed);
    let doc = format!("A partial write to a [`{name}`] that writes nothing yet.");
    quote! {
        #update
        #[automatically_derived]
        impl #name {
            #[doc = #doc]
            #[must_use]
            #[allow(dead_code)]
            #vis fn update() -> #update_name {
                ::core::default::Default::default()
            }
        }
        #state_impl
        #[automatically_derived]
        impl ::core::convert::From<#name> for #update_name {
            fn from(state: #name) -> Self {
                #core::State::into_update(state)
            }
        }
        #[automatically_derived]
        impl ::core::convert::From<#update_name> for #core::Command<#name> {
            fn from(update: #update_name) -> Self {
                Self::update(update)
            }
        }
        #[automatically_derived]
        impl ::core::convert::From<#update_name> for #core::RunInput<#name> {
            fn from(update: #update_name) -> Self {
                Self::update(update)
            }
        }
    }
}

fn state_impl(
    core: &TokenStream,
    name: &Ident,
    update: &Ident,
    parsed: &StateStruct,
) -> TokenStream {
    let version = parsed.version;
    let fields = &parsed.fields;
    let specs = fields.iter().map(|field| spec(core, field));
    let reducers = fields.iter().filter_map(|field| reducer(core, field));
    let refusals = fields.iter().filter_map(|field| {
        let fold = fold_name(field)?;
        Some(quote!(|| #core::derive_support::can_refuse(#fold)))
    });
    let writes = fields.iter().map(into_write);
    let folds = fields.iter().enumerate().map(|(number, field)| {
        let ident = &field.ident;
        let fold = match fold_name(field) {
            Some(fold) => quote!(#fold),
            None => quote!(|value, write| *value = write),
        };
        quote! {
            update.#ident.fold_into(
                &mut self.#ident,
                #number,
                &<Self as #core::State>::FIELDS[#number],
                surveyed,
                #fold,
            )?;
        }
    });
    let deltas = fields.iter().enumerate().map(|(number, field)| {
        let ident = &field.ident;
        quote! {
            #ident: written.#ident.into_delta(
                &self.#ident,
                &<Self as #core::State>::FIELDS[#number],
            ),
        }
    });
    let resets = resets(fields);
    let codec = codec(core, name, fields);
    let migration = parsed
        .from
        .as_ref()
        .map(|from| migration(core, name, from, parsed));
    quote! {
        const _: () = {
            #(#reducers)*

            #[automatically_derived]
            impl #core::State for #name {
                type Update = #update;
                const VERSION: u32 = #version;
                const FIELDS: &'static [#core::state::FieldSpec] = &[#(#specs,)*];
                const CAN_REFUSE: bool = false #(#refusals)*;

                fn into_update(self) -> #update {
                    #[allow(unused_mut)]
                    let mut update = #update::default();
                    #(#writes)*
                    update
                }

                #[inline]
                #[allow(unused_variables)]
                fn apply(
                    &mut self,
                    update: #update,
                    surveyed: &#core::state::Surveyed,
                ) -> ::core::result::Result<(), #core::state::ReducerError> {
                    #(#folds)*
                    ::core::result::Result::Ok(())
                }

                #[allow(unused_variables)]
                fn delta(&self, written: #update) -> #update {
                    #update {
                        #(#deltas)*
                    }
                }

                #resets
                #codec
                #migration
            }
        };
    }
}

fn spec(core: &TokenStream, field: &StateField) -> TokenStream {
    let name = plain(&field.ident);
    let grows = field.grows();
    let folding = match field.reducer {
        ReducerChoice::Last => quote!(Single),
        _ => quote!(Reduced),
    };
    let lifetime = match field.lifetime {
        LifetimeChoice::Kept => quote!(Kept),
        LifetimeChoice::Ephemeral => quote!(Ephemeral),
        LifetimeChoice::Untracked => quote!(Untracked),
    };
    quote! {
        #core::state::FieldSpec {
            name: #name,
            folding: #core::state::Folding::#folding,
            lifetime: #core::state::Lifetime::#lifetime,
            grows: #grows,
        }
    }
}

fn fold_name(field: &StateField) -> Option<Ident> {
    match field.reducer {
        ReducerChoice::Last => None,
        _ => Some(format_ident!("__fold_{}", plain(&field.ident))),
    }
}

/// A function that calls the reducer, so that what does not fit is told once, at the
/// reducer's name in the attribute.
fn reducer(core: &TokenStream, field: &StateField) -> Option<TokenStream> {
    let fold = fold_name(field)?;
    let (ty, write) = (&field.ty, write_type(core, field));
    let library = LIBRARY.map(|name| Ident::new(name, Span::call_site()));
    let (here, path, imports) = match &field.reducer {
        ReducerChoice::Last => return None,
        ReducerChoice::Library(name) => {
            let path = path_at(quote!(#core::state::reducer::#name), at(name));
            (at(name), path, None)
        }
        // In scope, so that the compiler proposes them for a name it does not know.
        ReducerChoice::Custom(path) => (
            at(path),
            quote!(#path),
            Some(quote! {
                #[allow(unused_imports)]
                use #core::state::reducer::{#(#library),*};
            }),
        ),
    };
    let returned = quote_spanned!(here=> impl #core::state::Folded + use<>);
    let call = quote_spanned!(here=> #path(value, write));
    Some(quote! {
        #[inline]
        fn #fold(value: &mut #ty, write: #write) -> #returned {
            #imports
            #call
        }
    })
}

/// A field of a whole state as a write.
fn into_write(field: &StateField) -> TokenStream {
    let ident = &field.ident;
    let value = match &field.write {
        Some(write) => {
            quote_spanned!(at(write)=> <#write as ::core::convert::From<_>>::from(self.#ident))
        }
        None if field.is_messages() => quote!(::core::convert::From::from(self.#ident)),
        None => quote!(self.#ident),
    };
    quote!(update.#ident.put(#value);)
}

fn resets(fields: &[StateField]) -> TokenStream {
    let ephemeral = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.lifetime == LifetimeChoice::Ephemeral);
    let arms = ephemeral.map(|(number, field)| {
        let (ident, ty) = (&field.ident, &field.ty);
        let fresh = quote_spanned!(at(ty)=> <#ty as ::core::default::Default>::default());
        quote!(#number => self.#ident = #fresh,)
    });
    quote! {
        fn reset_field(&mut self, field: usize) {
            match field {
                #(#arms)*
                _ => ::core::unreachable!("only an ephemeral field is reset"),
            }
        }
    }
}

fn codec(core: &TokenStream, name: &Ident, fields: &[StateField]) -> TokenStream {
    let stored = || {
        let all = fields.iter().enumerate();
        all.filter(|(_, field)| !field.is_untracked())
    };
    let encode = stored().map(|(number, field)| {
        let (ident, place) = (&field.ident, place(core, name, field));
        quote_spanned!(at(&field.ty)=> #number => #core::derive_support::encode(#place, &self.#ident),)
    });
    let decode = stored().map(|(number, field)| {
        let (ident, place) = (&field.ident, place(core, name, field));
        quote_spanned!(at(&field.ty)=> #number => self.#ident = #core::derive_support::decode(#place, bytes)?,)
    });
    let grow = grow(core, name, fields);
    quote! {
        #grow

        fn encode_field(
            &self,
            field: usize,
        ) -> ::core::result::Result<::std::vec::Vec<u8>, #core::checkpoint::CodecError> {
            match field {
                #(#encode)*
                _ => ::core::unreachable!("only a stored field is encoded"),
            }
        }

        #[allow(unused_variables, unreachable_code)]
        fn decode_field(
            &mut self,
            field: usize,
            bytes: &[u8],
        ) -> ::core::result::Result<(), #core::checkpoint::CodecError> {
            match field {
                #(#decode)*
                _ => ::core::unreachable!("only a stored field is decoded"),
            }
            ::core::result::Result::Ok(())
        }
    }
}

/// Nothing if no field grows.
fn grow(core: &TokenStream, name: &Ident, fields: &[StateField]) -> Option<TokenStream> {
    let growing = fields.iter().enumerate();
    let growing: Vec<_> = growing.filter(|(_, field)| field.grows()).collect();
    if growing.is_empty() {
        return None;
    }
    let arms = growing.into_iter().map(|(number, field)| {
        let (ident, place) = (&field.ident, place(core, name, field));
        let fold = fold_name(field);
        quote_spanned! {at(&field.ty)=>
            #number => #core::derive_support::grow(#place, &mut self.#ident, bytes, #fold),
        }
    });
    Some(quote! {
        fn grow_field(
            &mut self,
            field: usize,
            bytes: &[u8],
        ) -> ::core::result::Result<(), #core::checkpoint::CodecError> {
            match field {
                #(#arms)*
                _ => ::core::unreachable!("only a growing field grows"),
            }
        }
    })
}

fn migration(core: &TokenStream, name: &Ident, from: &Path, parsed: &StateStruct) -> TokenStream {
    let old = from
        .segments
        .last()
        .map_or_else(String::new, |last| plain(&last.ident));
    let message = format!(
        "`{name}` comes from `{old}`, so its version must be above that of `{old}`: \
         raise `version` in `#[state(version = …, from = {old})]`"
    );
    let here = Span::call_site().located_at(parsed.version_span);
    // As an item it is looked at whether or not anyone calls this.
    let check = quote_spanned! {here=>
        const _: () = ::core::assert!(
            <#name as #core::State>::VERSION > <#from as #core::State>::VERSION,
            #message
        );
    };
    quote! {
        fn migrate(
            version: u32,
            values: &[(#core::FieldName, ::std::vec::Vec<u8>)],
        ) -> ::core::option::Option<::core::result::Result<Self, #core::checkpoint::CodecError>> {
            #check
            #core::derive_support::migrate_from::<#from, Self>(version, values)
        }
    }
}
