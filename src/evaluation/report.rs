//! An evaluation as people read it: tables for the terminal, a page with plots, tidy tables for other programs.

use std::fs;
use std::path::{Path, PathBuf};

use super::statistics::Interval;
use super::{
    Agreement, Comparison, ContinuationResults, Evaluation, Group, InputKind, Kinship, Metric, NearWord,
    NeighbourResults, RelatedResults, Relation, Visible, WordResults,
};
use crate::catalog::metadata::Setting;
use crate::charts::{self, Estimate, Series};
use crate::files::{self, FileError};
use crate::report::{Column, Report, Table};

/// The cuts of lists that curves are drawn over.
const CUTS: [usize; 4] = [10, 20, 100, 500];

/// What stands where there is no value.
const NONE: &str = "–";

/// The whole evaluation for a terminal of 120 columns.
pub fn to_text(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    let mut paragraph = |heading: &str, table: &Table| {
        text += &format!("{heading}\n{}\n", table.to_text());
    };
    paragraph(&compared(evaluation), &inputs(evaluation));
    for results in &evaluation.related {
        paragraph(&format!("Related artists. {}", related_lead(results)), &related_groups(results, true));
    }
    if let Some(results) = &evaluation.continuation {
        let heading = format!("Playlist continuation, mean of the visible shares. {}", continuation_lead(results));
        paragraph(&heading, &continuation_mean(results, true));
        let heading = "R-precision by number of artists shown; share of hidden artists of each group in the first 100";
        paragraph(heading, &continuation_spread(results));
        paragraph("The first 20 of all lists", &continuation_lists(results));
    }
    paragraph(
        "Neighbours: how evenly artists occur in each other's 20 nearest",
        &hubs(&evaluation.neighbours, evaluation),
    );
    if !evaluation.neighbours.pairs.is_empty() {
        paragraph("Neighbours: share of the 20 nearest that two have in common", &agreements(&evaluation.neighbours));
    }
    if !evaluation.words.is_empty() {
        paragraph(
            "Words of titles: artists among the 20 nearest whose genres carry the word",
            &words(&evaluation.words),
        );
    }
    if !evaluation.near_words.is_empty() {
        paragraph("Words of titles: what lies nearest", &near_words(&evaluation.near_words));
    }
    text
}

/// The whole evaluation as a page of its own.
pub fn to_html(evaluation: &Evaluation) -> String {
    let lead = compared(evaluation);
    let mut report = Report::new("Evaluation of artist vectors", &lead);
    for warning in &evaluation.warnings {
        report.paragraph(&format!("Warning: {warning}."));
    }
    report.table(&inputs(evaluation));
    for results in &evaluation.related {
        report.section(&format!("Related artists: {}", results.truth));
        related_section(&mut report, results);
    }
    if let Some(results) = &evaluation.continuation {
        report.section("Playlist continuation");
        continuation_section(&mut report, results);
    }
    if let Some((related, continuation)) = evaluation.related.first().zip(evaluation.continuation.as_ref()) {
        report.section("Mainstream and niche");
        trade_off_section(&mut report, related, continuation);
    }
    report.section("Neighbours");
    report.paragraph(
        "Every artist's 20 nearest, taken together. In spaces of many dimensions a few artists, hubs, tend to be \
         everyone's neighbours and many are nobody's (Radovanović, Nanopoulos & Ivanović 2010); the skewness of how often \
         artists occur says how much.",
    );
    report.table(&hubs(&evaluation.neighbours, evaluation));
    if !evaluation.neighbours.pairs.is_empty() {
        report.table(&agreements(&evaluation.neighbours));
    }
    if !evaluation.words.is_empty() || !evaluation.near_words.is_empty() {
        report.section("Words of titles");
        words_section(&mut report, evaluation);
    }
    report.section("How this was measured");
    method_section(&mut report, evaluation);
    report.section("Where the inputs come from");
    for input in &evaluation.inputs {
        report.subsection(&input.name);
        let setting = |name: &str, value: String| Setting { name: name.into(), value };
        report.settings(&[setting("file", input.source.clone()), setting("SHA-256", input.sha256.clone())]);
        report.provenance(&input.provenance);
    }
    report.to_html()
}

/// Writes the page (`report.html`), everything as JSON (`evaluation.json`) and the tables (CSV) into a folder, which is
/// made where it is missing; gives back what was written.
///
/// # Errors
/// [`FileError`] where the folder or a file cannot be written.
pub fn write_folder(evaluation: &Evaluation, folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    fs::create_dir_all(folder).map_err(|source| FileError::write(folder, source))?;
    let mut written = Vec::new();
    let mut write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        files::write_bytes(&path, bytes)?;
        written.push(path);
        Ok(())
    };
    for (name, table) in tidy(evaluation) {
        write(&format!("{name}.csv"), table.to_csv().as_bytes())?;
    }
    let path = folder.join("evaluation.json");
    let json = serde_json::to_vec_pretty(evaluation)
        .map_err(|source| FileError::write(&path, std::io::Error::from(source)))?;
    write("evaluation.json", &json)?;
    write("report.html", to_html(evaluation).as_bytes())?;
    Ok(written)
}

// What stands in cells.

fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    // A minus of its own width, and no minus before nothing.
    if text.trim_start_matches(['-', '0', '.']).is_empty() {
        text.trim_start_matches('-').to_owned()
    } else {
        text.replace('-', "−")
    }
}

fn with_interval(interval: Interval, decimals: usize) -> String {
    format!(
        "{} [{}, {}]",
        fixed(interval.mean, decimals),
        fixed(interval.low, decimals),
        fixed(interval.high, decimals)
    )
}

fn value_or_none(interval: Option<Interval>, decimals: usize) -> String {
    interval.map_or_else(|| NONE.into(), |interval| fixed(interval.mean, decimals))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn thousands(number: usize) -> String {
    crate::text::thousands(number as u64)
}

/// A difference with its corrected p-value, such as "−0.42 (p < 0.001)".
fn difference(comparisons: &[Comparison], recommender: &str, metric: Metric, scope: &str, decimals: usize) -> String {
    let found = comparisons.iter().find(|comparison| {
        comparison.recommender == recommender && comparison.scope == scope && comparison.metric == metric.name()
    });
    let Some(Comparison { difference, corrected_p, .. }) = found else { return NONE.into() };
    let sign = if difference.mean > 0.0 { "+" } else { "" };
    let p = if *corrected_p < 0.001 { "p<0.001".into() } else { format!("p={corrected_p:.3}") };
    format!("{sign}{} {p}", fixed(difference.mean, decimals))
}

// Tables that people read.

fn compared(evaluation: &Evaluation) -> String {
    let artists = thousands(evaluation.artists);
    let order = if evaluation.corpus.is_some() { "the training corpus" } else { "the first input" };
    let who = match (evaluation.inputs.len(), evaluation.corpus.is_some()) {
        (0, _) => "the training corpus knows".into(),
        (1, false) => "the input knows".into(),
        (1, true) => "the input and the training corpus know".into(),
        (inputs, false) => format!("all {inputs} inputs know"),
        (inputs, true) => format!("all {inputs} inputs and the training corpus know"),
    };
    format!("Compared over the {artists} artists that {who}, in the order of their popularity in {order}.")
}

fn inputs(evaluation: &Evaluation) -> Table {
    let mut table = Table::new(
        "What is compared: how many artists each input has, the share of them that is in the comparison, and artists whose \
         vector is zero or not finite.",
        vec![
            Column::text("input"),
            Column::text("kind"),
            Column::number("dimensions"),
            Column::number("artists"),
            Column::number("compared"),
            Column::number("no direction"),
        ],
    );
    for input in &evaluation.inputs {
        let kind = match input.kind {
            InputKind::Model => "model",
            InputKind::Pack => "pack",
            InputKind::Vectors => "vectors",
        };
        table.row([
            input.name.clone(),
            kind.into(),
            input.dimensions.to_string(),
            thousands(input.artists),
            percent(input.compared),
            thousands(input.without_direction),
        ]);
    }
    for (name, corpus) in [("training corpus", &evaluation.corpus), ("held-out corpus", &evaluation.held_out)] {
        if let Some(corpus) = corpus {
            let artists = thousands(corpus.summary.artists as usize);
            table.row([name.into(), "corpus".into(), NONE.into(), artists, percent(corpus.compared), NONE.into()]);
        }
    }
    table
}

fn words(results: &[WordResults]) -> Table {
    let mut table = Table::new(
        "How well words of titles find artists of genres that carry them: the mean precision@20 over words, and what random \
         artists would reach.",
        vec![
            Column::text("input"),
            Column::number("words learned"),
            Column::number("of genres"),
            Column::number("artists with genres"),
            Column::number("precision@20 [95 %]"),
            Column::number("chance"),
        ],
    );
    for WordResults { input, learned, artists, precision, chance, words } in results {
        table.row([
            input.clone(),
            thousands(*learned),
            thousands(words.len()),
            thousands(*artists),
            precision.map_or_else(|| NONE.into(), |interval| with_interval(interval, 3)),
            fixed(*chance, 3),
        ]);
    }
    table
}

/// Every word that takes part, one row a model.
fn word_scores(results: &[WordResults]) -> Table {
    let mut table = Table::new(
        "Each word: playlists that have it in their title, artists whose genres carry it and the share of them among all \
         (chance), and their share among the 20 nearest.",
        vec![
            Column::text("word"),
            Column::text("input"),
            Column::number("playlists"),
            Column::number("artists"),
            Column::number("chance"),
            Column::number("precision@20"),
            Column::text("nearest artists"),
        ],
    );
    for result in results {
        for word in &result.words {
            table.row([
                word.word.clone(),
                result.input.clone(),
                thousands(word.playlists as usize),
                thousands(word.carried_by),
                fixed(word.chance, 3),
                fixed(word.precision, 2),
                word.nearest[..word.nearest.len().min(5)].join(", "),
            ]);
        }
    }
    table
}

fn near_words(found: &[NearWord]) -> Table {
    let columns = ["word", "input", "nearest artists", "nearest words"].map(Column::text).to_vec();
    let mut table = Table::new("What lies nearest to the words that were asked for.", columns);
    let names = |near: &[(String, f32)], most: usize| {
        near.iter().take(most).map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    };
    for NearWord { input, word, artists, words, .. } in found {
        table.row([word.clone(), input.clone(), names(artists, 6), names(words, 6)]);
    }
    table
}

fn words_section(report: &mut Report, evaluation: &Evaluation) {
    if !evaluation.words.is_empty() {
        report.paragraph(
            "A word takes part where the genres of at least 20 of the artists compared carry it: one of their genres has it \
             among its words. It is asked for the 20 artists in its direction, of those whose genres are known. Words of moods \
             and occasions name no genre: of these, only what lies nearest can be told.",
        );
        report.table(&words(&evaluation.words));
        report.table(&word_scores(&evaluation.words));
    }
    if !evaluation.near_words.is_empty() {
        report.table(&near_words(&evaluation.near_words));
    }
}

fn related_lead(results: &RelatedResults) -> String {
    let coverage = results.coverage;
    let share = |part: usize, of: usize| percent(part as f64 / of.max(1) as f64);
    let influence = match results.relation {
        Relation::Similarity => "",
        Relation::Influence => " Influence, in both directions, is not similarity.",
    };
    format!(
        "{}: {} of its {} artists with references are compared ({}), and {} of their {} references ({}).{influence}",
        results.truth,
        thousands(coverage.artists_found),
        thousands(coverage.artists),
        share(coverage.artists_found, coverage.artists),
        thousands(coverage.references_found),
        thousands(coverage.references),
        share(coverage.references_found, coverage.references),
    )
}

/// All metrics by group. For a terminal a group is named once, and what the tests say stands beside the values.
fn related_groups(results: &RelatedResults, terminal: bool) -> Table {
    let mut columns = vec![
        Column::text("group"),
        Column::number("n"),
        Column::number("references"),
        Column::text("recommender"),
        Column::number("matches@20 [95 %]"),
        Column::number("of possible"),
        Column::number("recall"),
        Column::number("NDCG"),
        Column::number("MAP"),
    ];
    if terminal {
        columns.push(Column::number("against the first"));
    }
    let width = columns.len();
    let mut table = Table::new(
        "All measures by popularity group. n: artists asked; references: how many an artist has on average; of possible: \
         matches / min(20, references).",
        columns,
    );
    let [matches, rest @ ..] = Metric::RELATED;
    for (place, scope) in scopes().enumerate() {
        for (i, related) in results.scores.iter().enumerate() {
            let group = related.groups.get(place);
            let scores = group.map_or(Some(&related.mean), |group| group.scores.as_ref());
            let Some(scores) = scores else {
                if i == 0 {
                    let mut cells = vec![scope, "0", NONE, "(nobody to ask)"];
                    cells.resize(width, NONE);
                    table.row(cells);
                }
                continue;
            };
            let (n, references) = group.map_or_else(
                || (scores.get(matches).map_or(0, |interval| interval.n), NONE.into()),
                |group| (group.artists, fixed(group.references, 1)),
            );
            let mut cells = if !terminal || i == 0 {
                vec![scope.to_owned(), thousands(n), references]
            } else {
                vec![String::new(); 3]
            };
            cells.push(related.recommender.clone());
            cells.push(scores.get(matches).map_or_else(|| NONE.into(), |interval| with_interval(interval, 2)));
            cells.extend(rest.iter().map(|&metric| value_or_none(scores.get(metric), 3)));
            if terminal {
                cells.push(difference(&results.comparisons, &related.recommender, matches, scope, 2));
            }
            table.row(cells);
        }
    }
    table
}

/// What the tests against the first say.
fn tested(comparisons: &[Comparison]) -> Table {
    let mut table = Table::new(
        "Differences from the first recommender with 95 % intervals, and p-values of the paired randomisation test after \
         Holm's correction.",
        vec![
            Column::text("recommender"),
            Column::text("metric"),
            Column::text("of"),
            Column::number("difference [95 %]"),
            Column::number("p"),
        ],
    );
    for Comparison { recommender, metric, scope, difference, corrected_p, .. } in comparisons {
        let p = format!("{corrected_p:.3}");
        table.row([recommender.clone(), metric.clone(), scope.clone(), with_interval(*difference, 3), p]);
    }
    table
}

/// The names of the groups, and "mean".
fn scopes() -> impl Iterator<Item = &'static str> {
    Group::ALL.into_iter().map(Group::name).chain(["mean"])
}

fn continuation_lead(results: &ContinuationResults) -> String {
    let facts = &results.facts;
    let reachable: Vec<String> = facts
        .shares
        .iter()
        .map(|share| {
            let unanswerable = match share.unanswerable {
                0 => String::new(),
                n => format!(", {} of which show nobody known", thousands(n)),
            };
            format!("{} ({}{unanswerable})", share.visible, thousands(share.queries))
        })
        .collect();
    let hidden: usize = facts.shares.iter().map(|share| share.hidden).sum();
    let found: f64 = facts.shares.iter().map(|share| share.reachable * share.hidden as f64).sum();
    format!(
        "{} of {} held-out playlists take part, {} in their real order, the others in a random one. Artists shown (playlists): {}. \
         {} of the hidden artists are among those compared and can be found.",
        thousands(facts.taking_part),
        thousands(facts.playlists),
        thousands(facts.ordered),
        reachable.join(", "),
        percent(found / hidden.max(1) as f64),
    )
}

fn continuation_mean(results: &ContinuationResults, terminal: bool) -> Table {
    let mut table = Table::new(
        "Playlist continuation, mean of the visible shares. recall@100: matches / min(100, hidden); clicks: how often ten \
         more must be asked for until one fits (0 best, 51 worst).",
        vec![
            Column::text("recommender"),
            Column::number("R-precision [95 %]"),
            Column::number("NDCG@100"),
            Column::number("recall@100"),
            Column::number("hit@10"),
            Column::number("MRR"),
            Column::number("clicks"),
        ],
    );
    let others = [Metric::Ndcg(100), Metric::CappedRecall(100), Metric::Hit(10), Metric::ReciprocalRank(500)];
    for continuation in &results.scores {
        let scores = &continuation.mean.scores;
        let r_precision = scores.get(Metric::RPrecision);
        let mut cells = vec![
            continuation.recommender.clone(),
            r_precision.map_or_else(|| NONE.into(), |interval| with_interval(interval, 3)),
        ];
        cells.extend(others.map(|metric| value_or_none(scores.get(metric), 3)));
        cells.push(value_or_none(scores.get(Metric::Clicks), 2));
        if terminal {
            cells.push(difference(&results.comparisons, &continuation.recommender, Metric::RPrecision, "mean", 3));
        }
        table.row(cells);
    }
    if terminal {
        table.columns.push(Column::number("R-precision against the first"));
    }
    for column in [1, 2, 3, 4, 5] {
        table.mark_largest(column);
    }
    table.mark_smallest(6);
    table
}

fn continuation_spread(results: &ContinuationResults) -> Table {
    let mut columns = vec![Column::text("recommender")];
    columns.extend(results.facts.shares.iter().map(|share| Column::number(format!("{} shown", share.visible))));
    columns.extend(Group::ALL.map(|group| Column::number(format!("hidden {}", group.name()))));
    let mut table = Table::new(
        "R-precision by the number of artists shown, and the share of all hidden artists of each popularity group that is \
         among the first 100, over all visible shares.",
        columns,
    );
    for continuation in &results.scores {
        let mut cells = vec![continuation.recommender.clone()];
        cells.extend(continuation.shares.iter().map(|share| value_or_none(share.scores.get(Metric::RPrecision), 3)));
        cells.extend(Group::ALL.map(|group| {
            let found = continuation.mean.groups.iter().find(|found| found.group == group);
            value_or_none(found.and_then(|found| found.recall.get(Metric::Recall(100))), 3)
        }));
        table.row(cells);
    }
    for column in 1..table.columns.len() {
        table.mark_largest(column);
    }
    table
}

fn continuation_lists(results: &ContinuationResults) -> Table {
    let mut table = Table::new(
        "The first 20 of all lists, mean of the visible shares: the share of artists that is in any list (coverage), how \
         unevenly artists occur (Gini, 0 where evenly), and how rare they are (novelty, mean self-information in bits).",
        vec![
            Column::text("recommender"),
            Column::number("coverage"),
            Column::number("Gini"),
            Column::number("novelty"),
        ],
    );
    for continuation in &results.scores {
        let mean = &continuation.mean;
        let novelty = mean.novelty.map_or_else(|| NONE.into(), |bits| fixed(bits, 2));
        table.row([continuation.recommender.clone(), percent(mean.coverage), fixed(mean.gini, 3), novelty]);
    }
    table
}

fn hubs(results: &NeighbourResults, evaluation: &Evaluation) -> Table {
    let mut table = Table::new(
        "Hubs among 20 nearest neighbours. Skewness: of how often artists occur in lists, 0 where evenly; largest hub: the \
         artist in most lists; in no list: share of artists who are nobody's neighbour.",
        vec![
            Column::text("recommender"),
            Column::number("skewness"),
            Column::number("Gini"),
            Column::number("in no list"),
            Column::text("largest hub"),
            Column::number("its lists"),
            Column::number("of all"),
        ],
    );
    for of in &results.hubness {
        let hubness = &of.hubness;
        table.row([
            of.recommender.clone(),
            fixed(hubness.skewness, 2),
            fixed(hubness.gini, 3),
            percent(hubness.anti_hubs),
            of.largest_name.clone(),
            crate::text::thousands(hubness.largest),
            percent(hubness.largest as f64 / evaluation.artists.max(1) as f64),
        ]);
    }
    table.mark_smallest(1);
    table
}

fn agreements(results: &NeighbourResults) -> Table {
    let mut table = Table::new(
        "Agreement: the share of the 20 nearest neighbours that both have, over all artists and by popularity group. \
         Between two seeds of a training it is its stability; between a pack and its model, what 8-bit codes left.",
        vec![
            Column::text("one"),
            Column::text("other"),
            Column::number("agreement@20 [95 %]"),
            Column::number("top"),
            Column::number("mid"),
            Column::number("low"),
            Column::text("what it says"),
        ],
    );
    for Agreement { names: [one, other], kinship, overlap, groups, score_error } in &results.pairs {
        let says = match kinship {
            Some(Kinship::Seed) => "stability: other seed".into(),
            Some(Kinship::Quantisation) => {
                let error = score_error.map_or_else(String::new, |error| format!(", cosines off by {:.4}", error.mean));
                format!("quantisation{error}")
            }
            None => String::new(),
        };
        let overlap = overlap.map_or_else(|| NONE.into(), |interval| with_interval(interval, 3));
        let mut cells = vec![one.clone(), other.clone(), overlap];
        cells.extend(groups.iter().map(|(_, interval)| value_or_none(*interval, 3)));
        cells.push(says);
        table.row(cells);
    }
    table
}

// Sections of the page.

fn estimate(interval: Interval) -> Estimate {
    Estimate { value: interval.mean, low: interval.low, high: interval.high }
}

fn related_section(report: &mut Report, results: &RelatedResults) {
    report.paragraph(&related_lead(results));
    let matches = Metric::RELATED[0];
    let mut columns = vec![Column::text("recommender")];
    let first = results.scores.first();
    for (place, scope) in scopes().enumerate() {
        let counted = first.and_then(|first| first.groups.get(place)).map(|group| {
            format!("{scope} (n = {}, {} references)", thousands(group.artists), fixed(group.references, 1))
        });
        columns.push(Column::number(counted.unwrap_or_else(|| format!("{scope} of groups"))));
    }
    let mut table = Table::new(
        "Matches@20: how many of an artist's 20 nearest are among its references, with 95 % intervals.",
        columns,
    );
    for related in &results.scores {
        let scores = related.groups.iter().map(|group| group.scores.as_ref()).chain([Some(&related.mean)]);
        let cell = |scores: Option<&super::Scores>| {
            scores.and_then(|scores| scores.get(matches)).map_or_else(|| NONE.into(), |i| with_interval(i, 2))
        };
        let mut cells = vec![related.recommender.clone()];
        cells.extend(scores.map(cell));
        table.row(cells);
    }
    for column in 1..=scopes().count() {
        table.mark_largest(column);
    }
    report.table(&table);
    let figures: Vec<(String, String)> = scopes()
        .enumerate()
        .filter_map(|(place, scope)| {
            let rows: Vec<(String, Estimate)> = results
                .scores
                .iter()
                .filter_map(|related| {
                    let scores = match related.groups.get(place) {
                        Some(group) => group.scores.as_ref()?,
                        None => &related.mean,
                    };
                    Some((related.recommender.clone(), estimate(scores.get(matches)?)))
                })
                .collect();
            let title = if scope == "mean" {
                "Mean of the groups".into()
            } else {
                format!("Artists of the group “{scope}”")
            };
            (!rows.is_empty())
                .then(|| (charts::intervals(&title, "matches@20", &rows), format!("{title}: matches@20.")))
        })
        .collect();
    report.figures(figures.iter().map(|(svg, caption)| (svg.as_str(), caption.as_str())));
    report.table(&related_groups(results, false));
    if !results.comparisons.is_empty() {
        report.table(&tested(&results.comparisons));
    }
}

fn continuation_section(report: &mut Report, results: &ContinuationResults) {
    report.paragraph(&continuation_lead(results));
    report.table(&continuation_mean(results, false));
    report.table(&continuation_spread(results));
    report.table(&continuation_lists(results));
    if !results.comparisons.is_empty() {
        report.table(&tested(&results.comparisons));
    }
    let rows = |metric: Metric| -> Vec<(String, Estimate)> {
        let row = |continuation: &super::Continuation| {
            Some((continuation.recommender.clone(), estimate(continuation.mean.scores.get(metric)?)))
        };
        results.scores.iter().filter_map(row).collect()
    };
    let curves = |points: &dyn Fn(&super::Continuation) -> Vec<(f64, Estimate)>| -> Vec<Series> {
        let series = |continuation: &super::Continuation| Series {
            name: continuation.recommender.clone(),
            points: points(continuation),
        };
        results.scores.iter().map(series).collect()
    };
    let recall = curves(&|continuation| {
        let point = |k| Some((k as f64, estimate(continuation.mean.scores.get(Metric::CappedRecall(k))?)));
        CUTS.into_iter().filter_map(point).collect()
    });
    let shown = curves(&|continuation| {
        let fixed_shares = Visible::ALL.into_iter().zip(&continuation.shares);
        let point = |(visible, share): (Visible, &super::ContinuationPart)| match visible {
            Visible::First(count) => Some((count as f64, estimate(share.scores.get(Metric::RPrecision)?))),
            Visible::Half => None,
        };
        fixed_shares.filter_map(point).collect()
    });
    let cuts: Vec<f64> = CUTS.iter().map(|&cut| cut as f64).collect();
    let figures = [
        (
            charts::intervals("R-precision", "R-precision", &rows(Metric::RPrecision)),
            "R-precision, mean of the visible shares, with 95 % intervals.",
        ),
        (
            charts::intervals("NDCG@100", "NDCG@100", &rows(Metric::Ndcg(100))),
            "NDCG@100, mean of the visible shares, with 95 % intervals.",
        ),
        (
            charts::curves("Recall by length of the list", "length of the list", "capped recall", &cuts, &recall),
            "Capped recall (matches / min(k, hidden)) by the length k of the list, mean of the visible shares.",
        ),
        (
            charts::curves("R-precision by artists shown", "artists shown", "R-precision", &[1.0, 5.0, 10.0], &shown),
            "R-precision by how many artists are shown. Playlists that are long enough differ from share to share.",
        ),
    ];
    report.figures(figures.iter().map(|(svg, caption)| (svg.as_str(), *caption)));
}

fn trade_off_section(report: &mut Report, related: &RelatedResults, continuation: &ContinuationResults) {
    report.paragraph(
        "Settings that suit popular artists may fail obscure ones, and the other way round. Up and to the right is better for \
         both.",
    );
    let of_related = |place: usize| {
        related.scores.iter().map(move |related| {
            let scores = related.groups.get(place)?.scores.as_ref()?;
            Some(estimate(scores.get(Metric::RELATED[0])?))
        })
    };
    // The least popular group that has artists.
    let niche = (1..Group::ALL.len()).rev().find(|&place| of_related(place).any(|estimate| estimate.is_some()));
    let mut figures = Vec::new();
    if let Some(niche) = niche {
        let names = related.scores.iter().map(|related| related.recommender.clone());
        let points = names.zip(of_related(0).zip(of_related(niche)));
        let points: Vec<_> = points.filter_map(|(name, (x, y))| Some((name, x?, y?))).collect();
        let name = Group::ALL[niche].name();
        let svg = charts::trade_off(
            "Related artists, mainstream against niche",
            "matches@20, top",
            &format!("matches@20, {name}"),
            &points,
        );
        figures.push((
            svg,
            format!("Matches@20 of popular artists (top) against that of rare ones ({name}), {}.", related.truth),
        ));
    }
    let of_group = |continuation: &super::Continuation, group: Group| {
        let found = continuation.mean.groups.iter().find(|found| found.group == group)?;
        Some(estimate(found.recall.get(Metric::Recall(100))?))
    };
    let hidden = |group: &Group| continuation.scores.iter().any(|scores| of_group(scores, *group).is_some());
    if let Some(niche) = Group::ALL[1..].iter().copied().rev().find(hidden) {
        let point = |scores: &super::Continuation| {
            Some((scores.recommender.clone(), of_group(scores, Group::Top)?, of_group(scores, niche)?))
        };
        let points: Vec<_> = continuation.scores.iter().filter_map(point).collect();
        let svg = charts::trade_off(
            "Continuation, mainstream against niche",
            "recall@100 of top",
            &format!("recall@100 of {}", niche.name()),
            &points,
        );
        let caption = format!(
            "The share of hidden artists found among the first 100: popular (top) against rare ({}) ones.",
            niche.name()
        );
        figures.push((svg, caption));
    }
    report.figures(figures.iter().map(|(svg, caption)| (svg.as_str(), caption.as_str())));
}

fn method_section(report: &mut Report, evaluation: &Evaluation) {
    let settings = &evaluation.settings;
    report.paragraph(&format!(
        "Artists are matched by stable id where both sides have one of the same kind, else by name without case, accents and \
         punctuation. Groups of popularity: top, rank 1 to 1,000; mid, 1,001 to 10,000; low, beyond. Intervals are 95 % \
         percentile bootstrap intervals of {} resamples; “against the first” is a paired randomisation test (Fisher's, two-sided, \
         10,000 sign flips) against the first recommender of the table, corrected after Holm for all tests of the same list \
         or playlists.",
        thousands(settings.related.resamples)
    ));
    if !evaluation.related.is_empty() {
        report.paragraph(&format!(
            "Related artists: an artist's references are restricted to the artists compared; it takes part if at least {} are \
             left. Of a group with more than {} such artists, so many are drawn at random, the same for every recommender. \
             Matches counts references among the 20 nearest; of possible is matches / min(20, references); recall is \
             matches / references; NDCG and MAP are cut at 20, with binary relevance. The mean is that of the groups which \
             have artists, each counting the same.",
            settings.related.min_references,
            thousands(settings.related.sample)
        ));
    }
    if evaluation.continuation.is_some() {
        report.paragraph(&format!(
            "Playlist continuation: a held-out playlist becomes the list of its different artists, in their order where the \
             source's order is real, else in a random order that depends on the artists alone. The first 1, 5, 10 or the first \
             half are shown, the others hidden; a playlist takes part if at least {} are hidden. Shown artists that are not \
             compared are dropped, hidden ones count as missed. Lists hold 500 of the artists compared, those shown left out. \
             R-precision, NDCG and clicks are those of the RecSys Challenge 2018 at the level of artists; recall@k is \
             matches / min(k, hidden); MRR is the mean reciprocal rank. “input · output” continues with Word2Vec's own \
             prediction, the mean of the input vectors of the artists shown times the output vectors; vectors are otherwise \
             asked by the mean of unit vectors. A playlist is resampled, and its sign flipped, with all its shares together.",
            settings.continuation.min_hidden
        ));
    }
    let setting = |name: &str, value: String| Setting { name: name.into(), value };
    report.settings(&[
        setting("seed", settings.related.seed.to_string()),
        setting("vectors", if settings.plain { "as they are" } else { "unit length, centred" }.into()),
        setting("resamples", settings.related.resamples.to_string()),
        setting("min-references", settings.related.min_references.to_string()),
        setting("min-hidden", settings.continuation.min_hidden.to_string()),
    ]);
}

// Tidy tables: one number a row.

fn tidy(evaluation: &Evaluation) -> Vec<(&'static str, Table)> {
    let table = |words: &[&str], numbers: &[&str]| {
        let columns =
            words.iter().map(|name| Column::text(*name)).chain(numbers.iter().map(|name| Column::number(*name)));
        Table::new("", columns.collect())
    };
    let cells = |interval: Interval| [interval.mean, interval.low, interval.high].map(|value| value.to_string());
    let mut tables = Vec::new();
    let mut comparisons =
        table(&["protocol", "recommender", "metric", "scope"], &["difference", "low", "high", "p", "corrected_p"]);
    let mut compare = |protocol: &str, found: &[Comparison]| {
        for comparison in found {
            let mut row = vec![protocol.to_owned(), comparison.recommender.clone(), comparison.metric.clone()];
            row.push(comparison.scope.clone());
            row.extend(cells(comparison.difference));
            row.extend([comparison.p, comparison.corrected_p].map(|p| p.to_string()));
            comparisons.row(row);
        }
    };
    if !evaluation.related.is_empty() {
        let mut related_table =
            table(&["truth", "recommender", "group", "metric"], &["n", "references", "mean", "low", "high"]);
        for results in &evaluation.related {
            compare(&results.truth, &results.comparisons);
            for related in &results.scores {
                let groups = related.groups.iter().filter_map(|group| {
                    Some((group.group.name(), group.references.to_string(), group.scores.as_ref()?))
                });
                for (name, references, scores) in groups.chain([("mean", String::new(), &related.mean)]) {
                    for (metric, interval) in scores.iter() {
                        let mut row =
                            vec![results.truth.clone(), related.recommender.clone(), name.into(), metric.name()];
                        row.extend([interval.n.to_string(), references.clone()]);
                        row.extend(cells(interval));
                        related_table.row(row);
                    }
                }
            }
        }
        tables.push(("related", related_table));
    }
    if let Some(results) = &evaluation.continuation {
        compare("continuation", &results.comparisons);
        let mut scores = table(&["recommender", "visible", "metric"], &["n", "mean", "low", "high"]);
        let mut groups = table(&["recommender", "visible", "group", "metric"], &["hidden", "n", "mean", "low", "high"]);
        for continuation in &results.scores {
            for part in continuation.shares.iter().chain([&continuation.mean]) {
                let start = [continuation.recommender.clone(), part.visible.clone()];
                for (metric, interval) in part.scores.iter() {
                    let mut row = start.to_vec();
                    row.extend([metric.name(), interval.n.to_string()]);
                    row.extend(cells(interval));
                    scores.row(row);
                }
                let plain =
                    [("coverage@20", Some(part.coverage)), ("gini@20", Some(part.gini)), ("novelty@20", part.novelty)];
                for (name, value) in plain.into_iter().filter_map(|(name, value)| Some((name, value?))) {
                    let mut row = start.to_vec();
                    row.extend([name, "", &value.to_string(), "", ""].map(str::to_owned));
                    scores.row(row);
                }
                for group in &part.groups {
                    for (metric, interval) in group.recall.iter() {
                        let mut row = start.to_vec();
                        row.extend([group.group.name().into(), metric.name(), group.hidden.to_string()]);
                        row.push(interval.n.to_string());
                        row.extend(cells(interval));
                        groups.row(row);
                    }
                }
            }
        }
        tables.extend([("continuation", scores), ("continuation_groups", groups)]);
    }
    let mut hubness =
        table(&["recommender", "largest_hub"], &["skewness", "gini", "robin_hood", "anti_hubs", "largest"]);
    for of in &evaluation.neighbours.hubness {
        let mut row = vec![of.recommender.clone(), of.largest_name.clone()];
        let values = [of.hubness.skewness, of.hubness.gini, of.hubness.robin_hood, of.hubness.anti_hubs];
        row.extend(values.map(|value| value.to_string()));
        row.push(of.hubness.largest.to_string());
        hubness.row(row);
    }
    tables.push(("hubness", hubness));
    if !evaluation.neighbours.pairs.is_empty() {
        let mut agreement = table(&["one", "other", "kinship", "group"], &["n", "mean", "low", "high"]);
        for pair in &evaluation.neighbours.pairs {
            let kinship = match pair.kinship {
                Some(Kinship::Seed) => "seed",
                Some(Kinship::Quantisation) => "quantisation",
                None => "",
            };
            let all = [("all", pair.overlap)].into_iter();
            for (group, interval) in all.chain(pair.groups.iter().map(|(group, interval)| (group.name(), *interval))) {
                let Some(interval) = interval else { continue };
                let mut row = vec![pair.names[0].clone(), pair.names[1].clone(), kinship.into(), group.into()];
                row.push(interval.n.to_string());
                row.extend(cells(interval));
                agreement.row(row);
            }
        }
        tables.push(("agreement", agreement));
    }
    if !evaluation.words.is_empty() {
        let mut words = table(&["input", "word"], &["playlists", "artists", "chance", "precision"]);
        for result in &evaluation.words {
            for word in &result.words {
                let mut row = vec![result.input.clone(), word.word.clone()];
                row.extend([word.playlists.to_string(), word.carried_by.to_string()]);
                row.extend([word.chance, word.precision].map(|value| value.to_string()));
                words.row(row);
            }
        }
        tables.push(("title_words", words));
    }
    if !comparisons.rows.is_empty() {
        tables.push(("comparisons", comparisons));
    }
    tables
}
