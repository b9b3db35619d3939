//! Tables, as CSV, HTML and text.

use std::collections::BTreeSet;

/// A column: its heading and on which side its values stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The heading.
    pub name: String,
    /// Numbers stand at the right.
    pub numeric: bool,
}

impl Column {
    /// A column of words.
    pub fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), numeric: false }
    }

    /// A column of numbers.
    pub fn number(name: impl Into<String>) -> Self {
        Self { name: name.into(), numeric: true }
    }
}

/// A table whose cells are text already; every row has as many cells as there are columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What it shows, in a sentence or two.
    pub caption: String,
    /// The columns from left to right.
    pub columns: Vec<Column>,
    /// The rows from top to bottom.
    pub rows: Vec<Vec<String>>,
    /// Row and column of cells that stand out (bold where there is type to choose).
    strong: BTreeSet<(usize, usize)>,
}

impl Table {
    /// An empty table.
    pub fn new(caption: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { caption: caption.into(), columns, rows: Vec::new(), strong: BTreeSet::new() }
    }

    /// Adds a row.
    pub fn row<I: IntoIterator<Item = S>, S: Into<String>>(&mut self, cells: I) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Makes the largest value of a column of numbers stand out, as printed; equal ones together.
    pub fn mark_largest(&mut self, column: usize) {
        self.mark(column, f64::max);
    }

    /// Makes the smallest value of a column of numbers stand out, as printed; equal ones together.
    pub fn mark_smallest(&mut self, column: usize) {
        self.mark(column, f64::min);
    }

    /// Whether a cell stands out.
    pub fn is_strong(&self, row: usize, column: usize) -> bool {
        self.strong.contains(&(row, column))
    }

    fn mark(&mut self, column: usize, better: fn(f64, f64) -> f64) {
        let values: Vec<Option<f64>> =
            self.rows.iter().map(|row| row.get(column).and_then(|cell| leading_number(cell))).collect();
        let Some(best) = values.iter().flatten().copied().reduce(better) else { return };
        let best_rows = values.iter().enumerate().filter(|&(_, value)| *value == Some(best));
        self.strong.extend(best_rows.map(|(row, _)| (row, column)));
    }

    /// The table as comma-separated values (RFC 4180), headings in the first line.
    pub fn to_csv(&self) -> String {
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let fields: Vec<String> = cells
                .map(|cell| {
                    if cell.contains([',', '"', '\n', '\r']) {
                        format!("\"{}\"", cell.replace('"', "\"\""))
                    } else {
                        cell.to_owned()
                    }
                })
                .collect();
            fields.join(",") + "\r\n"
        };
        let mut csv = line(&mut self.columns.iter().map(|column| column.name.as_str()));
        for row in &self.rows {
            csv += &line(&mut row.iter().map(String::as_str));
        }
        csv
    }

    /// The table for a terminal: aligned columns, no caption, a line feed after every line.
    pub fn to_text(&self) -> String {
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|i| {
                let cells = self.rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.chars().count());
                cells.chain([self.columns[i].name.chars().count()]).max().unwrap_or(0)
            })
            .collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let padded: Vec<String> = cells
                .zip(&widths)
                .zip(&self.columns)
                .map(
                    |((cell, &width), column)| {
                        if column.numeric { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
                    },
                )
                .collect();
            padded.join("  ").trim_end().to_owned() + "\n"
        };
        let mut text = line(&mut self.columns.iter().map(|column| column.name.as_str()));
        for row in &self.rows {
            text += &line(&mut row.iter().map(String::as_str));
        }
        text
    }
}

/// The number that a cell begins with: 0.31 of "0.31 [0.30, 0.33]", 1204 of "1,204".
fn leading_number(cell: &str) -> Option<f64> {
    let cell = cell.trim_start().replace(',', "").replace('−', "-");
    let end = cell.find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+' | 'e')).unwrap_or(cell.len());
    cell[..end].parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new("c", vec![Column::text("name, or so"), Column::number("n")]);
        table.row(["Björk \"x\"", "1,204"]);
        table.row(["b", "7 [5, 9]"]);
        table.row(["c", "–"]);
        table.row(["d", "1204"]);
        table
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let csv = "\"name, or so\",n\r\n\"Björk \"\"x\"\"\",\"1,204\"\r\nb,\"7 [5, 9]\"\r\nc,–\r\nd,1204\r\n";
        assert_eq!(table().to_csv(), csv);
    }

    #[test]
    fn text_is_aligned() {
        let lines = "name, or so         n\nBjörk \"x\"       1,204\nb            7 [5, 9]\nc                   –\nd                1204\n";
        assert_eq!(table().to_text(), lines);
    }

    #[test]
    fn the_best_values_stand_out_as_printed() {
        let strong = |table: &Table| (0..4).filter(|&row| table.is_strong(row, 1)).collect::<Vec<_>>();
        let (mut most, mut least) = (table(), table());
        most.mark_largest(1);
        least.mark_smallest(1);
        assert_eq!((strong(&most), strong(&least)), (vec![0, 3], vec![1]));
        let mut none = table();
        none.mark_largest(0);
        none.mark_largest(9);
        assert_eq!((strong(&none), none.is_strong(0, 0)), (vec![], false));
        assert_eq!(leading_number("−0.5 ± 1"), Some(-0.5));
        assert_eq!(leading_number("NaN"), None);
    }
}
