//! The space file (TOML): what to search, how, and what counts as good.
//!
//! Owns the file's form and its checks: whatever passes here can be trained, but for divergence and for combinations of
//! choices that contradict each other. Knows nothing of how
//! trials are run.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde::Deserialize;
use toml::{Spanned, Table, Value};

use super::strategy::Halving;
use crate::corpus::SplitSettings;
use crate::files::TextFileError;
use crate::rng::Rng;
use crate::training::{PARAMETERS, Settings, StepFunction};

/// The most settings that a search may try.
const MAX_TRIALS: usize = 100_000;

/// The most values that a range may be cut into.
const MAX_STEPS: i64 = 1000;

/// How settings are chosen from the space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Every combination of the lists.
    Grid,
    /// Independent random draws (Bergstra & Bengio 2012).
    Random,
    /// Random draws, many of them trained for few epochs, the best ones for more.
    Halving,
}

/// What a trial's scores weigh in the objective; not negative, not all 0.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Weights {
    /// Of related artists.
    #[serde(default)]
    pub related: f64,
    /// Of playlist continuation.
    #[serde(default)]
    pub continuation: f64,
}

/// The values that one parameter may take.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// One of these.
    List(Vec<Value>),
    /// Any number from `min` to `max`.
    Range {
        /// The least.
        min: f64,
        /// The largest.
        max: f64,
        /// Equal ratios are equally likely, instead of equal differences.
        log: bool,
        /// Whole numbers only.
        whole: bool,
    },
}

/// What to search: a space file, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    /// How settings are chosen.
    pub method: Method,
    /// How many settings are drawn; for a grid, how many it has.
    pub trials: usize,
    /// Seed of the draws, of the splits, and of every training that chooses none.
    pub seed: u64,
    /// What counts as good.
    pub weights: Weights,
    /// How much of the corpus is held out; its seed is [`Self::seed`].
    pub split: SplitSettings,
    /// Parameters with one value for all trials.
    pub fixed: Table,
    /// Parameters that are searched, in the order of [`PARAMETERS`].
    pub choices: Vec<(&'static str, Choice)>,
    /// The rungs, where the method is [`Method::Halving`].
    pub halving: Option<Halving>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct SpaceFile {
    method: Method,
    trials: Option<Spanned<i64>>,
    seed: Option<Spanned<i64>>,
    objective: Option<Spanned<Weights>>,
    split: Option<Spanned<Shares>>,
    #[serde(default)]
    fixed: BTreeMap<Spanned<String>, Value>,
    #[serde(default)]
    space: BTreeMap<Spanned<String>, Spanned<Value>>,
    halving: Option<Spanned<HalvingFile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shares {
    validation: Option<f64>,
    test: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct HalvingFile {
    min_epochs: u32,
    max_epochs: u32,
    #[serde(default = "default_factor")]
    factor: u32,
}

fn default_factor() -> u32 {
    3
}

/// Something is wrong at a byte of the file.
type Wrong = (usize, String);

impl Space {
    /// Reads and checks a space file.
    ///
    /// # Errors
    /// [`TextFileError`] with the line, the name and what would be right.
    pub fn read(path: &Path) -> Result<Self, TextFileError> {
        let text = TextFileError::read(path)?;
        Self::parse(&text).map_err(|(at, reason)| TextFileError::content(path, &text, at, reason))
    }

    /// The same space with another seed, of the split too.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, split: SplitSettings { seed, ..self.split }, ..self }
    }

    fn parse(text: &str) -> Result<Self, Wrong> {
        let file: SpaceFile = toml::from_str(text)
            .map_err(|error| (error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
        let seed = match &file.seed {
            None => 1,
            Some(seed) => u64::try_from(*seed.get_ref())
                .map_err(|_| (seed.span().start, "seed must be a whole number from 0".to_owned()))?,
        };
        let split = split(file.split.as_ref(), seed)?;
        let halving = halving(file.method, file.halving.as_ref())?;
        let mut smallest_alpha = file.fixed.get("alpha").and_then(number);
        if let Some(choice) = file.space.get("alpha") {
            smallest_alpha = match choice.get_ref() {
                Value::Array(list) => list.iter().filter_map(number).reduce(f64::min),
                range => range.get("min").and_then(number),
            };
        }
        // Without negatives something else must be learned from.
        let hierarchical = if file.space.contains_key("hs") { Some(1.into()) } else { file.fixed.get("hs").cloned() };
        let fits = |name: &str, value: &Value| {
            let mut alone = Table::from_iter([(name.to_owned(), value.clone())]);
            if let Some(alpha) = smallest_alpha.filter(|_| name == "min-alpha") {
                alone.insert("alpha".into(), alpha.into());
            }
            if let Some(hs) = hierarchical.clone().filter(|_| name == "negative") {
                alone.insert("hs".into(), hs);
            }
            Settings::from_table(&alone).map(drop).map_err(|error| error.to_string())
        };

        for (name, value) in &file.fixed {
            let at = name.span().start;
            expect_searchable(name, halving.is_some())?;
            if file.space.contains_key(name) {
                return Err((at, format!("{} stands in [fixed] and in [space]; leave one of them", name.get_ref())));
            }
            fits(name.get_ref(), value).map_err(|reason| (at, reason))?;
        }
        let mut choices = Vec::new();
        for (name, value) in &file.space {
            expect_searchable(name, halving.is_some())?;
            let choice = choice(name.get_ref(), value.get_ref(), file.method, &fits);
            choices.push((name.get_ref(), choice.map_err(|reason| (name.span().start, reason))?));
        }
        let ordered = PARAMETERS.iter().filter_map(|parameter| {
            let (_, choice) = choices.iter().find(|(name, _)| *name == parameter.name)?;
            Some((parameter.name, choice.clone()))
        });
        let mut space = Self {
            method: file.method,
            trials: 0,
            seed,
            weights: weights(file.objective.as_ref())?,
            split,
            fixed: file.fixed.iter().map(|(name, value)| (name.get_ref().clone(), value.clone())).collect(),
            choices: ordered.collect(),
            halving,
        };
        if space.choices.is_empty() {
            return Err((text.len(), "[space] names no parameter, so there is nothing to search".into()));
        }
        space.trials = space.count(file.trials.as_ref())?;
        Ok(space)
    }

    /// How many settings will be tried.
    fn count(&self, trials: Option<&Spanned<i64>>) -> Result<usize, Wrong> {
        match (self.method, trials) {
            (Method::Grid, Some(trials)) => {
                let reason = "a grid tries all its points; remove trials, or take method = \"random\"";
                Err((trials.span().start, reason.into()))
            }
            (Method::Grid, None) => {
                let values = self.choices.iter().map(|(_, choice)| match choice {
                    Choice::List(values) => values.len(),
                    Choice::Range { .. } => 1,
                });
                let points = values.fold(1_usize, usize::saturating_mul);
                if points > MAX_TRIALS {
                    let reason = format!(
                        "the grid has more than {MAX_TRIALS} points; shorten the lists, or take method = \"random\""
                    );
                    return Err((0, reason));
                }
                Ok(points)
            }
            (_, Some(trials)) => usize::try_from(*trials.get_ref())
                .ok()
                .filter(|trials| (1..=MAX_TRIALS).contains(trials))
                .ok_or_else(|| (trials.span().start, format!("trials must be a whole number from 1 to {MAX_TRIALS}"))),
            (_, None) => Err((0, "trials is missing: how many settings are drawn, such as trials = 40".into())),
        }
    }

    /// The settings to try, each once: [`Self::fixed`] and one value of every choice.
    ///
    /// The same space gives the same ones, and a larger [`Self::trials`] the same ones first. A space with fewer
    /// different settings gives them all, perhaps but for a few unlikely ones.
    pub fn candidates(&self) -> Vec<Table> {
        let mut candidates: Vec<Table> = Vec::new();
        let mut seen = HashSet::new();
        let mut add = |candidate: Table| {
            if seen.insert(candidate.to_string()) {
                candidates.push(candidate);
            }
            candidates.len()
        };
        if self.method == Method::Grid {
            for point in 0..self.trials {
                // The last parameter changes from one point to the next.
                let mut rest = point;
                let mut candidate = self.fixed.clone();
                for (name, choice) in self.choices.iter().rev() {
                    if let Choice::List(values) = choice {
                        candidate.insert((*name).to_owned(), values[rest % values.len()].clone());
                        rest /= values.len();
                    }
                }
                add(candidate);
            }
        } else {
            for draw in 0..self.trials.saturating_mul(20) {
                let mut rng = Rng::stream(self.seed, draw as u64);
                let mut candidate = self.fixed.clone();
                candidate.extend(self.choices.iter().map(|(name, choice)| ((*name).to_owned(), choice.draw(&mut rng))));
                if add(candidate) == self.trials {
                    break;
                }
            }
        }
        candidates
    }
}

impl Choice {
    fn draw(&self, rng: &mut Rng) -> Value {
        match self {
            Self::List(values) => values[rng.below(values.len() as u64) as usize].clone(),
            &Self::Range { min, max, log, whole } => {
                // Every whole number is as wide as any other, the first and the last too.
                let wider = if whole { 0.5 } else { 0.0 };
                rounded(between(min - wider, max + wider, log, rng.next_f64()), min, max, whole)
            }
        }
    }
}

/// The number at `share` (0 to 1) of the way from `min` to `max`.
fn between(min: f64, max: f64, log: bool, share: f64) -> f64 {
    if log { (min.ln() + share * (max.ln() - min.ln())).exp() } else { min + share * (max - min) }
}

/// A number as a value from `min` to `max`; to three digits, which is finer than scores can tell.
fn rounded(number: f64, min: f64, max: f64, whole: bool) -> Value {
    if whole {
        Value::Integer(number.round().clamp(min, max) as i64)
    } else {
        Value::Float(format!("{number:.2e}").parse().unwrap_or(number).clamp(min, max))
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

/// Refuses parameters that do not exist and those that a search must not set.
fn expect_searchable(name: &Spanned<String>, halving: bool) -> Result<(), Wrong> {
    let reason = match name.get_ref().as_str() {
        "workers" => "workers does not change what is learned; give it on the command line: --workers".to_owned(),
        "epochs" if halving => {
            "method = \"halving\" sets epochs itself: remove it here, see min-epochs and max-epochs in [halving]".into()
        }
        name if PARAMETERS.iter().any(|parameter| parameter.name == name) => return Ok(()),
        unknown => {
            let names = PARAMETERS.iter().map(|parameter| parameter.name).filter(|&name| name != "workers");
            format!("there is no parameter {unknown}; the parameters are {}", names.collect::<Vec<_>>().join(", "))
        }
    };
    Err((name.span().start, reason))
}

/// Reads one parameter's values: a list, or a range as a table.
fn choice(
    name: &str,
    value: &Value,
    method: Method,
    fits: &dyn Fn(&str, &Value) -> Result<(), String>,
) -> Result<Choice, String> {
    let range = match value {
        Value::Array(values) if values.is_empty() => return Err(format!("{name} has an empty list of values")),
        Value::Array(values) => {
            values.iter().try_for_each(|value| fits(name, value))?;
            return Ok(Choice::List(values.clone()));
        }
        Value::Table(range) => range,
        _ => {
            return Err(format!(
                "{name} must be a list of values, such as [1, 2], or a range, such as {{ min = 1, max = 2 }}; a \
                 single value belongs into [fixed]"
            ));
        }
    };
    if let Some(unknown) = range.keys().find(|key| !["min", "max", "scale", "steps"].contains(&key.as_str())) {
        return Err(format!("{name}: a range has min, max, scale and steps, but no {unknown}"));
    }
    let whole = match Settings::of(StepFunction::Batched).to_table().get(name) {
        Some(Value::Integer(_)) => true,
        Some(Value::Float(_)) => false,
        _ => return Err(format!("{name} is no number: give a list of values")),
    };
    let bound = |key: &str| {
        let value = range.get(key).ok_or_else(|| format!("{name}: the range has no {key}"))?;
        fits(name, value)?;
        number(value).ok_or_else(|| format!("{name}: {key} is no number"))
    };
    let (min, max) = (bound("min")?, bound("max")?);
    if min > max {
        return Err(format!("{name}: min is {min}, above max, which is {max}"));
    }
    let log = match range.get("scale").map(Value::as_str) {
        None | Some(Some("linear")) => false,
        Some(Some("log")) => true,
        _ => return Err(format!("{name}: scale must be \"linear\" or \"log\"")),
    };
    if log && min <= 0.0 {
        return Err(format!("{name}: a logarithmic scale needs a min above 0, and it is {min}"));
    }
    match range.get("steps").map(Value::as_integer) {
        None if method == Method::Grid => {
            Err(format!("{name}: a grid needs a list of values, or a number of steps in the range, such as steps = 5"))
        }
        None => Ok(Choice::Range { min, max, log, whole }),
        Some(Some(steps @ 2..=MAX_STEPS)) => {
            let last = (steps - 1) as f64;
            let value = |step| rounded(between(min, max, log, step as f64 / last), min, max, whole);
            let mut values: Vec<Value> = (0..steps).map(value).collect();
            values.dedup();
            Ok(Choice::List(values))
        }
        Some(_) => Err(format!("{name}: steps must be a whole number from 2 to {MAX_STEPS}")),
    }
}

fn weights(file: Option<&Spanned<Weights>>) -> Result<Weights, Wrong> {
    let Some(file) = file else { return Ok(Weights { related: 0.5, continuation: 0.5 }) };
    let weights = *file.get_ref();
    let both = [weights.related, weights.continuation];
    if both.iter().all(|weight| weight.is_finite() && *weight >= 0.0) && both.iter().any(|&weight| weight > 0.0) {
        return Ok(weights);
    }
    Err((file.span().start, "the weights of related and continuation must be numbers from 0, not both 0".into()))
}

fn split(file: Option<&Spanned<Shares>>, seed: u64) -> Result<SplitSettings, Wrong> {
    let defaults = SplitSettings::default();
    let Some(file) = file else { return Ok(SplitSettings { seed, ..defaults }) };
    let validation = file.get_ref().validation.unwrap_or(defaults.validation);
    let test = file.get_ref().test.unwrap_or(defaults.test);
    if validation > 0.0 && test > 0.0 && validation + test < 1.0 {
        return Ok(SplitSettings { validation, test, seed });
    }
    Err((file.span().start, "validation and test must be shares above 0 that leave something to learn from".into()))
}

fn halving(method: Method, file: Option<&Spanned<HalvingFile>>) -> Result<Option<Halving>, Wrong> {
    match (method, file) {
        (Method::Halving, Some(file)) => {
            let &HalvingFile { min_epochs, max_epochs, factor } = file.get_ref();
            let reason = if min_epochs < 1 || min_epochs > max_epochs {
                "min-epochs must be a whole number from 1 to max-epochs"
            } else if factor < 2 {
                "factor must be a whole number from 2: 1 / factor of the trials go on to the next rung"
            } else {
                return Ok(Some(Halving { min_epochs, max_epochs, factor }));
            };
            Err((file.span().start, reason.into()))
        }
        (Method::Halving, None) => {
            let reason =
                "method = \"halving\" needs its rungs, such as\n[halving]\nmin-epochs = 2\nmax-epochs = 18\nfactor = 3";
            Err((0, reason.into()))
        }
        (_, Some(file)) => Err((file.span().start, "[halving] belongs to method = \"halving\"".into())),
        (_, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: &str = "method = \"random\"\ntrials = 5\n";
    const GRID: &str = "method = \"grid\"\n";

    fn wrong(text: &str) -> String {
        let (at, reason) = Space::parse(text).unwrap_err();
        TextFileError::content(Path::new("space.toml"), text, at, reason).to_string()
    }

    #[test]
    fn a_grid_tries_every_combination_in_order() {
        let space = Space::parse(
            "method = \"grid\"\nseed = 4\n[objective]\nrelated = 1\n\
             [split]\ntest = 0.2\n[fixed]\nstep = \"reference\"\n\
             [space]\nwindow = [5, 10]\nalpha = { min = 0.001, max = 0.1, scale = \"log\", steps = 3 }\n\
             negative = { min = 1, max = 2, steps = 9 }\ncbow-mean = [true]",
        )
        .unwrap();
        assert_eq!((space.trials, space.seed, space.split.test), (12, 4, 0.2));
        assert_eq!(space.weights, Weights { related: 1.0, continuation: 0.0 });
        let tried: Vec<String> = space
            .candidates()
            .iter()
            .map(|table| format!("{} {} {}", table["window"], table["negative"], table["alpha"]))
            .collect();
        assert_eq!(tried[..4], ["5 1 0.001", "5 1 0.01", "5 1 0.1", "5 2 0.001"]);
        assert_eq!((tried.len(), tried[11].as_str()), (12, "10 2 0.1"));
        assert!(space.candidates().iter().all(|table| table["step"].as_str() == Some("reference") && table.len() == 5));
        // What stands twice in a list is tried once.
        let twice = Space::parse("method = \"grid\"\n[space]\nwindow = [5, 5, 10]").unwrap();
        assert_eq!(twice.candidates().len(), 2);
    }

    #[test]
    fn the_whole_family_can_be_searched() {
        let read = |text: &str| Space::parse(&format!("{GRID}{text}"));
        let space =
            read("[fixed]\nstep = \"reference\"\n[space]\nsg = [0, 1]\nhs = [0, 1]\nnegative = [0, 5]").unwrap();
        // Neither objective is a contradiction that only the combination shows.
        let usable = space.candidates().iter().filter(|table| Settings::from_table(table).is_ok()).count();
        assert_eq!((space.trials, usable), (8, 6));
        assert_eq!(read("[fixed]\nhs = 1\n[space]\nnegative = { min = 0, max = 9, steps = 4 }").unwrap().trials, 4);
        let candidates = read("[space]\nepochs = [5, \"5+50\"]").unwrap().candidates();
        assert_eq!(Settings::from_table(&candidates[1]).unwrap().epochs.total(), 55);
        assert!(wrong(&format!("{GRID}[space]\nnegative = [0, 5]")).contains("line 3: negative must be 1 or more"));
    }

    #[test]
    fn draws_repeat_stay_in_range_and_follow_the_scale() {
        let text = |trials: usize| {
            format!(
                "method = \"random\"\ntrials = {trials}\n[space]\n\
                 negative = {{ min = 5, max = 100, scale = \"log\" }}\n\
                 alpha = {{ min = 0.005, max = 0.05 }}\nwindow = [5, 10]"
            )
        };
        let draws = Space::parse(&text(400)).unwrap().candidates();
        assert_eq!(draws.len(), 400);
        assert_eq!(Space::parse(&text(30)).unwrap().candidates(), draws[..30]);
        let negatives: Vec<i64> = draws.iter().map(|table| table["negative"].as_integer().unwrap()).collect();
        assert!(negatives.iter().all(|n| (5..=100).contains(n)));
        // The geometric middle is 22.
        let below = negatives.iter().filter(|&&n| n <= 22).count();
        assert!((160..240).contains(&below), "{below}");
        for table in &draws {
            let alpha = table["alpha"].as_float().unwrap();
            assert!((0.005..=0.05).contains(&alpha) && alpha.to_string().len() <= 8, "{alpha}");
            Settings::from_table(table).unwrap();
        }
        // A space with fewer settings than trials gives them all.
        let few = Space::parse(&format!("{RANDOM}[space]\nwindow = [5, 10]\n")).unwrap();
        assert_eq!((few.trials, few.candidates().len()), (5, 2));
    }

    #[test]
    fn wrong_spaces_are_explained_with_their_place() {
        let in_space = |line: &str| format!("{RANDOM}[space]\n{line}");
        let in_grid = |line: &str| format!("{GRID}[space]\n{line}");
        let halving = "[halving]\nmin-epochs = 1\nmax-epochs = 9\n";
        for (text, message) in [
            (
                in_space("widow = [1]"),
                "space.toml, line 4: there is no parameter widow; the parameters are step, sg, hs, vector-size",
            ),
            (in_space("workers = [1]"), "line 4: workers does not change what is learned"),
            (in_space("window = []"), "line 4: window has an empty list"),
            (in_space("window = [5, \"ten\"]"), "line 4: window must be a whole number from 1"),
            (in_space("window = [5, 0]"), "line 4: window must be a whole number from 1"),
            (in_space("window = 5"), "line 4: window must be a list of values"),
            (in_space("window = { min = 9, max = 5 }"), "line 4: window: min is 9, above max, which is 5"),
            (in_space("window = { min = 9 }"), "line 4: window: the range has no max"),
            (in_space("window = { min = 1.5, max = 3 }"), "line 4: window must be a whole number"),
            (
                in_space("window = { min = 1, max = 3, step = 1 }"),
                "line 4: window: a range has min, max, scale and steps",
            ),
            (in_space("window = { min = 1, max = 3, scale = \"ln\" }"), "scale must be \"linear\" or \"log\""),
            (in_space("window = { min = 1, max = 3, steps = 1 }"), "steps must be a whole number from 2"),
            (in_space("sample = { min = 0, max = 1, scale = \"log\" }"), "logarithmic scale needs a min above 0"),
            (in_space("step = { min = 0, max = 1 }"), "line 4: step is no number: give a list"),
            (in_space("alpha = { min = 0, max = 1 }"), "line 4: alpha must be a number above 0"),
            (in_space("alpha = [0.001]\nmin-alpha = [0.01]"), "line 5: min-alpha must be a number from 0 to alpha"),
            (in_space(""), "[space] names no parameter"),
            (RANDOM.to_owned(), "[space] names no parameter"),
            (in_grid("window = { min = 1, max = 3 }"), "line 3: window: a grid needs a list of values"),
            (
                format!("{RANDOM}[fixed]\nwindow = 4\n[space]\nwindow = [5]"),
                "line 4: window stands in [fixed] and in [space]",
            ),
            (format!("{RANDOM}[fixed]\nwindow = [4]\n[space]\nalpha = [1]"), "line 4: window must be a whole number"),
            (format!("{RANDOM}[space]\nwindow = [5]\n[objective]\nrelated = 0"), "line 5: the weights of related"),
            (format!("{RANDOM}[space]\nwindow = [5]\n[objective]\nndcg = 1"), "line 6: unknown field `ndcg`"),
            (
                format!("{RANDOM}[space]\nwindow = [5]\n[split]\ntest = 1.0"),
                "line 5: validation and test must be shares",
            ),
            (format!("{RANDOM}[space]\nwindow = [5]\n{halving}"), "line 5: [halving] belongs to method"),
            (format!("{RANDOM}tirals = 4"), "line 3: unknown field `tirals`, expected one of"),
            ("method = \"random\"\n[space]\nwindow = [5]".into(), "line 1: trials is missing"),
            ("method = \"random\"\ntrials = 0\n[space]\nwindow = [5]".into(), "line 2: trials must be a whole number"),
            (format!("{GRID}trials = 3\n[space]\nwindow = [5]"), "line 2: a grid tries all its points"),
            (format!("{GRID}seed = -3\n[space]\nwindow = [5]"), "line 2: seed must be a whole number from 0"),
            ("method = \"halving\"\ntrials = 3\n[space]\nwindow = [5]".into(), "needs its rungs"),
            (format!("method = \"halving\"\ntrials = 3\n{halving}[space]\nepochs = [5]"), "sets epochs itself"),
            (format!("method = \"halving\"\ntrials = 3\n{halving}factor = 1\n[space]\nwindow = [5]"), "factor must be"),
            (
                "method = \"halving\"\ntrials = 3\n[halving]\nmin-epochs = 3\nmax-epochs = 2\n[space]\nwindow = [5]"
                    .into(),
                "min-epochs must be",
            ),
            ("method = \"best\"".into(), "line 1: unknown variant `best`"),
            ("trials = 4".into(), "missing field `method`"),
            ("method = ".into(), "line 1: "),
        ] {
            let error = wrong(&text);
            assert!(error.contains(message), "{text}\n{error}");
        }
        let huge = (0..9).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
        let lists = ["window", "vector-size", "negative", "epochs", "seed", "min-count"]
            .map(|name| format!("{name} = [1{huge}]"));
        assert!(wrong(&in_grid(&lists.join("\n"))).contains("more than 100000 points"));
        assert!(
            Space::read(Path::new("no/space.toml")).unwrap_err().to_string().contains("no/space.toml: cannot read")
        );
    }
}
