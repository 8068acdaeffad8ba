use super::{functions, test_modules, traits};
use crate::source::{mask, token};

fn tokens(text: &str) -> Vec<token::Token> {
    token::tokens(&mask::mask(text))
}

#[test]
fn a_function_runs_from_its_keyword_to_its_brace() {
    let text = "/// doc\nfn one(a: [u8; 4]) -> u8\nwhere\n    u8: Copy,\n{\n    let c = '}';\n    { a[0] }\n}\nfn two() {}";
    let found = functions(&tokens(text));
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].name.as_str(), found[0].line, found[0].lines), ("one", 2, 7));
    assert_eq!((found[1].name.as_str(), found[1].line, found[1].lines), ("two", 9, 1));
}

#[test]
fn a_pointer_or_a_signature_is_no_function() {
    assert_eq!(functions(&tokens("type F = fn(u8) -> u8; trait T { fn a(&self); }")), []);
}

#[test]
fn a_trait_counts_its_methods() {
    let found = traits(&tokens(
        "pub trait T: Send {\n type X;\n fn a(&self);\n fn b(&self) { inner() }\n}\nfn c() {}",
    ));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].name.as_str(), found[0].line, found[0].methods), ("T", 1, 2));
}

#[test]
fn a_test_module_begins_with_its_attribute() {
    assert_eq!(test_modules(&tokens("fn a() {}\n#[cfg(test)]\nmod tests {\n}\n")), [2..=4]);
    assert_eq!(test_modules(&tokens("#[cfg(all(test, not(loom)))]\npub(crate) mod tests {\n}\n")), [1..=3]);
}

#[test]
fn other_modules_and_declarations_are_no_test_modules() {
    assert_eq!(test_modules(&tokens("#[cfg(not(test))]\nmod real {}\n")), []);
    assert_eq!(test_modules(&tokens("#[cfg(test)]\nmod tests;\nmod a {}\n")), []);
    assert_eq!(test_modules(&tokens("#[cfg(test)]\nfn helper() {}\nmod a {}\n")), []);
}
