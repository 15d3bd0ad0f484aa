//! Reads a field and its `#[state(…)]` attributes. Generates nothing.

use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Error, Expr, Field, Ident, Path, Type};

use crate::names::did_you_mean;

/// A field of a state.
pub(crate) struct StateField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) reducer: ReducerChoice,
    /// What a reducer of the user's takes, where that is not the field's type.
    pub(crate) write: Option<Type>,
    pub(crate) lifetime: LifetimeChoice,
}

impl StateField {
    pub(crate) fn is_untracked(&self) -> bool {
        matches!(self.lifetime, LifetimeChoice::Untracked)
    }

    pub(crate) fn is_messages(&self) -> bool {
        matches!(&self.reducer, ReducerChoice::Library(name) if name == "messages")
    }

    /// Whether a write adds to a list that checkpoints hold.
    pub(crate) fn grows(&self) -> bool {
        let adds = |name: &Ident| name == "append" || name == "messages";
        self.lifetime == LifetimeChoice::Kept
            && matches!(&self.reducer, ReducerChoice::Library(name) if adds(name))
    }
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

/// How long a field's value stays.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LifetimeChoice {
    Kept,
    Ephemeral,
    Untracked,
}

/// The library's reducers.
pub(crate) const LIBRARY: [&str; 6] = ["append", "add", "merge", "union", "any", "messages"];

const KEYS: [&str; 4] = ["reducer", "write", "ephemeral", "untracked"];

pub(crate) fn parse_field(field: &Field) -> Result<StateField, Error> {
    let Some(ident) = field.ident.clone() else {
        return Err(Error::new(field.span(), "a state's fields have names"));
    };
    let mut parsed = StateField {
        ident,
        ty: field.ty.clone(),
        reducer: ReducerChoice::Last,
        write: None,
        lifetime: LifetimeChoice::Kept,
    };
    for attribute in &field.attrs {
        if attribute.path().is_ident("state") {
            attribute.parse_nested_meta(|meta| parsed.read(&meta))?;
        }
    }
    match (&parsed.write, &parsed.reducer) {
        (None, _) | (Some(_), ReducerChoice::Custom(_)) => Ok(parsed),
        (Some(write), ReducerChoice::Last) => Err(Error::new(
            write.span(),
            "`write` is what a reducer takes, so it goes with `reducer = <path of a fn(&mut T, W)>`",
        )),
        (Some(write), ReducerChoice::Library(name)) => Err(Error::new(
            write.span(),
            format!("`{name}` has its own type of write; `write` goes with a reducer of your own"),
        )),
    }
}

impl StateField {
    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> Result<(), Error> {
        if meta.path.is_ident("reducer") {
            self.reducer = reducer(meta.value()?.parse()?)?;
        } else if meta.path.is_ident("write") {
            self.write = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("ephemeral") {
            self.lives(meta, LifetimeChoice::Ephemeral)?;
        } else if meta.path.is_ident("untracked") {
            self.lives(meta, LifetimeChoice::Untracked)?;
        } else {
            let word = meta.path.get_ident().map(ToString::to_string);
            let hint = did_you_mean(&word.unwrap_or_default(), &KEYS);
            return Err(meta.error(format!(
                "a state's field takes only `reducer = <name or path>`, `write = <type>`, \
                 `ephemeral` and `untracked`{hint}"
            )));
        }
        Ok(())
    }

    fn lives(&mut self, meta: &ParseNestedMeta<'_>, lifetime: LifetimeChoice) -> Result<(), Error> {
        if self.lifetime != LifetimeChoice::Kept && self.lifetime != lifetime {
            return Err(meta.error(
                "a field is `ephemeral`, which checkpoints hold for one superstep, or \
                 `untracked`, which they never hold, but not both",
            ));
        }
        self.lifetime = lifetime;
        Ok(())
    }
}

fn reducer(value: Expr) -> Result<ReducerChoice, Error> {
    let Expr::Path(path) = value else {
        let library = LIBRARY.map(|name| format!("`{name}`")).join(", ");
        let message =
            format!("a reducer is one of {library}, or the path of a function `fn(&mut T, T)`");
        return Err(Error::new(value.span(), message));
    };
    Ok(match path.path.get_ident() {
        Some(name) if LIBRARY.iter().any(|known| name == known) => {
            ReducerChoice::Library(name.clone())
        }
        _ => ReducerChoice::Custom(path.path),
    })
}
