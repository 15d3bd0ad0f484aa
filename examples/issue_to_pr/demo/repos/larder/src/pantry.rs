//! What is in the kitchen, and until when it is good.

use crate::{Amount, Date, Quantity, Unit};

/// Something in the pantry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub name: String,
    /// How much of it.
    pub quantity: Quantity,
    /// The last day on which it is good, if it does not keep for ever.
    pub best_before: Option<Date>,
}

impl Item {
    /// Whether it is to be thrown away.
    pub fn is_spoiled(&self, today: Date) -> bool {
        self.best_before.is_some_and(|date| date <= today)
    }
}

/// A kitchen's supplies.
#[derive(Clone, Debug, Default)]
pub struct Pantry {
    items: Vec<Item>,
}

impl Pantry {
    /// An empty one.
    pub fn new() -> Pantry {
        Pantry::default()
    }

    /// Puts something in.
    pub fn store(&mut self, name: &str, quantity: Quantity, best_before: Option<Date>) {
        self.items.push(Item {
            name: name.to_string(),
            quantity,
            best_before,
        });
    }

    /// Everything, in the order in which it was put in.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// How much there is that is still good.
    pub fn available(&self, name: &str, unit: Unit, today: Date) -> Amount {
        self.items
            .iter()
            .filter(|item| item.name == name && item.quantity.unit == unit)
            .filter(|item| !item.is_spoiled(today))
            .fold(Amount::ZERO, |sum, item| sum.plus(item.quantity.amount))
    }

    /// What is still good, but not for longer than `days`; the most urgent first.
    pub fn use_soon(&self, today: Date, days: u32) -> Vec<&Item> {
        let mut soon: Vec<(i32, &Item)> = self
            .items
            .iter()
            .filter(|item| !item.is_spoiled(today))
            .filter_map(|item| Some((today.days_until(item.best_before?), item)))
            .filter(|(left, _)| i64::from(*left) <= i64::from(days))
            .collect();
        soon.sort_by_key(|(left, _)| *left);
        soon.into_iter().map(|(_, item)| item).collect()
    }

    /// What is to be thrown away.
    pub fn spoiled(&self, today: Date) -> Vec<&Item> {
        self.items
            .iter()
            .filter(|item| item.is_spoiled(today))
            .collect()
    }

    /// One line for each item, as for a note on the door.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for item in &self.items {
            text.push_str(&label(item));
            if let Some(date) = item.best_before {
                text.push_str(&format!(", best before {date}"));
            }
            text.push('\n');
        }
        text
    }
}

/// An item as people write it: `1.5 kg flour`, not `1500 g flour`.
fn label(item: &Item) -> String {
    let large = item.quantity.amount >= Amount::whole(1000);
    let amount = item.quantity.amount;
    let quantity = match item.quantity.unit {
        Unit::Piece => amount.to_string(),
        Unit::Gram if large => format!("{} kg", amount.thousandth()),
        Unit::Millilitre if large => format!("{} l", amount.thousandth()),
        unit => format!("{amount} {}", unit.symbol()),
    };
    format!("{quantity} {}", item.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn pantry() -> Pantry {
        let mut pantry = Pantry::new();
        for (name, quantity, best_before) in [
            ("flour", "1.5 kg", None),
            ("milk", "500 ml", Some("2026-05-08")),
            ("milk", "1 l", Some("2026-05-20")),
            ("eggs", "6", Some("2026-05-11")),
        ] {
            pantry.store(name, quantity.parse().unwrap(), best_before.map(date));
        }
        pantry
    }

    fn names(items: &[&Item]) -> Vec<String> {
        items.iter().map(|item| item.name.clone()).collect()
    }

    #[test]
    fn the_most_urgent_comes_first() {
        let pantry = pantry();
        let soon = pantry.use_soon(date("2026-05-06"), 7);
        assert_eq!(names(&soon), ["milk", "eggs"]);
    }

    #[test]
    fn spoiled_food_is_not_available() {
        let (pantry, today) = (pantry(), date("2026-05-15"));
        let milk = pantry.available("milk", Unit::Millilitre, today);
        assert_eq!(milk, Amount::whole(1000));
        assert_eq!(names(&pantry.spoiled(today)), ["milk", "eggs"]);
    }

    #[test]
    fn the_note_on_the_door_says_what_there_is() {
        assert_eq!(
            pantry().to_text(),
            "1.5 kg flour\n\
             500 ml milk, best before 2026-05-08\n\
             1 l milk, best before 2026-05-20\n\
             6 eggs, best before 2026-05-11\n"
        );
    }
}
