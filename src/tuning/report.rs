//! What a search found, on paper: the settings file, all trials as CSV and JSON, and a page with plots.

use std::path::Path;

use serde::Serialize;
use serde_json::json;
use toml::Value;

use super::objective::{CONTINUATION, RELATED};
use super::{Choice, Ended, Method, Outcome, Score, Scores, Trial, Tuned};
use crate::catalog::metadata::{Setting, Step};
use crate::charts::{self, Axis, HeatMap, Point, Role, short};
use crate::evaluation::statistics::{Difference, Interval, holm};
use crate::evaluation::{Metric, Related};
use crate::files::{self, FileError};
use crate::report::{Column, Report, Table};
use crate::text::thousands;
use crate::training::PARAMETERS;

/// Rows of the table of the best trials.
const BEST: usize = 20;

/// Numbers of a trial: two scores, each overall and of three groups.
const SCORES: usize = 8;

/// More values than these are put into bins.
const CATEGORIES: usize = 10;

/// Bins for a parameter with many values.
const BINS: usize = 6;

/// Pairs of parameters that get heat maps.
const PAIRS: usize = 6;

/// The original's two planes: its author chose negatives and epochs by the first, vector size and window by the second.
const ORIGINAL: [(&str, &str); 2] = [("epochs", "negative"), ("vector-size", "window")];

/// One of a trial's numbers.
type Pick = fn(&Scores) -> Option<f64>;

/// One number of the final score: the best settings against the defaults, on the same queries.
#[derive(Clone, Debug, Serialize)]
pub struct FinalScore {
    /// What was measured, such as `related, spotify_related: top`.
    pub name: String,
    /// The metric's name, such as `ndcg@500`.
    pub metric: String,
    /// With the best settings.
    pub best: Interval,
    /// With the defaults.
    pub defaults: Interval,
    /// By how much the best exceeds the defaults, with a p-value corrected for all rows (Holm); `None` where they are
    /// the same.
    pub difference: Option<Difference>,
}

impl Tuned {
    /// The best trial.
    pub fn best_trial(&self) -> &Trial {
        &self.trials[self.best]
    }

    /// The objective on what no trial has seen: the best relative to the defaults. This, unlike the search's own
    /// number, is not flattered by the choice.
    pub fn final_objective(&self) -> Option<f64> {
        let [defaults, best] = &self.finals;
        best.scores().objective(&defaults.scores(), &self.space.weights)
    }

    /// Everything that was scored on what no trial has seen.
    pub fn final_scores(&self) -> Vec<FinalScore> {
        let [defaults, best] = &self.finals;
        let seed = self.space.seed;
        let mut rows = Vec::new();
        let mut row = |name: String, metric: Metric, best: Option<Interval>, defaults: Option<Interval>, difference| {
            if let (Some(best), Some(defaults)) = (best, defaults) {
                rows.push(FinalScore { name, metric: metric.name(), best, defaults, difference });
            }
        };
        for (truth, (best, defaults)) in self.truths.iter().zip(best.related.iter().zip(&defaults.related)) {
            for metric in [RELATED, Metric::Matches(20)] {
                let (groups, mean) = best.compare(defaults, metric, seed);
                for (i, difference) in groups.into_iter().enumerate() {
                    let score = |related: &Related| related.groups[i].scores.as_ref()?.get(metric);
                    let name = format!("{truth}, {}", best.groups[i].group.name());
                    row(name, metric, score(best), score(defaults), difference);
                }
                let name = format!("{truth}, mean");
                row(name, metric, best.mean.get(metric), defaults.mean.get(metric), mean);
            }
        }
        if let (Some(best), Some(defaults)) = (&best.continuation, &defaults.continuation) {
            for metric in [CONTINUATION, Metric::RPrecision, Metric::CappedRecall(20), Metric::Hit(10), Metric::Clicks]
            {
                let difference = best.compare(defaults, metric, seed);
                let [of_best, of_defaults] = [best, defaults].map(|scored| scored.mean.scores.get(metric));
                row("continuation".into(), metric, of_best, of_defaults, difference);
            }
        }
        if self.best == 0 {
            rows.iter_mut().for_each(|row| row.difference = None);
        }
        let p_values: Vec<f64> = rows.iter().filter_map(|row| Some(row.difference?.p)).collect();
        let differences = rows.iter_mut().filter_map(|row| row.difference.as_mut());
        differences.zip(holm(&p_values)).for_each(|(difference, p)| difference.p = p);
        rows
    }

    /// The final score as a table.
    pub fn final_table(&self) -> Table {
        let interval = |interval: Interval| {
            format!("{} [{}, {}]", decimal(interval.mean), decimal(interval.low), decimal(interval.high))
        };
        let mut table = Table::new(
            "Scores on the playlists and artists that no trial has seen, with 95 % bootstrap intervals. Difference: \
             best less defaults on the same queries; p: paired randomisation test, corrected for all rows (Holm). Of \
             clicks, less is better.",
            vec![
                Column::text("score"),
                Column::text("metric"),
                Column::number("n"),
                Column::number("best"),
                Column::number("defaults"),
                Column::number("difference"),
                Column::number("p"),
            ],
        );
        for row in self.final_scores() {
            let (difference, p) = match row.difference {
                Some(difference) => (interval(difference.interval), format!("{:.3}", difference.p)),
                None => ("–".into(), "–".into()),
            };
            let n = thousands(row.best.n as u64);
            table.row([row.name, row.metric, n, interval(row.best), interval(row.defaults), difference, p]);
        }
        table
    }

    /// The `most` best trials and the defaults, the best first.
    pub fn best_table(&self, most: usize) -> Table {
        let parameters = self.varied();
        let mut columns = vec![Column::number("trial"), Column::number("objective")];
        // Scores that no trial has, such as those of a group without artists, need no column.
        let mut measured = [false; SCORES];
        for trial in &self.trials {
            measured.iter_mut().zip(score_values(trial)).for_each(|(any, score)| *any |= score.is_some());
        }
        columns.extend(score_names().zip(measured).filter(|(_, any)| *any).map(|(name, _)| Column::number(name)));
        columns.extend(parameters.iter().map(|name| Column::number(*name)));
        columns.push(Column::number("seconds"));
        let mut table = Table::new(
            "The best trials and the defaults (trial 0), by the objective: relative to the defaults, which have 1. \
             These scores chose the best, so they flatter it.",
            columns,
        );
        let mut order = super::strategy::best_of(&self.objectives, usize::MAX);
        let defaults = order.iter().position(|&i| i == 0).filter(|&place| place >= most);
        order.truncate(most);
        order.extend(defaults.map(|_| 0));
        for i in order {
            let trial = &self.trials[i];
            let mut cells = vec![trial.number.to_string(), self.objectives[i].map_or_else(String::new, decimal)];
            let scores = score_values(trial).zip(measured).filter(|(_, any)| *any);
            cells.extend(scores.map(|(score, _)| score.map_or_else(|| "–".into(), decimal)));
            cells.extend(parameters.iter().map(|name| trial.settings.get(*name).map_or_else(String::new, plain)));
            cells.push(format!("{:.1}", trial.seconds));
            table.row(cells);
        }
        table
    }

    /// How the search went, in sentences.
    pub fn summary(&self) -> Vec<String> {
        let failed = self.trials.iter().filter(|trial| trial.scores().is_none()).count();
        let done = self.trials.len() - 1;
        let ended = match self.ended {
            None => String::new(),
            Some(Ended::Budget) => format!(" of {}; the time was up", self.planned - 1),
            Some(Ended::Trials) => format!(" of {}; more were not asked for", self.planned - 1),
        };
        let mut lines = vec![format!("{done} trials and the defaults{ended}; {failed} failed.")];
        let gain =
            |objective: Option<f64>| objective.map_or_else(String::new, |o| format!("{:+.1} %", 100.0 * (o - 1.0)));
        lines.push(if self.best == 0 {
            "No trial was better than the defaults.".to_owned()
        } else {
            format!(
                "Trial {} is the best: {} over the defaults where it was chosen, {} on what no trial has seen.",
                self.best_trial().number,
                gain(self.objectives[self.best]),
                gain(self.final_objective())
            )
        });
        lines
    }

    /// Writes `settings.toml`, `trials.csv`, `trials.json` and `report.html`.
    ///
    /// # Errors
    /// [`FileError`] where a file cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), FileError> {
        let write = |name: &str, text: &str| files::write_bytes(&directory.join(name), text.as_bytes());
        write("settings.toml", &self.settings_file())?;
        write("trials.csv", &self.trials_table().to_csv())?;
        write("trials.json", &self.json())?;
        write("report.html", &self.report().to_html())
    }

    /// The best settings as `train --settings` takes them, with where they come from. The same search gives the same
    /// file.
    fn settings_file(&self) -> String {
        let trial = self.best_trial();
        let mut file = format!(
            "# Training settings chosen by artist2vec {} tune: trial {} of {} ({}, seed {}).\n# Corpus {}: learned \
             from {} playlists, chosen by {}, scored on {} others.\n",
            env!("CARGO_PKG_VERSION"),
            trial.number,
            self.trials.len() - 1,
            method_name(self.space.method),
            self.space.seed,
            self.corpus,
            thousands(self.playlists[0] as u64),
            thousands(self.playlists[1] as u64),
            thousands(self.playlists[2] as u64),
        );
        for line in self.summary() {
            file += &format!("# {line}\n");
        }
        for row in self.final_scores() {
            file += &format!(
                "# {} {}: {} (defaults {})\n",
                row.name,
                row.metric,
                decimal(row.best.mean),
                decimal(row.defaults.mean)
            );
        }
        file += "#\n# artist2vec train CORPUS --settings THIS_FILE -o model.a2m\n\n";
        for parameter in PARAMETERS.iter().filter(|parameter| trial.settings.contains_key(parameter.name)) {
            file += &format!("{} = {}\n", parameter.name, trial.settings[parameter.name]);
        }
        file
    }

    /// All trials in the order of their numbers.
    fn trials_table(&self) -> Table {
        let parameters = || PARAMETERS.iter().map(|parameter| parameter.name).filter(|&name| name != "workers");
        let columns = ["trial", "rung", "objective"].into_iter().map(str::to_owned).chain(score_names());
        let columns = columns.chain(["seconds", "failed"].map(str::to_owned)).chain(parameters().map(str::to_owned));
        let mut table = Table::new("All trials.", columns.map(Column::number).collect());
        for (trial, objective) in self.trials.iter().zip(&self.objectives) {
            let number = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
            let mut cells = vec![trial.number.to_string(), trial.rung.to_string(), number(*objective)];
            cells.extend(score_values(trial).map(number));
            cells.push(format!("{:.3}", trial.seconds));
            cells.push(match &trial.outcome {
                Outcome::Failed(reason) => reason.clone(),
                Outcome::Scored(_) => String::new(),
            });
            cells.extend(parameters().map(|name| trial.settings.get(name).map_or_else(String::new, plain)));
            table.row(cells);
        }
        table
    }

    fn json(&self) -> String {
        let trials = self.trials.iter().zip(&self.objectives).map(|(trial, objective)| {
            json!({
                "number": trial.number,
                "rung": trial.rung,
                "objective": objective,
                "settings": trial.settings,
                "outcome": trial.outcome,
                "seconds": trial.seconds,
            })
        });
        let value = json!({
            "version": 1,
            "program": env!("CARGO_PKG_VERSION"),
            "method": method_name(self.space.method),
            "seed": self.space.seed,
            "corpus": self.corpus,
            "truth": self.truths,
            "playlists": { "train": self.playlists[0], "validation": self.playlists[1], "test": self.playlists[2] },
            "weights": { "related": self.space.weights.related, "continuation": self.space.weights.continuation },
            "planned": self.planned - 1,
            "best": self.best_trial().number,
            "final-objective": self.final_objective(),
            "final": self.final_scores(),
            "trials": trials.collect::<Vec<_>>(),
        });
        format!("{value:#}\n")
    }

    /// Parameters whose values differ among trials, in the order of [`PARAMETERS`].
    fn varied(&self) -> Vec<&'static str> {
        let chosen = |name: &str| self.space.choices.iter().any(|(chosen, _)| *chosen == name);
        let halving = self.space.halving.is_some();
        let names = PARAMETERS.iter().map(|parameter| parameter.name);
        names.filter(|&name| chosen(name) || (halving && name == "epochs")).collect()
    }

    fn report(&self) -> Report {
        let lead = format!(
            "{} The training settings were searched by {}; each trial learned from {} playlists.",
            self.summary().join(" "),
            method_name(self.space.method),
            thousands(self.playlists[0] as u64)
        );
        let mut report = Report::new("Search for training settings", &lead);
        report.section("On what no trial has seen");
        report.paragraph(&format!(
            "The best of many trials owes a part of its score to luck. Therefore the best settings and the defaults \
             were trained once more and scored on {} playlists and on the half of the related artists that no trial \
             was scored on.",
            thousands(self.playlists[2] as u64)
        ));
        report.table(&self.final_table());
        report.section("The best trials");
        report.paragraph(&self.objective_sentence());
        report.table(&self.best_table(BEST));
        self.heat_maps(&mut report);
        self.fronts(&mut report);
        self.course(&mut report);
        self.effects(&mut report);
        self.failures(&mut report);
        report.section("The chosen settings");
        let chosen = PARAMETERS.iter().filter_map(|parameter| {
            let value = plain(self.best_trial().settings.get(parameter.name)?);
            Some(Setting { name: parameter.name.into(), value })
        });
        report.settings(&chosen.collect::<Vec<_>>());
        report.section("The search");
        let [train, validation, test] = self.playlists.map(|playlists| thousands(playlists as u64));
        let search = Step::new("tune")
            .setting("corpus", &self.corpus)
            .setting("method", method_name(self.space.method))
            .setting("seed", self.space.seed)
            .setting("playlists learned from", train)
            .setting("playlists to choose by", validation)
            .setting("playlists of the final score", test)
            .setting("related artists", self.truths.join(", "));
        report.settings(&search.settings);
        report
    }

    fn objective_sentence(&self) -> String {
        let weights = self.space.weights;
        format!(
            "The objective is the weighted mean of two ratios to the defaults: related artists (weight {}; matches / \
             min(20, references), mean of the popularity groups) and playlist continuation (weight {}; NDCG@500, mean \
             of the visible shares). Top, mid and low are artists of rank 1 to 1,000, to 10,000 and beyond; for \
             continuation, the share of hidden artists among the first 100.",
            weights.related, weights.continuation
        )
    }

    /// The original's plots, or those of the pairs that vary.
    fn heat_maps(&self, report: &mut Report) {
        let varied = self.varied();
        let mut pairs: Vec<(&str, &str)> =
            ORIGINAL.into_iter().filter(|(a, b)| varied.contains(a) && varied.contains(b)).collect();
        if pairs.is_empty() {
            pairs =
                varied.iter().enumerate().flat_map(|(i, a)| varied[i + 1..].iter().map(move |b| (*a, *b))).collect();
            pairs.truncate(PAIRS);
        }
        let measures = self.measures();
        if pairs.is_empty() || measures.is_empty() {
            return;
        }
        report.section("Two parameters at a time");
        report.paragraph(
            "Settings that suit popular artists may fail rare ones, hence one map each. Where several trials fall \
             into a cell, it shows their mean; the best cell is framed.",
        );
        for (x, y) in pairs {
            let (x_bins, y_bins) = (self.bins(x), self.bins(y));
            let mut maps = Vec::new();
            for (name, value) in &measures {
                let mut cells = vec![Vec::new(); x_bins.labels.len() * y_bins.labels.len()];
                for trial in &self.trials[1..] {
                    let place = |bins: &Bins, name: &str| bins.place(trial.settings.get(name)?);
                    let (Some(column), Some(row)) = (place(&x_bins, x), place(&y_bins, y)) else { continue };
                    cells[row * x_bins.labels.len() + column].extend(trial.scores().and_then(value));
                }
                let cells: Vec<Option<f64>> = cells
                    .iter()
                    .map(|values| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64))
                    .collect();
                let title = format!("{x} and {y}: {name}");
                let map = HeatMap {
                    title: &title,
                    value: name,
                    x: (x, &x_bins.labels),
                    y: (y, &y_bins.labels),
                    cells: &cells,
                };
                maps.push((charts::heat_map(&map), format!("{title}.")));
            }
            report.figures(maps.iter().map(|(svg, caption)| (svg.as_str(), caption.as_str())));
        }
    }

    /// Names and values of what heat maps show.
    fn measures(&self) -> Vec<(&'static str, Pick)> {
        let has = |value: Pick| self.trials.iter().filter_map(Trial::scores).any(|s| value(s).is_some());
        let related: [(&str, Pick); 3] = [
            ("related artists found, top", |scores| scores.related?.top),
            ("related artists found, low", |scores| scores.related?.low),
            ("related artists found, mean", |scores| Some(scores.related?.overall)),
        ];
        let continuation: [(&str, Pick); 3] = [
            ("continuation, top artists found", |scores| scores.continuation?.top),
            ("continuation, low artists found", |scores| scores.continuation?.low),
            ("continuation, NDCG@500", |scores| Some(scores.continuation?.overall)),
        ];
        let all = if has(related[2].1) { related } else { continuation };
        all.into_iter().filter(|(_, value)| has(*value)).collect()
    }

    fn fronts(&self, report: &mut Report) {
        let fronts: [(&str, &str, Pick, &str, Pick, &str); 3] = [
            (
                "Mainstream against niche",
                "related artists found, top",
                |s| s.related?.top,
                "related artists found, low",
                |s| s.related?.low,
                "Every trial by what it finds of the related artists of the 1,000 most popular and of those beyond \
                 rank 10,000. Between the trials on the line one has to choose: better at one is worse at the other.",
            ),
            (
                "Mainstream against niche in playlists",
                "top artists found",
                |s| s.continuation?.top,
                "low artists found",
                |s| s.continuation?.low,
                "Every trial by the share of hidden artists that are among the first 100, of the most popular and of \
                 the rare.",
            ),
            (
                "Related artists against playlists",
                "related artists found",
                |s| Some(s.related?.overall),
                "continuation, NDCG@500",
                |s| Some(s.continuation?.overall),
                "Every trial by its two scores.",
            ),
        ];
        let mut drawn = Vec::new();
        for (title, x, x_of, y, y_of, caption) in fronts {
            let points: Vec<Point> = self.points(|trial| Some((x_of(trial.scores()?)?, y_of(trial.scores()?)?)));
            if points.is_empty() {
                continue;
            }
            drawn.push((charts::pareto(title, x, y, &points), caption));
        }
        if !drawn.is_empty() {
            report.section("What has to be traded");
            report.figures(drawn.iter().map(|(svg, caption)| (svg.as_str(), *caption)));
        }
    }

    fn course(&self, report: &mut Report) {
        report.section("The course of the search");
        let objective = |trial: &Trial| self.objective_of(trial);
        let points = self.points(|trial| Some((trial.number as f64, objective(trial)?)));
        let by_trial = charts::progress("Objective by trial", "trial", "objective", &points);
        let mut minutes = 0.0;
        let spent: Vec<f64> = self
            .trials
            .iter()
            .map(|trial| {
                minutes += trial.seconds / 60.0;
                minutes
            })
            .collect();
        let points = self
            .points(|trial| Some((spent[self.trials.partition_point(|t| t.number < trial.number)], objective(trial)?)));
        let by_time = charts::progress("Objective by time", "minutes of work", "objective", &points);
        report.figures([
            (by_trial.as_str(), "The objective of every trial in order, and the best so far. The defaults have 1."),
            (by_time.as_str(), "The same by the time that trials took, one after the other."),
        ]);
    }

    fn effects(&self, report: &mut Report) {
        report.section("One parameter at a time");
        report.paragraph("Every trial's objective by the value of one parameter; all others vary too.");
        let mut effects = Vec::new();
        for name in self.varied() {
            let values: Vec<f64> =
                self.trials[1..].iter().filter_map(|trial| number(trial.settings.get(name)?)).collect();
            let choice = self.space.choices.iter().find(|(chosen, _)| *chosen == name).map(|(_, choice)| choice);
            let bins = self.bins(name);
            let (axis, by_place) = match choice {
                Some(Choice::Range { log: true, .. }) => (Axis::logarithmic(name, &values), false),
                Some(Choice::Range { .. }) => (Axis::linear(name, &values), false),
                _ if bins.exact => (Axis::categories(name, &bins.labels), true),
                _ => (Axis::linear(name, &values), false),
            };
            let points = self.points(|trial| {
                let value = trial.settings.get(name)?;
                let x = if by_place { bins.place(value)? as f64 } else { number(value)? };
                Some((x, self.objective_of(trial)?))
            });
            // The defaults may lie far outside of what was searched.
            let inside = |point: &Point| point.role != Role::Defaults || by_place || is_within(point.x, &values);
            let points: Vec<Point> = points.into_iter().filter(inside).collect();
            let svg = charts::effect(&format!("The effect of {name}"), &axis, "objective", &points);
            effects.push((svg, format!("The objective by {name}.")));
        }
        report.figures(effects.iter().map(|(svg, caption)| (svg.as_str(), caption.as_str())));
    }

    fn failures(&self, report: &mut Report) {
        let mut table =
            Table::new("Trials that could not be trained.", vec![Column::number("trial"), Column::text("why")]);
        for trial in &self.trials {
            if let Outcome::Failed(reason) = &trial.outcome {
                table.row([trial.number.to_string(), reason.clone()]);
            }
        }
        if !table.rows.is_empty() {
            report.section("What failed");
            report.table(&table);
        }
    }

    fn objective_of(&self, trial: &Trial) -> Option<f64> {
        let place = self.trials.partition_point(|other| other.number < trial.number);
        self.objectives.get(place).copied().flatten()
    }

    /// One point a trial that has a place, in order.
    fn points(&self, place: impl Fn(&Trial) -> Option<(f64, f64)>) -> Vec<Point> {
        let role = |i: usize| match i {
            0 => Role::Defaults,
            i if i == self.best => Role::Best,
            _ => Role::Plain,
        };
        let trials = self.trials.iter().enumerate();
        trials.filter_map(|(i, trial)| place(trial).map(|(x, y)| Point { x, y, role: role(i) })).collect()
    }

    /// The values of a parameter among trials, as they are or in bins.
    fn bins(&self, name: &str) -> Bins {
        let mut values: Vec<&Value> = Vec::new();
        for value in self.trials[1..].iter().filter_map(|trial| trial.settings.get(name)) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values.sort_by(|a, b| match (number(a), number(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => plain(a).cmp(&plain(b)),
        });
        let numbers: Vec<f64> = values.iter().filter_map(|value| number(value)).collect();
        if values.len() <= CATEGORIES || numbers.len() < values.len() {
            let label = |value: &&Value| number(value).map_or_else(|| plain(value), short);
            return Bins {
                labels: values.iter().map(label).collect(),
                values: values.into_iter().cloned().collect(),
                edges: Vec::new(),
                exact: true,
            };
        }
        let (min, max) = (numbers[0], numbers[numbers.len() - 1]);
        let log = self
            .space
            .choices
            .iter()
            .any(|(chosen, choice)| *chosen == name && matches!(choice, Choice::Range { log: true, .. }));
        let whole = values.iter().all(|value| value.is_integer());
        let edge = |i: usize| {
            let share = i as f64 / BINS as f64;
            let edge = if log { (min.ln() + share * (max.ln() - min.ln())).exp() } else { min + share * (max - min) };
            // Of whole numbers, a bin begins with one; the last bin ends before the next.
            if whole { edge.round() + if i == BINS { 1.0 } else { 0.0 } } else { edge }
        };
        let mut edges: Vec<f64> = (0..=BINS).map(edge).collect();
        edges.dedup();
        let label = |ends: &[f64]| match (whole, ends[1] - 1.0) {
            (true, last) if last == ends[0] => short(last),
            (true, last) => format!("{}–{}", short(ends[0]), short(last)),
            (false, _) => format!("{}–{}", digits(ends[0]), digits(ends[1])),
        };
        Bins { labels: edges.windows(2).map(label).collect(), values: Vec::new(), edges, exact: false }
    }
}

/// Where values fall on an axis.
struct Bins {
    labels: Vec<String>,
    /// The values, where each has its own place.
    values: Vec<Value>,
    /// The ends of the bins, where there are too many.
    edges: Vec<f64>,
    exact: bool,
}

impl Bins {
    fn place(&self, value: &Value) -> Option<usize> {
        if self.exact {
            return self.values.iter().position(|known| known == value);
        }
        // Rounding may have moved the outer edges a little inwards.
        let number = number(value)?;
        Some(self.edges[1..].partition_point(|&edge| edge <= number).min(self.labels.len() - 1))
    }
}

fn is_within(x: f64, values: &[f64]) -> bool {
    values.iter().any(|&value| value <= x) && values.iter().any(|&value| value >= x)
}

fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

/// A value without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Four decimals.
fn decimal(number: f64) -> String {
    format!("{number:.3}")
}

/// Two significant digits, for the ends of bins.
fn digits(number: f64) -> String {
    format!("{number:.1e}").parse().map_or_else(|_| short(number), short)
}

/// The method's name in sentences.
fn method_name(method: Method) -> &'static str {
    match method {
        Method::Grid => "grid",
        Method::Random => "random draws",
        Method::Halving => "successive halving",
    }
}

/// The columns of [`score_values`].
fn score_names() -> impl Iterator<Item = String> {
    ["related", "continuation"]
        .into_iter()
        .flat_map(|score| ["", " top", " mid", " low"].map(|group| format!("{score}{group}")))
}

fn score_values(trial: &Trial) -> impl Iterator<Item = Option<f64>> {
    let scores = trial.scores().copied().unwrap_or_default();
    [scores.related, scores.continuation].into_iter().flat_map(|score: Option<Score>| {
        [score.map(|s| s.overall), score.and_then(|s| s.top), score.and_then(|s| s.mid), score.and_then(|s| s.low)]
    })
}
