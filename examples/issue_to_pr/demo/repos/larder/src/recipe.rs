//! Recipes, read from the texts that people keep.

use std::fmt;

use crate::{Amount, BadAmount, Quantity};

/// What a dish needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The dish.
    pub name: String,
    /// What goes in, in the order of the text.
    pub ingredients: Vec<Ingredient>,
}

/// One thing that goes into a dish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingredient {
    /// What it is.
    pub name: String,
    /// How much of it.
    pub quantity: Quantity,
}

impl Recipe {
    /// Reads a recipe: the name on the first line, then an ingredient on each line.
    /// Blank lines do not count.
    pub fn parse(text: &str) -> Result<Recipe, BadRecipe> {
        let mut lines = (1..)
            .zip(text.lines().map(str::trim))
            .filter(|(_, line)| !line.is_empty());
        let Some((_, name)) = lines.next() else {
            return Err(BadRecipe {
                line: 1,
                problem: Problem::NoName,
            });
        };
        let ingredients = lines
            .map(|(line, text)| ingredient(text).map_err(|problem| BadRecipe { line, problem }))
            .collect::<Result<_, _>>()?;
        Ok(Recipe {
            name: name.to_string(),
            ingredients,
        })
    }
}

/// Reads `250 g flour` and `3 eggs`.
fn ingredient(text: &str) -> Result<Ingredient, Problem> {
    let mut words = text.split_whitespace().peekable();
    let amount: Amount = words.next().unwrap_or_default().parse()?;
    let unit = words.peek().copied().unwrap_or_default();
    let quantity = match Quantity::named(amount, unit) {
        Some(quantity) => {
            words.next();
            quantity
        }
        None => Quantity::pieces(amount),
    };
    let name = words.collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(Problem::NoIngredient);
    }
    Ok(Ingredient { name, quantity })
}

/// Why a text is not a recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRecipe {
    /// Where, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a line of a recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no text at all.
    NoName,
    /// The line does not begin with an amount.
    Amount(BadAmount),
    /// An amount of nothing.
    NoIngredient,
}

impl From<BadAmount> for Problem {
    fn from(bad: BadAmount) -> Problem {
        Problem::Amount(bad)
    }
}

impl fmt::Display for BadRecipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.problem {
            Problem::NoName => f.write_str("the recipe has no name"),
            Problem::Amount(bad) => bad.fmt(f),
            Problem::NoIngredient => f.write_str("the amount is of nothing"),
        }
    }
}

impl std::error::Error for BadRecipe {}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantities(text: &str) -> Vec<(String, Quantity)> {
        let recipe = Recipe::parse(text).unwrap();
        let pairs = recipe.ingredients.into_iter();
        pairs.map(|part| (part.name, part.quantity)).collect()
    }

    #[test]
    fn every_line_after_the_name_is_an_ingredient() {
        assert_eq!(
            quantities("Pancakes\n\n250 g flour\n0.5 l oat milk\n3 eggs\n"),
            [
                ("flour".to_string(), "250 g".parse().unwrap()),
                ("oat milk".to_string(), "0.5 l".parse().unwrap()),
                ("eggs".to_string(), "3".parse().unwrap()),
            ]
        );
    }

    #[test]
    fn a_mistake_is_reported_with_its_line() {
        for (text, want) in [
            ("", "line 1: the recipe has no name"),
            (
                "Tea\n\nsome tea",
                "line 3: `some` is not an amount, such as 3 or 0.25",
            ),
            ("Tea\n1 l", "line 2: the amount is of nothing"),
        ] {
            assert_eq!(Recipe::parse(text).unwrap_err().to_string(), want);
        }
    }
}
