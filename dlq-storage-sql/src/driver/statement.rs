//! A statement: its text, written through a dialect, and the values bound to it.

use super::dialect::Dialect;
use super::value::{Rows, RowsSlice, Value};

/// A statement in the making.
#[derive(Debug)]
pub(crate) struct Statement<'a> {
    pub(crate) dialect: &'static Dialect,
    pub(crate) text: String,
    pub(crate) bound: Vec<Bound<'a>>,
    places: usize,
}

/// What is bound at one place of a statement.
#[derive(Debug)]
pub(crate) enum Bound<'a> {
    /// One value.
    Value(Value<'a>),
    /// Whole rows: an array for each column, or value by value, as the dialect says.
    Rows(RowsSlice<'a>),
    /// The same, owned.
    List(Rows<'a>),
}

impl Bound<'_> {
    /// How many bytes are about to be sent, so that their memory is asked for once.
    #[cfg(feature = "postgres")]
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Value(value) => value.bytes(),
            Self::Rows(rows) => rows.bytes(),
            Self::List(rows) => rows.all().bytes(),
        }
    }
}

impl<'a> Statement<'a> {
    pub(crate) fn new(dialect: &'static Dialect, text: &str) -> Self {
        Self { dialect, text: text.to_owned(), bound: Vec::new(), places: 0 }
    }

    /// Begins with `WITH name(columns) AS (rows)`.
    pub(crate) fn with_rows(dialect: &'static Dialect, name: &str, rows: RowsSlice<'a>) -> Self {
        let columns: Vec<_> = rows.columns.iter().map(|(column, _)| *column).collect();
        Self::new(dialect, &format!("WITH {name}({}) AS (", columns.join(", "))).rows(rows).push(") ")
    }

    /// Goes on with this text.
    pub(crate) fn push(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Goes on with a value.
    pub(crate) fn bind(mut self, value: impl Into<Value<'a>>) -> Self {
        self.place();
        self.bound.push(Bound::Value(value.into()));
        self
    }

    /// Goes on with a query that answers these rows.
    pub(crate) fn rows(mut self, rows: RowsSlice<'a>) -> Self {
        self.relation(rows);
        self.bound.push(Bound::Rows(rows));
        self
    }

    /// The same with rows of its own.
    pub(crate) fn list(mut self, rows: Rows<'a>) -> Self {
        self.relation(rows.all());
        self.bound.push(Bound::List(rows));
        self
    }

    fn relation(&mut self, rows: RowsSlice<'_>) {
        if self.dialect.arrays {
            self.text.push_str("SELECT * FROM UNNEST(");
            self.places(rows.columns.len());
        } else {
            for row in 0..rows.len() {
                self.text.push_str(if row == 0 { "VALUES (" } else { "), (" });
                self.places(rows.columns.len());
            }
        }
        self.text.push(')');
    }

    fn places(&mut self, count: usize) {
        for index in 0..count {
            self.text.push_str(if index == 0 { "" } else { ", " });
            self.place();
        }
    }

    fn place(&mut self) {
        self.places += 1;
        (self.dialect.placeholder)(&mut self.text, self.places);
    }
}

#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod tests {
    use super::super::dialect::{POSTGRES, SQLITE};
    use super::super::value::Kind;
    use super::*;

    #[test]
    fn one_body_in_two_dialects() {
        let mut rows = Rows::new(&[("a", Kind::Int), ("b", Kind::Text)]);
        for (a, b) in [(1_i64, "x"), (2, "y")] {
            rows.push([a.into(), b.into()]);
        }
        let text = |dialect| {
            Statement::with_rows(dialect, "input", rows.all())
                .push("SELECT a FROM input WHERE a > ")
                .bind(1_i64)
                .text
        };
        assert_eq!(
            text(&SQLITE),
            "WITH input(a, b) AS (VALUES (?, ?), (?, ?)) SELECT a FROM input WHERE a > ?"
        );
        assert_eq!(
            text(&POSTGRES),
            "WITH input(a, b) AS (SELECT * FROM UNNEST($1, $2)) SELECT a FROM input WHERE a > $3"
        );
    }
}
