//! What to buy.

use crate::{Amount, Date, Pantry, Quantity, Recipe, Unit};

/// Something to buy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub name: String,
    /// How much of it.
    pub quantity: Quantity,
}

/// What is missing in the kitchen, by name; each thing once for each unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShoppingList {
    entries: Vec<Entry>,
}

impl ShoppingList {
    /// What the recipes need together, without what is in the pantry and still good.
    pub fn for_recipes(recipes: &[Recipe], pantry: &Pantry, today: Date) -> ShoppingList {
        let mut list = ShoppingList::default();
        for part in recipes.iter().flat_map(|recipe| &recipe.ingredients) {
            list.add(&part.name, part.quantity);
        }
        for entry in &mut list.entries {
            let there = pantry.available(&entry.name, entry.quantity.unit, today);
            entry.quantity.amount = entry.quantity.amount.minus(there);
        }
        list.entries
            .retain(|entry| entry.quantity.amount > Amount::ZERO);
        list
    }

    /// Adds something to buy.
    pub fn add(&mut self, name: &str, quantity: Quantity) {
        let key = (name, quantity.unit);
        match self
            .entries
            .binary_search_by(|entry| (entry.name.as_str(), entry.quantity.unit).cmp(&key))
        {
            Ok(at) => {
                let known = &mut self.entries[at].quantity;
                known.amount = known.amount.plus(quantity.amount);
            }
            Err(at) => self.entries.insert(
                at,
                Entry {
                    name: name.to_string(),
                    quantity,
                },
            ),
        }
    }

    /// What to buy, by name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// One line for each entry, to print and pin up.
    pub fn to_text(&self) -> String {
        let lines = self
            .entries
            .iter()
            .map(|entry| format!("- {} {}\n", written(entry.quantity), entry.name));
        lines.collect()
    }
}

/// A quantity as people write it: `1.5 l`, not `1500 ml`.
fn written(quantity: Quantity) -> String {
    let Quantity { amount, unit } = quantity;
    if unit == Unit::Piece {
        return amount.to_string();
    }
    if amount < Amount::whole(1000) {
        return format!("{amount} {}", unit.symbol());
    }
    let symbol = if unit == Unit::Gram { "kg" } else { "l" };
    format!("{} {symbol}", amount.thousandth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(&str, &str)]) -> ShoppingList {
        let mut list = ShoppingList::default();
        for (name, quantity) in entries {
            list.add(name, quantity.parse().unwrap());
        }
        list
    }

    #[test]
    fn the_same_thing_is_added_up_and_units_are_kept_apart() {
        let list = list(&[
            ("milk", "250 ml"),
            ("butter", "125 g"),
            ("milk", "1 l"),
            ("butter", "1"),
        ]);
        assert_eq!(
            list.to_text(),
            "- 1 butter\n- 125 g butter\n- 1.25 l milk\n"
        );
    }

    #[test]
    fn an_empty_list_is_an_empty_text() {
        assert_eq!(ShoppingList::default().to_text(), "");
    }
}
