//! Tables for people: aligned columns, no lines around them.

use std::fmt::Display;

use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};

use super::text;

/// A table with a line of titles.
#[must_use]
pub fn titled<const N: usize>(titles: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> Table {
    let mut table = plain();
    table.set_header(titles.map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
    for row in rows {
        table.add_row(row.map(|text| cell(&text)));
    }
    table
}

/// Facts, one a line: its name, and what it is. What is not known is left out.
#[must_use]
pub fn facts<'n>(facts: impl IntoIterator<Item = (&'n str, Option<String>)>) -> Table {
    let mut table = plain();
    for (name, value) in facts {
        if let Some(value) = value {
            table.add_row([name.to_owned(), cell(&value)]);
        }
    }
    table
}

/// Unknown is shown as a dash.
#[must_use]
pub fn or_dash(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// A text as it stands in a table: harmless, and without tabs, whose width nobody knows.
fn cell(text: &str) -> String {
    text::block(text).replace('\t', "    ")
}

/// A table that a terminal's width bounds; where there is no terminal, nothing does.
fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table
}
