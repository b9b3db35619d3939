//! The self-contained HTML page.

use super::Table;

/// A page that grows from top to bottom.
#[derive(Clone, Debug)]
pub struct Report {
    title: String,
    body: String,
}

impl Report {
    /// Begins a page with its title and a sentence that says what it is about.
    pub fn new(title: impl Into<String>, lead: &str) -> Self {
        Self { title: title.into(), body: format!("<p class=\"lead\">{}</p>\n", escape(lead)) }
    }

    /// Begins a section.
    pub fn section(&mut self, heading: &str) {
        self.body += &format!("<h2>{}</h2>\n", escape(heading));
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.body += &format!("<p>{}</p>\n", escape(text));
    }

    /// Adds a table with its caption.
    pub fn table(&mut self, table: &Table) {
        let cells = |tag: &str, cells: &[String]| {
            let cell = |(text, column): (&String, &super::Column)| {
                let class = if column.numeric { " class=\"number\"" } else { "" };
                format!("<{tag}{class}>{}</{tag}>", escape(text))
            };
            cells.iter().zip(&table.columns).map(cell).collect::<String>()
        };
        let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        let rows: String = table.rows.iter().map(|row| format!("<tr>{}</tr>\n", cells("td", row))).collect();
        self.body += &format!(
            "<table><caption>{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>\n{rows}</tbody></table>\n",
            escape(&table.caption),
            cells("th", &names)
        );
    }

    /// Adds a drawing (SVG text from `charts`, taken as it is) with its caption.
    pub fn figure(&mut self, svg: &str, caption: &str) {
        self.body += &format!("<figure>{svg}<figcaption>{}</figcaption></figure>\n", escape(caption));
    }

    /// The whole page.
    pub fn to_html(&self) -> String {
        let title = escape(&self.title);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width\"><title>{title}</title></head>\n<body>\n<main>\n<h1>{title}</h1>\n{}</main>\n\
             </body>\n</html>\n",
            self.body
        )
    }
}

/// Text that stands for itself in HTML, in elements and in attributes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
