//! The analysis on paper: an HTML report, tables as CSV, everything as JSON.

use std::fs;
use std::io;
use std::path::Path;

use super::lengths::{BINS_A_UNIT, Quantiles};
use super::{Analysis, share};
use crate::charts::{self, ZipfLine};
use crate::files::{self, FileError};
use crate::report::{Column, Report, Table};
use crate::text::thousands;

/// For whom a table is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The report: numbers grouped and rounded, shares in percent, the beginning of long lists.
    People,
    /// A CSV file: plain numbers in full, shares from 0 to 1, all rows.
    Programs,
}

impl Form {
    fn rows(self) -> usize {
        if self == Self::People { 25 } else { usize::MAX }
    }

    fn count(self, number: u64) -> String {
        if self == Self::People { thousands(number) } else { number.to_string() }
    }

    fn share(self, share: f64) -> String {
        if self == Self::People { percent(share) } else { share.to_string() }
    }

    fn decimal(self, number: f64) -> String {
        if self == Self::People { decimal(number) } else { number.to_string() }
    }
}

/// Writes `report.html`, `analysis.json` and one `.csv` a table into a folder, which is made where it is missing; `mentions`
/// are those of the corpus's artists. Each file is complete or absent; those of an earlier run are replaced.
///
/// # Errors
/// [`FileError`] where the folder or a file cannot be written.
pub fn write_folder(analysis: &Analysis, mentions: &[u32], folder: &Path) -> Result<(), FileError> {
    fs::create_dir_all(folder).map_err(|source| FileError::write(folder, source))?;
    let tables = [
        ("counts", counts(analysis, Form::Programs)),
        ("sources", sources(analysis, Form::Programs)),
        ("lengths", lengths(analysis, Form::Programs)),
        ("length-histogram", length_histogram(analysis)),
        ("repeats-histogram", repeats_histogram(analysis)),
        ("artists", artists(analysis, Form::Programs)),
        ("concentration", concentration(analysis, Form::Programs)),
        ("min-count", min_count(analysis, Form::Programs)),
        ("title-words", title_words(analysis, Form::Programs)),
        ("duplicates", duplicates(analysis, Form::Programs)),
        ("duplicate-groups", groups(analysis, Form::Programs)),
    ];
    for (name, table) in &tables {
        files::write_bytes(&folder.join(name).with_extension("csv"), table.to_csv().as_bytes())?;
    }
    let path = folder.join("analysis.json");
    let json =
        serde_json::to_vec_pretty(analysis).map_err(|source| FileError::write(&path, io::Error::from(source)))?;
    files::write_bytes(&path, &json)?;
    files::write_bytes(&folder.join("report.html"), html(analysis, mentions).as_bytes())
}

/// The report.
fn html(analysis: &Analysis, mentions: &[u32]) -> String {
    let Analysis { counts: count, lengths: length, long_tail: tail, titles, .. } = analysis;
    let mut report = Report::new(
        "What the playlists are like",
        &format!(
            "An analysis of {} playlists that mention {} artists {} times.",
            thousands(count.playlists),
            thousands(count.artists),
            thousands(count.mentions)
        ),
    );
    report.section("Data");
    report.table(&counts(analysis, Form::People));
    if analysis.provenance.corpus.sources.len() > 1 {
        report.table(&sources(analysis, Form::People));
    }

    report.section("Playlists");
    if count.empty < count.playlists {
        report.paragraph(&format!(
            "A playlist mentions {} artists on average and {} in the middle, repeats counted; {} different ones on average. In {} \
             nobody comes twice; {} of all mentions repeat an artist of the same playlist.{}",
            decimal(length.mentions.mean),
            decimal(length.mentions.median),
            decimal(length.artists.mean),
            percent(analysis.repeats.playlists_without),
            percent(analysis.repeats.repeated_mentions),
            analysis.repeats.same_as_previous.map_or_else(String::new, |share| format!(
                " Where the order is known, {} of the tracks are by the artist of the track before.",
                percent(share)
            ))
        ));
    }
    report.table(&lengths(analysis, Form::People));
    report.figures([
        (
            charts::playlist_lengths(&length.histogram).as_str(),
            "Lengths of playlists: artists mentioned, repeats counted. The last bar holds all longer ones.",
        ),
        (
            charts::repeats(&analysis.repeats.histogram, BINS_A_UNIT).as_str(),
            "Repeats: mentions of a playlist divided by its different artists. The last bar holds all that have more.",
        ),
    ]);

    report.section("Artists");
    report.table(&artists(analysis, Form::People));
    if count.mentions > 0 {
        report.paragraph(&long_tail_text(analysis));
        if let Some(text) = zipf_text(analysis) {
            report.paragraph(&text);
        }
    }
    let line = analysis.zipf.as_ref().map(|zipf| ZipfLine {
        exponent: zipf.exponent,
        log10_scale: zipf.log10_scale,
        ranks: zipf.ranks,
    });
    let curve: Vec<(f64, f64)> =
        tail.curve.iter().map(|point| (point.share_of_artists, point.share_of_mentions)).collect();
    let zipf_caption = match &analysis.zipf {
        Some(zipf) => format!("Rank against mentions, and the line that fits them: s = {:.3}.", zipf.exponent),
        None => "Rank against mentions.".to_owned(),
    };
    report.figures([
        (charts::zipf_with_line(mentions, line).as_str(), zipf_caption.as_str()),
        (
            charts::concentration(&curve).as_str(),
            "Share of all mentions that the most mentioned artists have together, and what it would be if all had equally \
             many (the lower line).",
        ),
    ]);
    if count.mentions > 0 {
        report.table(&concentration(analysis, Form::People));
        report.table(&min_count(analysis, Form::People));
    }

    report.section("Titles");
    if titles.playlists == 0 {
        report.paragraph("No playlist of this corpus has a title.");
    } else {
        report.paragraph(&format!(
            "{} playlists ({}) have a title; {} titles are different without case, accents and punctuation, and {} words in \
             them.",
            thousands(titles.playlists),
            percent(share(titles.playlists, count.playlists)),
            thousands(titles.different),
            thousands(titles.different_words)
        ));
        report.table(&title_words(analysis, Form::People));
    }

    report.section("Duplicates");
    report.paragraph(&format!(
        "Two playlists are near-duplicates where the Jaccard similarity of their sets of artists is at least {}; a group is \
         what such pairs connect. Splits keep a group on one side.",
        analysis.copies.threshold
    ));
    report.table(&duplicates(analysis, Form::People));
    if !analysis.copies.largest.is_empty() {
        report.table(&groups(analysis, Form::People));
    }
    report.section("Provenance");
    report.provenance(&analysis.provenance);
    report.to_html()
}

fn long_tail_text(analysis: &Analysis) -> String {
    let tail = &analysis.long_tail;
    let head = |i: usize| tail.heads.get(i).map_or(0.0, |head| head.share_of_mentions);
    let half = |i: usize| tail.halves.get(i).map_or(0, |half| half.artists as u64);
    format!(
        "The most mentioned 1\u{a0}% of the artists has {} of the mentions, the first 10\u{a0}% {}. {} artists make up half of all mentions, \
         {} make up 90\u{a0}%. {} of the artists are mentioned once, {} fewer than five times. The Gini coefficient is {:.3}.",
        percent(head(1)),
        percent(head(2)),
        thousands(half(0)),
        thousands(half(2)),
        percent(tail.mentioned_once),
        percent(tail.mentioned_under_five),
        tail.gini
    )
}

fn zipf_text(analysis: &Analysis) -> Option<String> {
    let zipf = analysis.zipf.as_ref()?;
    let (first, last) = zipf.ranks;
    let mut text = format!(
        "Zipf’s law says that the count at rank r is proportional to 1 / r^s. Least squares on the logarithms of rank and count, \
         over ranks {} to {} (all artists with at least five mentions; 40 ranks a decade, evenly spread), gives s\u{a0}=\u{a0}{:.3} with \
         R²\u{a0}=\u{a0}{:.3}.",
        thousands(first as u64),
        thousands(last as u64),
        zipf.exponent,
        zipf.r_squared
    );
    if let Some(law) = &zipf.counts {
        text += &format!(
            " By maximum likelihood (Clauset, Shalizi & Newman 2009) the counts from {} on ({} artists) follow a power law with \
             α = {:.3} ± {:.3}, Kolmogorov–Smirnov distance {:.3}; for ranks that is s = 1 / (α − 1) = {:.3}.",
            thousands(u64::from(law.x_min)),
            thousands(law.artists as u64),
            law.alpha,
            law.standard_error,
            law.distance,
            law.rank_exponent
        );
    }
    Some(text)
}

fn counts(analysis: &Analysis, form: Form) -> Table {
    let count = &analysis.counts;
    let mut table = Table::new(
        "The corpus in numbers.",
        vec![Column::text("what"), Column::number("number"), Column::number("share")],
    );
    let mut row = |name: &str, number: u64, of: Option<u64>| {
        let share = of.map_or_else(String::new, |of| form.share(share(number, of)));
        table.row([name.to_owned(), form.count(number), share]);
    };
    row("playlists", count.playlists, None);
    row("… that mention nobody", count.empty, Some(count.playlists));
    row("… with a title", count.titled, Some(count.playlists));
    row("… in their maker’s order", count.ordered, Some(count.playlists));
    row("mentions of artists", count.mentions, None);
    row("… without repeats in a playlist", count.pairs, Some(count.mentions));
    row("artists", count.artists, None);
    row("… with a stable id", count.identified, Some(count.artists));
    table
}

fn sources(analysis: &Analysis, form: Form) -> Table {
    let columns = vec![
        Column::text("input"),
        Column::number("playlists"),
        Column::number("mentions"),
        Column::number("mentions a playlist"),
    ];
    let mut table = Table::new("Where the playlists come from.", columns);
    for source in &analysis.provenance.corpus.sources {
        let mean = share(source.mentions, source.playlists);
        table.row([source.name.clone(), form.count(source.playlists), form.count(source.mentions), form.decimal(mean)]);
    }
    table
}

fn lengths(analysis: &Analysis, form: Form) -> Table {
    let names = ["mean", "smallest", "10\u{a0}%", "25\u{a0}%", "50\u{a0}%", "75\u{a0}%", "90\u{a0}%", "largest"];
    let columns = [Column::text("a playlist")].into_iter().chain(names.map(Column::number)).collect();
    let caption = "What a playlist has, over all that mention anybody: a share of the playlists in the heading has at most the \
                   number below it.";
    let mut table = Table::new(caption, columns);
    let rows = [
        ("mentions", &analysis.lengths.mentions),
        ("different artists", &analysis.lengths.artists),
        ("mentions per artist", &analysis.repeats.mentions_per_artist),
    ];
    for (name, &Quantiles { mean, min, tenth, quarter, median, three_quarters, nine_tenths, max }) in rows {
        let numbers =
            [mean, min, tenth, quarter, median, three_quarters, nine_tenths, max].map(|number| form.decimal(number));
        table.row([name.to_owned()].into_iter().chain(numbers));
    }
    table
}

fn length_histogram(analysis: &Analysis) -> Table {
    let mut table = histogram("mentions");
    for (i, count) in analysis.lengths.histogram.iter().enumerate() {
        let last = i + 1 == analysis.lengths.histogram.len();
        let to = if last { String::new() } else { (10 * i + 10).to_string() };
        table.row([(10 * i + 1).to_string(), to, count.to_string()]);
    }
    table
}

fn repeats_histogram(analysis: &Analysis) -> Table {
    let mut table = histogram("mentions per artist");
    for (i, count) in analysis.repeats.histogram.iter().enumerate() {
        let edge = |i: usize| (1.0 + i as f64 / f64::from(BINS_A_UNIT)).to_string();
        let to = if i + 1 == analysis.repeats.histogram.len() { String::new() } else { edge(i + 1) };
        table.row([edge(i), to, count.to_string()]);
    }
    table
}

/// A table for programs alone: the report draws it.
fn histogram(what: &str) -> Table {
    let columns = [format!("{what} from"), format!("{what} to"), "playlists".to_owned()].map(Column::number);
    Table::new("", columns.to_vec())
}

/// Ids take room that only the CSV has.
fn artists(analysis: &Analysis, form: Form) -> Table {
    let mut columns = vec![Column::number("rank"), Column::text("artist")];
    columns.extend((form == Form::Programs).then(|| Column::text("id")));
    columns.extend(["mentions", "share", "playlists", "share of playlists"].map(Column::number));
    let mut table = Table::new("The most mentioned artists. Repeats inside a playlist count as mentions.", columns);
    for artist in analysis.artists.iter().take(form.rows()) {
        let mut cells = vec![artist.rank.to_string(), artist.name.clone()];
        cells.extend((form == Form::Programs).then(|| artist.id.clone()));
        cells.extend([
            form.count(artist.mentions),
            form.share(artist.share_of_mentions),
            form.count(artist.playlists),
            form.share(artist.share_of_playlists),
        ]);
        table.row(cells);
    }
    table
}

fn concentration(analysis: &Analysis, form: Form) -> Table {
    let columns = ["artists", "share of artists", "share of mentions"].map(Column::number).to_vec();
    let caption = "The head of the long tail: some shares of the most mentioned artists, and the fewest that make up 50, 80 and \
                   90 % of the mentions.";
    let mut table = Table::new(caption, columns);
    let tail = &analysis.long_tail;
    let mut rows: Vec<_> = tail.heads.iter().chain(&tail.halves).collect();
    rows.sort_by_key(|row| row.artists);
    for row in rows {
        table.row([
            form.count(row.artists as u64),
            form.share(row.share_of_artists),
            form.share(row.share_of_mentions),
        ]);
    }
    table
}

fn min_count(analysis: &Analysis, form: Form) -> Table {
    let columns =
        ["mentions at least", "artists", "share of artists", "share of mentions"].map(Column::number).to_vec();
    let mut table =
        Table::new("What is left without artists that are mentioned less often (train --min-count).", columns);
    for row in &analysis.long_tail.kept {
        let number = row.min_count.to_string();
        table.row([
            number,
            form.count(row.artists as u64),
            form.share(row.share_of_artists),
            form.share(row.share_of_mentions),
        ]);
    }
    table
}

fn title_words(analysis: &Analysis, form: Form) -> Table {
    let columns = vec![
        Column::number("rank"),
        Column::text("word"),
        Column::number("playlists"),
        Column::number("share of titles"),
        Column::number("tells"),
        Column::text("learned"),
    ];
    let caption = "The words in most titles, without case and accents. What a word tells is how far the mean of its playlists \
                   lies from the mean of all, 0 for as many random playlists; training learns the words that tell enough.";
    let mut table = Table::new(caption, columns);
    for (i, word) in analysis.titles.words.iter().take(form.rows()).enumerate() {
        let share = form.share(share(word.playlists, analysis.titles.playlists));
        let learned = if word.telling { "yes" } else { "no" }.to_owned();
        let tells = format!("{:.2}", word.tells);
        table.row([(i + 1).to_string(), word.word.clone(), form.count(word.playlists), share, tells, learned]);
    }
    table
}

fn duplicates(analysis: &Analysis, form: Form) -> Table {
    let columns = vec![Column::text("beyond the first with"), Column::number("playlists"), Column::number("share")];
    let mut table = Table::new("Playlists that add nothing, or little, to another one.", columns);
    let copies = &analysis.copies;
    for (name, number) in [
        ("the same artists in the same order".to_owned(), copies.same_sequence),
        ("the same artists".to_owned(), copies.same_artists),
        ("nearly the same artists (a group)".to_owned(), copies.near),
    ] {
        table.row([name, form.count(number), form.share(share(number, analysis.counts.playlists))]);
    }
    table
}

fn groups(analysis: &Analysis, form: Form) -> Table {
    let columns = vec![
        Column::number("playlists"),
        Column::text("first title"),
        Column::text("first artists"),
        Column::number("artists"),
    ];
    let caption = format!(
        "The largest of {} groups of near-duplicates, which hold {} playlists together.",
        form.count(analysis.copies.groups),
        form.count(analysis.copies.playlists)
    );
    let mut table = Table::new(caption, columns);
    for group in &analysis.copies.largest {
        let more = if group.different_artists > group.artists.len() { ", …" } else { "" };
        let title = if form == Form::People && group.title.trim().is_empty() { "–" } else { &group.title };
        let artists = group.artists.join(", ") + more;
        table.row([form.count(group.playlists), title.to_owned(), artists, form.count(group.different_artists as u64)]);
    }
    table
}

/// A share as a percentage with three digits or so: 12.3 %, 0.045 %.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent == 0.0 || percent >= 99.95 {
        return format!("{percent:.0}\u{a0}%");
    }
    let digits = if percent >= 10.0 {
        1
    } else if percent >= 1.0 {
        2
    } else {
        3
    };
    format!("{percent:.digits$}\u{a0}%")
}

/// A number with one digit behind the point where it is small and has one; with commas where it is large.
fn decimal(number: f64) -> String {
    if number >= 1000.0 {
        thousands(number.round() as u64)
    } else if number.fract() == 0.0 {
        format!("{number}")
    } else if number < 10.0 {
        format!("{number:.2}")
    } else {
        format!("{number:.1}")
    }
}
