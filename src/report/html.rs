//! The self-contained HTML page.

use super::Table;
use crate::catalog::metadata::{Provenance, Setting};
use crate::text::thousands;

/// What the page looks like: typography, tables, light and dark, phone and paper.
const STYLE: &str = include_str!("report.css");

/// A page that grows from top to bottom. Tables and figures are numbered as they come, from 1.
#[derive(Clone, Debug)]
pub struct Report {
    title: String,
    body: String,
    tables: usize,
    figures: usize,
}

impl Report {
    /// Begins a page with its title and a sentence that says what it is about.
    pub fn new(title: impl Into<String>, lead: &str) -> Self {
        let body = format!("<p class=\"lead\">{}</p>\n", escape(lead));
        Self { title: title.into(), body, tables: 0, figures: 0 }
    }

    /// Begins a section.
    pub fn section(&mut self, heading: &str) {
        self.body += &format!("<h2>{}</h2>\n", escape(heading));
    }

    /// Begins a part of a section.
    pub fn subsection(&mut self, heading: &str) {
        self.body += &format!("<h3>{}</h3>\n", escape(heading));
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.body += &format!("<p>{}</p>\n", escape(text));
    }

    /// Adds a table with its caption above it; the first column of words names the rows.
    ///
    /// A table that is wider than the page scrolls in a box of its own, by keyboard too.
    pub fn table(&mut self, table: &Table) {
        self.tables += 1;
        let number = self.tables;
        let naming = table.columns.iter().position(|column| !column.numeric);
        let head = table.columns.iter().map(|column| {
            let class = if column.numeric { " class=\"number\"" } else { "" };
            format!("<th scope=\"col\"{class}>{}</th>", escape(&column.name))
        });
        let head: String = head.collect();
        let mut rows = String::new();
        for (i, row) in table.rows.iter().enumerate() {
            rows += "<tr>";
            for (j, (text, column)) in row.iter().zip(&table.columns).enumerate() {
                let text = escape(text);
                let text = if table.is_strong(i, j) { format!("<strong>{text}</strong>") } else { text };
                rows += &match (Some(j) == naming, column.numeric) {
                    (true, _) => format!("<th scope=\"row\">{text}</th>"),
                    (false, true) => format!("<td class=\"number\">{text}</td>"),
                    (false, false) => format!("<td>{text}</td>"),
                };
            }
            rows += "</tr>\n";
        }
        self.body += &format!(
            "<figure class=\"table\" id=\"table-{number}\"><figcaption id=\"caption-{number}\"><b>Table {number}.</b> {}\
             </figcaption>\n<div class=\"scroll\" role=\"region\" aria-labelledby=\"caption-{number}\" tabindex=\"0\">\
             <table aria-labelledby=\"caption-{number}\">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table>\
             </div></figure>\n",
            escape(&table.caption),
        );
    }

    /// Adds a drawing (SVG text from `charts`, taken as it is) with its caption below it.
    pub fn figure(&mut self, svg: &str, caption: &str) {
        self.figures += 1;
        let number = self.figures;
        self.body += &format!(
            "<figure class=\"figure\" id=\"figure-{number}\">{svg}<figcaption><b>Figure {number}.</b> {}</figcaption>\
             </figure>\n",
            escape(caption)
        );
    }

    /// Adds drawings with their captions side by side, as many in a row as there is room for.
    pub fn figures<'a>(&mut self, figures: impl IntoIterator<Item = (&'a str, &'a str)>) {
        self.body += "<div class=\"figures\">\n";
        for (svg, caption) in figures {
            self.figure(svg, caption);
        }
        self.body += "</div>\n";
    }

    /// Adds names and values, such as the settings of a run.
    pub fn settings(&mut self, settings: &[Setting]) {
        if settings.is_empty() {
            return;
        }
        self.body += "<dl>\n";
        for Setting { name, value } in settings {
            // What does not fit into a third of the page takes a row.
            let class = if name.chars().count() + value.chars().count() > 28 { " class=\"long\"" } else { "" };
            let value = if value.is_empty() { "–".into() } else { escape(value) };
            self.body += &format!("<div{class}><dt>{}</dt><dd>{value}</dd></div>\n", escape(name));
        }
        self.body += "</dl>\n";
    }

    /// Adds where the data come from: the corpus, and every step since with its settings and measurements.
    pub fn provenance(&mut self, provenance: &Provenance) {
        let corpus = &provenance.corpus;
        let count = |name: &str, value: u64| Setting { name: name.into(), value: thousands(value) };
        let digest = Setting { name: "corpus".into(), value: corpus.digest.clone() };
        self.settings(&[
            digest,
            count("playlists", corpus.playlists),
            count("mentions", corpus.mentions),
            count("artists", corpus.artists),
        ]);
        for step in &provenance.steps {
            self.subsection(&format!("{} (artist2vec {})", step.command, step.program));
            self.settings(&[step.settings.as_slice(), &step.measured].concat());
        }
    }

    /// The whole page.
    pub fn to_html(&self) -> String {
        let (title, body, version) = (escape(&self.title), &self.body, env!("CARGO_PKG_VERSION"));
        // The policy is a promise: whatever stands in a name, nothing runs and nothing is fetched.
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\
             \"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n<meta \
             name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" \
             content=\"light dark\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <h1>{title}</h1>\n{body}</main>\n<footer><p>artist2vec {version}</p></footer>\n</body>\n</html>\n"
        )
    }
}

/// Text that stands for itself in HTML, in elements and in attributes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::metadata::Step;
    use crate::report::Column;

    #[test]
    fn tables_and_figures_are_numbered_and_name_their_rows() {
        let mut report = Report::new("a < b", "What & why.");
        let mut table =
            Table::new("Scores.", vec![Column::number("#"), Column::text("model"), Column::number("score")]);
        table.row(["1", "<script>alert(1)</script>", "0.5 ± 0.1"]);
        table.row(["2", "other", "0.7 ± 0.1"]);
        table.mark_largest(2);
        report.table(&table);
        report.figures([("<svg></svg>", "One."), ("<svg></svg>", "Two.")]);
        report.figure("<svg></svg>", "Three.");
        report.table(&table);
        let html = report.to_html();
        for part in [
            "<title>a &lt; b</title>",
            "What &amp; why.",
            "<b>Table 1.</b> Scores.",
            "<b>Table 2.</b>",
            "<b>Figure 3.</b> Three.",
            "<th scope=\"col\" class=\"number\">score</th>",
            "<td class=\"number\">1</td><th scope=\"row\">&lt;script&gt;alert(1)&lt;/script&gt;</th>",
            "<td class=\"number\"><strong>0.7 ± 0.1</strong></td>",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert_eq!(html.matches("<strong>").count(), 2);
        assert!(!html.contains("<script") && !html.contains("http:") && !html.contains("https:"), "{html}");
    }

    #[test]
    fn provenance_shows_every_step() {
        let mut report = Report::new("t", "l");
        let steps = vec![
            Step::new("ingest").setting("inputs", "a<b.zip").setting("artists", ""),
            Step::new("train").setting("seed", 1).measurement("loss", 0.25),
        ];
        report.provenance(&Provenance { steps, ..Provenance::default() });
        let html = report.to_html();
        for part in ["<h3>ingest (artist2vec", "a&lt;b.zip", "<dt>artists</dt><dd>–</dd>", "<dt>loss</dt><dd>0.25</dd>"]
        {
            assert!(html.contains(part), "{part}: {html}");
        }
    }
}
