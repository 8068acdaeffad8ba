//! Which dialects stand on a letter: one pass over its headers, whatever the number of dialects.

use std::borrow::Cow;
use std::collections::HashMap;

use dlq_core::record::{Content, Span};

use super::entry::Entry;
use super::rule::{Dialect, Field, HeaderRule, Repeats};

/// For how many headers memory is kept: one letter of very many must not hold it for good.
const HEADERS_KEPT_MAX: usize = 1024;

/// Every header that any dialect knows, by name.
#[derive(Debug)]
pub(super) struct Index {
    dialects: &'static [Dialect],
    by_name: HashMap<&'static [u8], Vec<RuleAt>>,
    /// What is looked up there of a header's name.
    key: fn(&[u8]) -> Cow<'_, [u8]>,
    /// For each dialect and each of its groups of marks, the rules of which all are needed, as bits.
    marks: Vec<Vec<u128>>,
}

/// Where a rule stands in the table of dialects.
#[derive(Clone, Copy, Debug)]
struct RuleAt {
    dialect: usize,
    rule: usize,
}

/// What was found on a letter; kept from one letter to the next for its memory.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// The known headers in their order; a value of `None` is null.
    headers: Vec<(RuleAt, Option<Span>)>,
    /// The rules that found a header, as bits, for each dialect.
    seen: Vec<u128>,
    /// The dialects that were recognised, in the order of the table.
    pub(super) recognised: Vec<&'static Dialect>,
}

impl Index {
    /// An index of these dialects.
    pub(super) fn new(dialects: &'static [Dialect]) -> Self {
        let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
        for (at, dialect) in dialects.iter().enumerate() {
            for (rule, HeaderRule(name, ..)) in dialect.headers.iter().enumerate() {
                by_name.entry(name.as_bytes()).or_default().push(RuleAt { dialect: at, rule });
            }
        }
        Self { dialects, by_name, key: |name| name.into(), marks: dialects.iter().map(marks).collect() }
    }

    /// An index of these dialects, where names are compared as `key` makes them.
    pub(super) fn with_key(dialects: &'static [Dialect], key: fn(&[u8]) -> Cow<'_, [u8]>) -> Self {
        Self { key, ..Self::new(dialects) }
    }

    /// Finds the known headers of a letter, and the dialects they give away.
    pub(super) fn search(&self, content: &Content, findings: &mut Findings) {
        findings.clear(self.dialects.len());
        for header in content.headers() {
            for &at in self.by_name.get(&*(self.key)(header.name)).into_iter().flatten() {
                findings.headers.push((at, header.value.map(|_| header.span)));
                findings.seen[at.dialect] |= bit(at.rule);
            }
        }
        let Findings { seen, recognised, .. } = findings;
        for ((dialect, &seen), marks) in self.dialects.iter().zip(&*seen).zip(&self.marks) {
            let mut found =
                dialect.marks.iter().zip(marks).filter(|&(_, &mark)| mark != 0 && seen & mark == mark);
            if found.any(|(group, _)| !explained(group, recognised)) {
                recognised.push(dialect);
            }
        }
    }

    /// The headers of each recognised dialect: first the dialect whose headers stand first, since a framework appends
    /// to what others wrote before it.
    pub(super) fn sheets<'l>(&'l self, content: &'l Content, findings: &'l Findings) -> Vec<Sheet<'l>> {
        let mut sheets: Vec<Sheet<'_>> = Vec::with_capacity(findings.recognised.len());
        for (at, _) in &findings.headers {
            if sheets.len() == findings.recognised.len() {
                break;
            }
            let dialect = &self.dialects[at.dialect];
            let recognised = findings.recognised.iter().any(|known| std::ptr::eq(*known, dialect));
            if recognised && sheets.iter().all(|sheet| sheet.index != at.dialect) {
                sheets.push(Sheet { dialect, index: at.dialect, content, headers: &findings.headers });
            }
        }
        sheets
    }
}

impl Findings {
    fn clear(&mut self, dialects: usize) {
        self.headers.clear();
        self.headers.shrink_to(HEADERS_KEPT_MAX);
        self.recognised.clear();
        self.seen.clear();
        self.seen.resize(dialects, 0);
    }
}

/// Whether a dialect that was recognised before writes all of these headers, too: then they are its.
fn explained(group: &[&str], recognised: &[&Dialect]) -> bool {
    let writes = |dialect: &&Dialect, mark| dialect.headers.iter().any(|HeaderRule(name, ..)| name == mark);
    recognised.iter().any(|dialect| group.iter().all(|mark| writes(dialect, mark)))
}

/// As bits; none where a mark is no header of the table.
fn marks(dialect: &Dialect) -> Vec<u128> {
    let rule = |mark: &&str| dialect.headers.iter().position(|HeaderRule(name, ..)| name == mark);
    let bits = |group: &&[&str]| group.iter().filter_map(rule).map(bit).fold(0, |all, one| all | one);
    dialect.marks.iter().map(bits).collect()
}

fn bit(rule: usize) -> u128 {
    u32::try_from(rule).ok().and_then(|rule| 1_u128.checked_shl(rule)).unwrap_or(0)
}

/// The headers of one letter that belong to one dialect.
#[derive(Debug)]
pub(super) struct Sheet<'l> {
    /// The dialect.
    pub(super) dialect: &'static Dialect,
    index: usize,
    /// The letter.
    pub(super) content: &'l Content,
    headers: &'l [(RuleAt, Option<Span>)],
}

impl<'l> Sheet<'l> {
    /// The headers, in their order.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'l>> + use<'_, 'l> {
        let own = self.headers.iter().filter(|(at, _)| at.dialect == self.index);
        own.map(|&(at, span)| Entry {
            rule: &self.dialect.headers[at.rule],
            value: span.map(|span| self.content.bytes(span)),
            span,
        })
    }

    /// The values of all headers that tell `field`.
    pub(super) fn values(&self, field: Field) -> impl Iterator<Item = &'l [u8]> + use<'_, 'l> {
        self.entries().filter(move |entry| entry.rule.1 == field).filter_map(|entry| entry.value)
    }

    /// What repeated headers mean.
    pub(super) const fn repeats(&self) -> Repeats {
        self.dialect.repeats
    }
}
