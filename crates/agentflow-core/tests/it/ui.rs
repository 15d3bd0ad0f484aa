//! What the compiler says to mistakes that are made often.

#[test]
fn mistakes_are_told_in_our_own_words() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
