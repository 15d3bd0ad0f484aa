//! Reads the struct and its `#[state(…)]` attributes. Generates nothing.

use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Expr, Field, Fields, Ident, LitInt, Path, Type};

/// A struct that is to be a state.
pub(crate) struct StateStruct {
    pub(crate) version: u32,
    pub(crate) fields: Vec<StateField>,
}

/// One of its fields.
pub(crate) struct StateField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) reducer: ReducerChoice,
}

/// How writes to a field are folded.
pub(crate) enum ReducerChoice {
    /// The last write stays, a second in one superstep is an error.
    Last,
    /// One of the library's.
    Library(Ident),
    /// A function of the user's.
    Custom(Path),
}

const LIBRARY: [&str; 5] = ["append", "add", "merge", "union", "any"];

pub(crate) fn parse(input: &DeriveInput) -> Result<StateStruct, Error> {
    let wrong = |what: &str| Error::new(input.ident.span(), what);
    let Data::Struct(data) = &input.data else {
        return Err(wrong("a state is a struct with named fields"));
    };
    let Fields::Named(named) = &data.fields else {
        return Err(wrong("a state is a struct with named fields"));
    };
    if let Some(parameter) = input.generics.params.first() {
        return Err(Error::new(
            parameter.span(),
            "a state has no generic parameters",
        ));
    }
    let mut version = 1;
    for attribute in input
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("state"))
    {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("version") {
                return Err(meta.error("a state's struct takes only `version = <number>`"));
            }
            version = meta.value()?.parse::<LitInt>()?.base10_parse()?;
            Ok(())
        })?;
    }
    let fields = named.named.iter().map(parse_field);
    Ok(StateStruct {
        version,
        fields: fields.collect::<Result<_, _>>()?,
    })
}

fn parse_field(field: &Field) -> Result<StateField, Error> {
    let Some(ident) = field.ident.clone() else {
        return Err(Error::new(field.span(), "a state's fields have names"));
    };
    let mut reducer = ReducerChoice::Last;
    for attribute in field
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("state"))
    {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("reducer") {
                return Err(meta.error("a state's field takes only `reducer = <name or path>`"));
            }
            let value: Expr = meta.value()?.parse()?;
            let Expr::Path(path) = value else {
                return Err(Error::new(
                    value.span(),
                    "a reducer is one of `append`, `add`, `merge`, `union`, `any`, or the path of a `fn(&mut T, T)`",
                ));
            };
            reducer = match path.path.get_ident() {
                Some(name) if LIBRARY.iter().any(|known| name == known) => {
                    ReducerChoice::Library(name.clone())
                }
                _ => ReducerChoice::Custom(path.path),
            };
            Ok(())
        })?;
    }
    Ok(StateField {
        ident,
        ty: field.ty.clone(),
        reducer,
    })
}
