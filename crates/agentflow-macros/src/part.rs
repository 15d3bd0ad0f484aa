//! Reads what views and inputs have in common: `#[view(of = Essay)]`, and fields
//! that are named as the state's. Generates nothing.

use syn::{DeriveInput, Error, Ident, Path};

use crate::attributes::named_fields;

/// A struct that holds some of a state's fields.
pub(crate) struct Part<'a> {
    pub(crate) of: Path,
    pub(crate) fields: Vec<&'a Ident>,
}

impl<'a> Part<'a> {
    /// `kind` is the attribute's name, `what` the struct in a sentence.
    pub(crate) fn parse(input: &'a DeriveInput, kind: &str, what: &str) -> Result<Self, Error> {
        let named = named_fields(input, what)?;
        let mut of = None;
        for attribute in &input.attrs {
            if !attribute.path().is_ident(kind) {
                continue;
            }
            attribute.parse_nested_meta(|meta| {
                if !meta.path.is_ident("of") || of.is_some() {
                    return Err(meta.error(format!("{what} takes one `of = <state>`")));
                }
                of = Some(meta.value()?.parse()?);
                Ok(())
            })?;
        }
        let Some(of) = of else {
            let message = format!("{what} says of which state: `#[{kind}(of = <state>)]`");
            return Err(Error::new(input.ident.span(), message));
        };
        let fields = named.iter().filter_map(|field| field.ident.as_ref());
        Ok(Self {
            of,
            fields: fields.collect(),
        })
    }
}
