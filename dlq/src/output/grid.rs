//! Tables for people: aligned columns, no lines around them.

use std::fmt::Display;

use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::text;

/// Columns up to this width are never broken, whatever the terminal's: an id must be whole to be copied.
const WHOLE: u16 = 40;
/// Wider ones are never narrower than this.
const NARROWEST: u16 = 24;

/// A table with a line of titles.
#[must_use]
pub fn titled<'t, R: IntoIterator<Item = String>>(
    titles: impl IntoIterator<Item = &'t str>,
    rows: impl IntoIterator<Item = R>,
) -> Table {
    let mut table = plain();
    table.set_header(titles.into_iter().map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
    for row in rows {
        table.add_row(row.into_iter().map(|text| cell(&text)));
    }
    let widths = table.column_max_content_widths();
    table.set_constraints(widths.into_iter().map(|width| match width {
        ..=WHOLE => ColumnConstraint::ContentWidth,
        _ => ColumnConstraint::LowerBoundary(Width::Fixed(NARROWEST)),
    }));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_narrow_terminal_ids_stay_whole_and_long_texts_are_wrapped() {
        let id = "01a1fe98-254f-8fb4-b953-91a3c792f4e2";
        let failure = "PaymentFailedException: payment of order 20 is not confirmed".to_owned();
        let mut table = titled(["ID", "STATUS", "FAILURE"], [[id.to_owned(), "pending".to_owned(), failure]]);
        table.set_width(60);
        let shown = table.to_string();
        assert!(shown.contains(id) && shown.contains("pending"), "{shown}");
        assert!(shown.contains("PaymentFailedException"), "{shown}");
        assert!((3..6).contains(&shown.lines().count()), "{shown}");
    }
}
