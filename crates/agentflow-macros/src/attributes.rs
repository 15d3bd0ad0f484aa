//! Reads the struct and its own `#[state(…)]` attributes. Generates nothing.

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Field, Fields, LitInt, Path, Token};

use crate::field::{StateField, parse_field};
use crate::names::did_you_mean;

/// A struct that is to be a state.
pub(crate) struct StateStruct {
    pub(crate) version: u32,
    pub(crate) version_span: Span,
    /// The state that older threads are read as.
    pub(crate) from: Option<Path>,
    pub(crate) fields: Vec<StateField>,
}

impl StateStruct {
    /// Stands in for one that has mistakes, which are told.
    pub(crate) fn stub() -> Self {
        Self {
            version: 1,
            version_span: Span::call_site(),
            from: None,
            fields: Vec::new(),
        }
    }
}

pub(crate) fn parse(input: &DeriveInput) -> Result<StateStruct, Error> {
    let mut parsed = StateStruct {
        fields: Vec::new(),
        ..StateStruct::stub()
    };
    let fields = named_fields(input, "a state")?;
    for attribute in &input.attrs {
        if !attribute.path().is_ident("state") {
            continue;
        }
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("version") {
                let version: LitInt = meta.value()?.parse()?;
                parsed.version_span = version.span();
                parsed.version = version.base10_parse()?;
            } else if meta.path.is_ident("from") {
                parsed.from = Some(meta.value()?.parse()?);
            } else {
                let word = meta.path.get_ident().map(ToString::to_string);
                let hint = did_you_mean(&word.unwrap_or_default(), &["version", "from"]);
                return Err(meta.error(format!(
                    "a state's struct takes only `version = <number>` and `from = <older state>`{hint}"
                )));
            }
            Ok(())
        })?;
    }
    let parse = fields.iter().map(parse_field);
    parsed.fields = parse.collect::<Result<_, _>>()?;
    Ok(parsed)
}

/// The fields of `what`, which has to have names for them and no parameters.
pub(crate) fn named_fields<'a>(
    input: &'a DeriveInput,
    what: &str,
) -> Result<&'a Punctuated<Field, Token![,]>, Error> {
    let named = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => Some(&named.named),
            _ => None,
        },
        _ => None,
    };
    let Some(named) = named else {
        let message = format!("{what} is a struct with named fields");
        return Err(Error::new(input.ident.span(), message));
    };
    if let Some(parameter) = input.generics.params.first() {
        let message = format!("{what} has no generic parameters");
        return Err(Error::new(parameter.span(), message));
    }
    Ok(named)
}
