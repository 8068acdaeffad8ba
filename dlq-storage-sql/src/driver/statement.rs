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

    /// Selects columns of the rows of a table, by its alias, that have the values of one of these rows in their columns.
    /// Each row is to be told once.
    pub(crate) fn looked_up(
        dialect: &'static Dialect,
        columns: &str,
        [table, alias]: [&str; 2],
        rows: RowsSlice<'a>,
    ) -> Self {
        let names = || rows.columns.iter().map(|(column, _)| *column);
        if dialect.joins_rows {
            let equal: Vec<_> = names().map(|name| format!("{alias}.{name} = asked.{name}")).collect();
            // CROSS JOIN keeps SQLite from turning the join around and reading the whole table:
            // https://www.sqlite.org/optoverview.html#crossjoin
            let select = format!(
                ") SELECT {columns} FROM asked CROSS JOIN {table} AS {alias} WHERE {}",
                equal.join(" AND ")
            );
            let names: Vec<_> = names().collect();
            return Self::new(dialect, &format!("WITH asked({}) AS (", names.join(", ")))
                .rows(rows)
                .push(&select);
        }
        let names: Vec<_> = names().map(|name| format!("{alias}.{name}")).collect();
        let select = format!("SELECT {columns} FROM {table} AS {alias} WHERE ({})", names.join(", "));
        Self::new(dialect, &select).within(rows)
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

    /// Goes on with an insert of these rows.
    pub(crate) fn insert_into(self, table: &str, rows: RowsSlice<'a>) -> Self {
        self.push(&format!("INSERT INTO {table} ({}) ", rows.names())).rows(rows)
    }

    /// Goes on with a query that answers these rows.
    pub(crate) fn rows(mut self, rows: RowsSlice<'a>) -> Self {
        self.relation(rows);
        self.bound.push(Bound::Rows(rows));
        self
    }

    /// Goes on with `IN` these rows of one column.
    pub(crate) fn within(mut self, rows: RowsSlice<'a>) -> Self {
        self.choice(rows);
        self.bound.push(Bound::Rows(rows));
        self
    }

    /// The same with rows of its own.
    pub(crate) fn within_list(mut self, rows: Rows<'a>) -> Self {
        self.choice(rows.all());
        self.bound.push(Bound::List(rows));
        self
    }

    /// How many bytes of values it carries.
    pub(super) fn bytes(&self) -> usize {
        self.bound.iter().map(Bound::bytes).sum()
    }

    fn choice(&mut self, rows: RowsSlice<'_>) {
        self.text.push_str(" IN (");
        if self.dialect.joins_rows {
            self.relation(rows);
        } else {
            self.tuples(rows);
        }
        self.text.push(')');
    }

    /// Every row: the value itself where there is one column, else in parentheses.
    fn tuples(&mut self, rows: RowsSlice<'_>) {
        let [before, between, behind] =
            if rows.columns.len() == 1 { ["", ", ", ""] } else { ["(", "), (", ")"] };
        for row in 0..rows.len() {
            self.text.push_str(if row == 0 { before } else { between });
            self.places(rows.columns.len());
        }
        self.text.push_str(behind);
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

#[cfg(all(test, feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod tests {
    use super::super::dialect::{MYSQL, POSTGRES, SQLITE};
    use super::super::value::Kind;
    use super::*;

    #[test]
    fn one_body_in_three_dialects() {
        let mut rows = Rows::new(&[("a", Kind::Int), ("b", Kind::Text)]);
        for (a, b) in [(1_i64, "x"), (2, "y")] {
            rows.push([a.into(), b.into()]);
        }
        let mut list = Rows::new(&[("c", Kind::Int)]);
        (0..2_i64).for_each(|c| list.push([c.into()]));
        let text = |dialect| {
            let found = Statement::looked_up(dialect, "t.c", ["table", "t"], rows.all());
            found.push(" AND t.c").within(list.all()).text
        };
        let joined =
            "SELECT t.c FROM asked CROSS JOIN table AS t WHERE t.a = asked.a AND t.b = asked.b AND t.c IN";
        assert_eq!(
            text(&SQLITE),
            format!("WITH asked(a, b) AS (VALUES (?, ?), (?, ?)) {joined} (VALUES (?), (?))")
        );
        assert_eq!(
            text(&POSTGRES),
            format!("WITH asked(a, b) AS (SELECT * FROM UNNEST($1, $2)) {joined} (SELECT * FROM UNNEST($3))")
        );
        assert_eq!(
            text(&MYSQL),
            "SELECT t.c FROM table AS t WHERE (t.a, t.b) IN ((?, ?), (?, ?)) AND t.c IN (?, ?)"
        );
    }
}
