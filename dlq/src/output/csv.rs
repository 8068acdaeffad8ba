//! Comma-separated values that a spreadsheet may open: no cell is a formula, none steers a terminal.

use std::io;

use super::{Output, text};

/// How a spreadsheet's formulas begin, in the wide forms too.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

impl Output<'_> {
    /// Writes lines of comma-separated values. A cell that a spreadsheet would calculate gets an apostrophe before it, and
    /// control characters but tabs and line breaks are escaped: for bytes as they are there is JSON.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn csv<const N: usize>(
        &mut self,
        lines: impl IntoIterator<Item = [impl AsRef<str>; N]>,
    ) -> io::Result<()> {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(&mut *self.to);
        for line in lines {
            writer.write_record(line.each_ref().map(|text| cell(text.as_ref())))?;
        }
        writer.flush()
    }
}

fn cell(text: &str) -> String {
    let guard = if text.starts_with(FORMULA) { "'" } else { "" };
    format!("{guard}{}", text::block(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;

    fn written(cells: [&str; 2]) -> String {
        let mut to = Vec::new();
        Output { format: Format::Csv, to: &mut to }.csv([cells]).unwrap();
        String::from_utf8(to).unwrap()
    }

    #[test]
    fn no_cell_is_a_formula() {
        for evil in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "=cmd|' /C calc'!A0"] {
            let line = written([evil, "plain"]);
            let cell = line.trim_start_matches('"');
            assert!(cell.starts_with('\''), "{line}");
        }
        assert_eq!(written(["a=1", "1-1"]), "a=1,1-1\n");
    }

    #[test]
    fn cells_are_quoted_where_needed_and_steer_nothing() {
        assert_eq!(written(["a,\"b\"\nc", ""]), "\"a,\"\"b\"\"\nc\",\n");
        assert_eq!(written(["\u{1b}[31m", "\u{9b}2J\u{202e}"]), "\\u{1b}[31m,\\u{9b}2J\\u{202e}\n");
    }
}
