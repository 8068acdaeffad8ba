//! Functions, traits and test modules, found by counting braces.

use super::token::Token;
use std::ops::RangeInclusive;

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Where `fn` stands.
    pub(crate) line: usize,
    /// From `fn` to the closing brace.
    pub(crate) lines: usize,
}

/// A trait and how many methods it names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Trait {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) methods: usize,
}

pub(super) fn functions(tokens: &[Token]) -> Vec<Function> {
    named(tokens, "fn")
        .filter_map(|(at, name)| {
            let close = close_of(tokens, body_of(tokens, at)?);
            let line = tokens[at].line;
            Some(Function { name, line, lines: tokens[close].line - line + 1 })
        })
        .collect()
}

pub(super) fn traits(tokens: &[Token]) -> Vec<Trait> {
    named(tokens, "trait")
        .filter_map(|(at, name)| {
            let open = body_of(tokens, at)?;
            let methods = named(&tokens[open..close_of(tokens, open)], "fn").count();
            Some(Trait { name, line: tokens[at].line, methods })
        })
        .collect()
}

/// The lines of each `#[cfg(test)] mod … { … }`, its attribute included.
pub(super) fn test_modules(tokens: &[Token]) -> Vec<RangeInclusive<usize>> {
    (0..tokens.len())
        .filter_map(|at| {
            let behind = test_attribute(tokens, at)?;
            let module = (behind..tokens.len()).find(|&next| !belongs_before_mod(&tokens[next]))?;
            let open = tokens[module].is("mod").then(|| body_of(tokens, module)).flatten()?;
            Some(tokens[at].line..=tokens[close_of(tokens, open)].line)
        })
        .collect()
}

/// Where the tokens behind an attribute `#[cfg(… test …)]` begin.
fn test_attribute(tokens: &[Token], at: usize) -> Option<usize> {
    if !["#", "[", "cfg"].iter().zip(tokens.get(at..at + 3)?).all(|(text, token)| token.is(text)) {
        return None;
    }
    let close = at + tokens[at..].iter().position(|token| token.is("]"))?;
    let asks_for_test = tokens[at..close]
        .windows(3)
        .any(|three| three[2].is("test") && !(three[0].is("not") && three[1].is("(")));
    asks_for_test.then_some(close + 1)
}

fn belongs_before_mod(token: &Token) -> bool {
    matches!(token.text.as_str(), "pub" | "(" | ")" | "crate" | "super")
}

/// Each `keyword name`: where, and the name.
fn named<'a>(tokens: &'a [Token], keyword: &'a str) -> impl Iterator<Item = (usize, String)> + 'a {
    let pairs = tokens.windows(2).enumerate();
    let found = pairs.filter(move |(_, pair)| pair[0].is(keyword) && pair[1].is_word());
    found.map(|(at, pair)| (at, pair[1].text.clone()))
}

/// The brace that opens the body of the item at `at`; none if a semicolon ends it first.
fn body_of(tokens: &[Token], at: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.text.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "{" if depth == 0 => return Some(index),
            ";" if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The brace that closes the one at `open`; the last token if none does.
fn close_of(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => return index,
            "}" => depth -= 1,
            _ => {}
        }
    }
    tokens.len() - 1
}

#[cfg(test)]
mod tests;
