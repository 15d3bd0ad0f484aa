//! The whole kitchen: recipes and a pantry in, a shopping list out.

use larder::{Date, Pantry, Recipe, ShoppingList};

const PANCAKES: &str = "Pancakes\n250 g flour\n0.75 l milk\n3 eggs\n";
const PICNIC: &str = "Picnic\n1 loaf of bread\n4 salt/pepper sachets\n0.5 l milk\n";

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn list(recipes: &[&str], pantry: &Pantry) -> String {
    let recipes: Vec<Recipe> = recipes
        .iter()
        .map(|text| Recipe::parse(text).unwrap())
        .collect();
    ShoppingList::for_recipes(&recipes, pantry, date("2026-05-06")).to_text()
}

#[test]
fn an_empty_kitchen_needs_everything() {
    assert_eq!(
        list(&[PANCAKES], &Pantry::new()),
        "- 3 eggs\n- 250 g flour\n- 750 ml milk\n"
    );
}

#[test]
fn what_is_there_and_good_is_not_bought() {
    let mut pantry = Pantry::new();
    pantry.store("flour", "1 kg".parse().unwrap(), None);
    pantry.store("eggs", "2".parse().unwrap(), Some(date("2026-05-12")));
    pantry.store("milk", "1 l".parse().unwrap(), Some(date("2026-05-01")));
    assert_eq!(list(&[PANCAKES], &pantry), "- 1 eggs\n- 750 ml milk\n");
}

#[test]
fn recipes_are_bought_for_together() {
    assert_eq!(
        list(&[PANCAKES, PICNIC], &Pantry::new()),
        "- 3 eggs\n- 250 g flour\n- 1 loaf of bread\n- 1.25 l milk\n- 4 salt/pepper sachets\n"
    );
}
