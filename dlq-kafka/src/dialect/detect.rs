//! Which dialects stand on a letter: one pass over its headers, whatever the number of dialects.

use std::borrow::Cow;

use dlq_core::record::{Content, Span};
use foldhash::{HashMap, HashMapExt};

use super::entry::Entry;
use super::rule::{Dialect, Field, HeaderRule, Repeats};
use super::topic_rule::Setting;

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

/// A known header of a letter.
#[derive(Clone, Copy, Debug)]
struct Found {
    dialect: usize,
    known_by: KnownBy,
    /// Its value; `None` is null.
    value: Option<Span>,
}

/// Why a header is known, and as what.
#[derive(Clone, Copy, Debug)]
enum KnownBy {
    /// As this rule of its dialect.
    Rule(usize),
    /// The same, but it stood in the payload, where numbers are digits.
    Embedded(usize),
    /// As this alias of the topic's rule.
    Alias(usize),
}

/// What was found on a letter; kept from one letter to the next for its memory.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// The known headers in their order.
    headers: Vec<Found>,
    /// The rules that found a header, as bits, for each dialect.
    seen: Vec<u128>,
    /// The dialects that were recognised: the one that the operator named, then in the order of the table.
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

    /// Finds the known headers of a letter from a topic of this setting, those that stand in the payload last, and the
    /// dialects they give away.
    pub(super) fn search(
        &self,
        content: &Content,
        embedded: &[(&'static str, Span)],
        setting: &Setting,
        findings: &mut Findings,
    ) {
        findings.clear(self.dialects.len());
        let aliased = self.place_of(setting.alias_dialect());
        for header in content.headers() {
            let value = header.value.map(|_| header.span);
            match (setting.alias(header.name), aliased) {
                (Some(alias), Some(dialect)) => {
                    findings.headers.push(Found { dialect, known_by: KnownBy::Alias(alias), value });
                }
                _ => self.found(header.name, value, KnownBy::Rule, findings),
            }
        }
        for &(name, value) in embedded {
            self.found(name.as_bytes(), Some(value), KnownBy::Embedded, findings);
        }
        findings.recognised.extend(self.named(setting, findings));
        self.recognise(findings);
    }

    fn found(
        &self,
        name: &[u8],
        value: Option<Span>,
        known_by: fn(usize) -> KnownBy,
        findings: &mut Findings,
    ) {
        for &RuleAt { dialect, rule } in self.by_name.get(&*(self.key)(name)).into_iter().flatten() {
            findings.headers.push(Found { dialect, known_by: known_by(rule), value });
            findings.seen[dialect] |= bit(rule);
        }
    }

    /// The dialect that the operator named, or that of the aliases, where one stands on the letter.
    fn named(&self, setting: &Setting, findings: &Findings) -> Option<&'static Dialect> {
        let is_alias = |found: &Found| matches!(found.known_by, KnownBy::Alias(_));
        let aliases = || setting.alias_dialect().filter(|_| findings.headers.iter().any(is_alias));
        self.place_of(setting.dialect.or_else(aliases)).map(|at| &self.dialects[at])
    }

    fn recognise(&self, Findings { seen, recognised, .. }: &mut Findings) {
        for ((dialect, &seen), marks) in self.dialects.iter().zip(&*seen).zip(&self.marks) {
            if seen == 0 {
                continue;
            }
            let mut found =
                dialect.marks.iter().zip(marks).filter(|&(_, &mark)| mark != 0 && seen & mark == mark);
            let is_new = !recognised.iter().any(|known| known.name == dialect.name);
            if is_new && found.any(|(group, _)| !explained(group, recognised)) {
                recognised.push(dialect);
            }
        }
    }

    fn place_of(&self, dialect: Option<&Dialect>) -> Option<usize> {
        let name = dialect?.name;
        self.dialects.iter().position(|dialect| dialect.name == name)
    }

    /// The headers of each recognised dialect.
    pub(super) fn sheets<'l>(
        &'l self,
        content: &'l Content,
        setting: &'l Setting,
        findings: &'l Findings,
    ) -> impl Iterator<Item = Sheet<'l>> {
        findings.recognised.iter().filter_map(move |dialect| {
            let index = self.place_of(Some(dialect))?;
            Some(Sheet { dialect, index, content, setting, headers: &findings.headers })
        })
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
    setting: &'l Setting,
    headers: &'l [Found],
}

impl<'l> Sheet<'l> {
    /// The headers, in their order.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'l>> + use<'_, 'l> {
        let own = self.headers.iter().enumerate().filter(|(_, found)| found.dialect == self.index);
        own.map(|(at, &Found { known_by, value: span, .. })| Entry {
            rule: self.rule(known_by),
            value: span.map(|span| self.content.bytes(span)),
            span,
            at,
            beside_digits: false,
        })
    }

    fn rule(&self, known_by: KnownBy) -> HeaderRule<'l> {
        match known_by {
            KnownBy::Rule(rule) => self.dialect.headers[rule],
            KnownBy::Embedded(rule) => {
                let HeaderRule(name, field, encoding) = self.dialect.headers[rule];
                HeaderRule(name, field, encoding.as_digits())
            }
            KnownBy::Alias(alias) => self.setting.aliases[alias].rule(),
        }
    }

    /// At least as many as its headers.
    pub(super) const fn len(&self) -> usize {
        self.headers.len()
    }

    /// The values of all headers that tell `field`.
    pub(super) fn values(&self, field: Field) -> impl Iterator<Item = &'l [u8]> + use<'_, 'l> {
        self.entries().filter(move |entry| entry.rule.1 == field).filter_map(|entry| entry.value)
    }

    /// The number of its first header; beyond all of them where it has none.
    pub(super) fn begins(&self) -> usize {
        self.entries().next().map_or(usize::MAX, |entry| entry.at)
    }

    /// What repeated headers mean.
    pub(super) const fn repeats(&self) -> Repeats {
        self.dialect.repeats
    }
}
