//! Running a search: trials in threads or side by side, within their budget, until the best is known.
//!
//! Owns the splits, the order of trials, when to stop, and the final score on what was never used to choose. Knows
//! nothing of how results look.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use toml::{Table, Value};

use super::journal::{Header, Journal, Opened, Outcome, Trial};
use super::objective::{Judge, Judged};
use super::strategy::best_of;
use super::{Space, TuningError};
use crate::catalog::metadata::Step;
use crate::catalog::sha256_hex;
use crate::corpus::{Artists, Corpus, split};
use crate::evaluation::{Roster, TEST_SHARE, Truth, statistics};
use crate::files::FileError;
use crate::progress::Progress;
use crate::training::{self, Settings, TrainingError};

/// The journal's name in a search's folder.
const JOURNAL: &str = "journal.jsonl";

/// What threads are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parallel {
    /// One training at a time, with all threads; with several, scores differ a little from run to run.
    Threads,
    /// Several trainings side by side, each with one thread: bit-reproducible.
    Runs,
}

/// What a search may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Threads.
    pub workers: usize,
    /// What they are for.
    pub parallel: Parallel,
    /// How long to search, the final score included; counted from the start of this call.
    pub budget: Option<Duration>,
    /// How many trials to have in the end, those of earlier calls included and the defaults not.
    pub trials: Option<usize>,
}

/// Why a search ended before all trials were done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The time was up.
    Budget,
    /// [`Limits::trials`] were done.
    Trials,
}

/// What a search found.
#[derive(Debug)]
pub struct Tuned {
    /// What was searched.
    pub space: Space,
    /// Finished trials by number; the first are the defaults.
    pub trials: Vec<Trial>,
    /// Each trial's objective, relative to the defaults'; `None` where it failed.
    pub objectives: Vec<Option<f64>>,
    /// The place of the best in [`Self::trials`]; 0 where none is better than the defaults.
    pub best: usize,
    /// How many trials there are in all, the defaults included, if none fails.
    pub planned: usize,
    /// How many were taken from the journal.
    pub resumed: usize,
    /// The journal ended in a line that was never finished; it was dropped.
    pub torn: bool,
    /// Why it ended early.
    pub ended: Option<Ended>,
    /// Playlists to learn from, to choose with, and of the final score.
    pub playlists: [usize; 3],
    /// Digest of the whole corpus.
    pub corpus: String,
    /// The names of the lists of related artists.
    pub truths: Vec<String>,
    /// The final scores of the defaults and of the best; the same where [`Self::best`] is 0.
    pub(super) finals: [Judged; 2],
}

/// Searches the space, with its journal in `directory`, and scores the best and the defaults on what was never used.
///
/// Half of the artists of each list in `truths` are for tuning, by a hash of the artist; the other half is for the
/// final score. Called again after an interruption, it goes on where it was. `digests` are those of the space file and
/// of the truths' files: whether a journal belongs to this search.
///
/// # Errors
/// [`TuningError`]; finished trials stand in the journal.
pub fn tune(
    corpus: &Corpus,
    truths: &[Truth],
    space: Space,
    digests: [String; 2],
    limits: &Limits,
    directory: &Path,
    progress: &dyn Progress,
) -> Result<Tuned, TuningError> {
    let clock = Clock::new(limits.budget, progress);
    if space.weights.related > 0.0 && truths.is_empty() {
        return Err(TuningError::NoTruth { weight: space.weights.related });
    }
    fs::create_dir_all(directory).map_err(|source| FileError::write(directory, source))?;
    let [space_digest, truth_digest] = digests;
    let header = Header::new(space_digest, corpus.summary.digest.clone(), truth_digest, space.seed);
    let Opened { journal, trials, torn } = Journal::open(&directory.join(JOURNAL), &header)?;

    let candidates = space.candidates();
    let defaults = defaults(&space);
    let sides = split(corpus, &space.split, progress).ok_or(TuningError::Interrupted { trials: 0 })?;
    for (side, playlists) in [("train", &sides.train), ("validation", &sides.validation), ("test", &sides.test)] {
        if playlists.is_empty() {
            return Err(TuningError::EmptySide { side, playlists: corpus.len() });
        }
    }
    let mut train = corpus.subset(&sides.train);
    train.push_step(
        Step::new("split")
            .setting("validation", space.split.validation)
            .setting("test", space.split.test)
            .setting("seed", space.split.seed),
    );
    let roster = roster(&train, candidates.iter().chain([&defaults]))?;
    let (tuning, last): (Vec<Truth>, Vec<Truth>) =
        truths.iter().map(|truth| truth.split(TEST_SHARE, space.seed)).unzip();
    let mut halves = tuning.iter().zip(&last);
    if let Some((half, other)) = halves.find(|(half, other)| half.lists.is_empty() || other.lists.is_empty()) {
        let artists = half.lists.len() + other.lists.len();
        return Err(TuningError::EmptyHalf { name: half.name.clone(), artists });
    }
    let [validation, test] = [&sides.validation, &sides.test].map(|side| corpus.subset(side));
    let judge = Judge::new(&tuning, &validation, &roster, &space.weights, space.seed, 0)?;
    let final_judge = Judge::new(&last, &test, &roster, &space.weights, space.seed, statistics::RESAMPLES)?;

    let search = Search {
        train: &train,
        judge: &judge,
        space: &space,
        limits,
        planned: planned(&space, candidates.len()),
        clock: &clock,
        begun: AtomicUsize::new(trials.iter().filter(|trial| trial.number > 0).count()),
        resumed: trials.len(),
        state: Mutex::new(State {
            journal,
            trials: trials.into_iter().map(|trial| (trial.number, trial)).collect(),
            error: None,
        }),
    };
    let ended = search.run(&defaults, candidates)?;

    let planned = search.planned;
    let resumed = search.resumed;
    let trials: Vec<Trial> = search.into_trials();
    let objectives = objectives(&trials, &space);
    // Ties go to the first, so that the defaults stay unless something is better.
    let best = best_of(&objectives, 1).first().copied().unwrap_or(0);
    let finals = score_finals(&train, &final_judge, &trials[0], &trials[best], limits, progress)
        .ok_or(TuningError::Interrupted { trials: trials.len() })??;
    Ok(Tuned {
        trials,
        objectives,
        best,
        planned,
        resumed,
        torn,
        ended,
        playlists: [train.len(), validation.len(), test.len()],
        corpus: corpus.summary.digest.clone(),
        truths: truths.iter().map(|truth| truth.name.clone()).collect(),
        finals,
        space,
    })
}

/// The program's defaults. Where the space fixes `min-count`, with that, so that both know the same artists.
fn defaults(space: &Space) -> Table {
    space
        .fixed
        .iter()
        .filter(|(name, _)| *name == "min-count")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The artists that any of the trials knows: those of the training side with the least `min-count`.
fn roster<'a>(train: &Corpus, settings: impl Iterator<Item = &'a Table>) -> Result<Roster, TuningError> {
    let least = settings.map(|settings| settings.get("min-count").and_then(Value::as_integer));
    let least = least.map(|least| least.unwrap_or_else(|| i64::from(Settings::default().min_count))).min().unwrap_or(0);
    let artists = &train.artists;
    let kept = artists.mentions.partition_point(|&mentions| i64::from(mentions) >= least);
    if kept < 2 {
        return Err(TuningError::TooFewArtists { kept, least, playlists: train.len() });
    }
    Ok(Roster::new(Artists {
        names: artists.names[..kept].to_vec(),
        ids: artists.ids[..kept].to_vec(),
        mentions: artists.mentions[..kept].to_vec(),
    }))
}

/// All trials, the defaults included, if none fails.
fn planned(space: &Space, candidates: usize) -> usize {
    let Some(halving) = &space.halving else { return 1 + candidates };
    let rungs = std::iter::successors(Some(candidates), |&count| Some(halving.survivors(count)));
    1 + rungs.take(halving.rungs().len()).sum::<usize>()
}

/// Each trial's objective relative to that of the first, the defaults.
fn objectives(trials: &[Trial], space: &Space) -> Vec<Option<f64>> {
    let defaults = trials.first().and_then(Trial::scores);
    let objective = |trial: &Trial| trial.scores()?.objective(defaults?, &space.weights);
    trials.iter().map(objective).collect()
}

/// A trial that is to be made.
struct Planned {
    number: usize,
    rung: usize,
    settings: Table,
}

impl Planned {
    /// Fills what is not chosen up with defaults; the seed is the search's own.
    fn new(number: usize, rung: usize, chosen: &Table, space: &Space) -> Self {
        let mut chosen = chosen.clone();
        chosen.entry("seed").or_insert_with(|| (space.seed as i64).into());
        // Values that are out of range together, such as a min-alpha above alpha, fail when they are trained.
        let mut settings = Settings::from_table(&chosen).map_or(chosen, |settings| settings.to_table());
        settings.remove("workers");
        Self { number, rung, settings }
    }
}

/// What the trials of a search share.
struct Search<'a> {
    train: &'a Corpus,
    judge: &'a Judge,
    space: &'a Space,
    limits: &'a Limits,
    planned: usize,
    clock: &'a Clock<'a>,
    /// Trials begun or finished, the defaults not counted.
    begun: AtomicUsize,
    resumed: usize,
    state: Mutex<State>,
}

struct State {
    journal: Journal,
    /// Finished trials by number.
    trials: BTreeMap<usize, Trial>,
    /// Why no further trial may begin.
    error: Option<TuningError>,
}

impl Search<'_> {
    fn run(&self, defaults: &Table, candidates: Vec<Table>) -> Result<Option<Ended>, TuningError> {
        self.clock.outer.stage("tuning", Some(self.planned as u64));
        self.clock.outer.advance(self.resumed as u64);
        self.check_defaults(defaults)?;
        self.report();
        let mut rung = 0;
        let mut first = 1;
        let mut settings = candidates;
        let rungs = self.space.halving.map(|halving| halving.rungs());
        loop {
            if let Some(epochs) = rungs.as_ref().map(|rungs| rungs[rung]) {
                for settings in &mut settings {
                    settings.insert("epochs".into(), i64::from(epochs).into());
                }
            }
            let batch = settings.iter().enumerate();
            let batch: Vec<Planned> =
                batch.map(|(i, chosen)| Planned::new(first + i, rung, chosen, self.space)).collect();
            if let Some(ended) = self.run_all(&batch)? {
                return Ok(Some(ended));
            }
            rung += 1;
            let Some(halving) = self.space.halving.filter(|_| rungs.as_ref().is_some_and(|rungs| rung < rungs.len()))
            else {
                return Ok(None);
            };
            let objectives = self.objectives_of(&batch);
            let survivors = best_of(&objectives, halving.survivors(batch.len()));
            first += batch.len();
            settings = survivors.into_iter().map(|i| batch[i].settings.clone()).collect();
        }
    }

    /// Runs the trial of the defaults, which all others are measured by.
    fn check_defaults(&self, settings: &Table) -> Result<(), TuningError> {
        let ended = self.run_all(&[Planned::new(0, 0, settings, self.space)])?;
        let state = self.state();
        let Some(trial) = state.trials.get(&0).filter(|_| ended.is_none()) else { return Err(TuningError::NoTime) };
        match &trial.outcome {
            Outcome::Failed(reason) => Err(TuningError::Defaults { reason: reason.clone() }),
            Outcome::Scored(scores) => match scores.zero(&self.space.weights) {
                Some(measure) => Err(TuningError::Zero { measure }),
                None => Ok(()),
            },
        }
    }

    /// Makes those of the trials that are not in the journal. Says why, where not all were made.
    fn run_all(&self, batch: &[Planned]) -> Result<Option<Ended>, TuningError> {
        let mut left = Vec::new();
        for planned in batch {
            match self.state().trials.get(&planned.number) {
                Some(done) if done.settings == planned.settings => {}
                Some(_) => return Err(TuningError::OtherTrial { number: planned.number }),
                None => left.push(planned),
            }
        }
        let (lanes, threads) = match self.limits.parallel {
            Parallel::Threads => (1, self.limits.workers),
            Parallel::Runs => (self.limits.workers, 1),
        };
        let next = AtomicUsize::new(0);
        let enough = AtomicBool::new(false);
        let lane = || {
            while let Some(planned) = left.get(next.fetch_add(1, Relaxed)) {
                if self.clock.interrupted() || self.state().error.is_some() {
                    return;
                }
                if planned.number > 0 && self.begun.fetch_add(1, Relaxed) >= self.limits.trials.unwrap_or(usize::MAX) {
                    enough.store(true, Relaxed);
                    return;
                }
                let Some(trial) = self.make(planned, threads) else { return };
                let mut state = self.state();
                if let Err(error) = state.journal.record(&trial) {
                    state.error.get_or_insert(error.into());
                    return;
                }
                state.trials.insert(trial.number, trial);
                drop(state);
                self.clock.outer.advance(1);
                self.report();
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..lanes.min(left.len()) {
                scope.spawn(lane);
            }
        });
        let mut state = self.state();
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        if self.clock.outer.interrupted() {
            return Err(TuningError::Interrupted { trials: state.trials.len() });
        }
        let missing = batch.iter().any(|planned| !state.trials.contains_key(&planned.number));
        Ok(missing.then_some(if enough.into_inner() { Ended::Trials } else { Ended::Budget }))
    }

    /// Trains and scores; `None` where it was stopped.
    fn make(&self, planned: &Planned, threads: usize) -> Option<Trial> {
        let start = Instant::now();
        let outcome = match train(self.train, &planned.settings, threads, self.clock) {
            _ if self.clock.interrupted() => return None,
            Err(error) => Outcome::Failed(error),
            Ok(model) => Outcome::Scored(self.judge.score("trial", model, self.clock)?.scores()),
        };
        let Planned { number, rung, settings } = planned;
        let seconds = start.elapsed().as_secs_f64();
        Some(Trial { number: *number, rung: *rung, settings: settings.clone(), outcome, seconds })
    }

    fn objectives_of(&self, batch: &[Planned]) -> Vec<Option<f64>> {
        let state = self.state();
        let defaults = state.trials.get(&0).and_then(Trial::scores);
        let objective =
            |planned: &Planned| state.trials.get(&planned.number)?.scores()?.objective(defaults?, &self.space.weights);
        batch.iter().map(objective).collect()
    }

    /// Tells how far the search is, and keeps time for the final score of the best.
    fn report(&self) {
        let state = self.state();
        let trials: Vec<&Trial> = state.trials.values().collect();
        let Some(defaults) = state.trials.get(&0).and_then(Trial::scores) else { return };
        let objectives: Vec<Option<f64>> =
            trials.iter().map(|trial| trial.scores()?.objective(defaults, &self.space.weights)).collect();
        let Some(&best) = best_of(&objectives, 1).first() else { return };
        let again = if best == 0 { 0.0 } else { trials[best].seconds };
        self.clock.reserve(trials[0].seconds + again);
        let gain = 100.0 * (objectives[best].unwrap_or(1.0) - 1.0);
        let done = trials.len().saturating_sub(1);
        let name = if best == 0 { "the defaults".to_owned() } else { format!("trial {}", trials[best].number) };
        self.clock.outer.message(&format!("trial {done} of {}, best {name}: {gain:+.1} %", self.planned - 1));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn into_trials(self) -> Vec<Trial> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).trials.into_values().collect()
    }
}

/// SHA-256 of the content of files, in order: whether they are those that a journal was begun with.
///
/// # Errors
/// [`FileError`] where one cannot be read.
pub fn digest_of(paths: &[PathBuf]) -> Result<String, FileError> {
    let mut all = Vec::new();
    for path in paths {
        let content = fs::read(path).map_err(|source| FileError::read(path, source))?;
        all.extend((content.len() as u64).to_le_bytes());
        all.extend(content);
    }
    Ok(sha256_hex(&all))
}

/// Trains with the settings of a trial, or says why that cannot be.
fn train(
    corpus: &Corpus,
    settings: &Table,
    threads: usize,
    progress: &dyn Progress,
) -> Result<training::Model, String> {
    let settings = Settings::from_table(settings).map_err(|error| error.to_string())?;
    training::train(corpus, &Settings { workers: threads, ..settings }, progress).map_err(|error| match error {
        TrainingError::Diverged { epoch, alpha, .. } => format!("diverged in epoch {epoch} with alpha {alpha}"),
        error => error.to_string(),
    })
}

/// Trains and scores the defaults and the best once more, on what no trial has seen.
fn score_finals(
    corpus: &Corpus,
    judge: &Judge,
    defaults: &Trial,
    best: &Trial,
    limits: &Limits,
    progress: &dyn Progress,
) -> Option<Result<[Judged; 2], TuningError>> {
    let threads = if limits.parallel == Parallel::Threads { limits.workers } else { 1 };
    let score = |trial: &Trial, name: &str| {
        let model = match train(corpus, &trial.settings, threads, progress) {
            _ if progress.interrupted() => return None,
            Ok(model) => model,
            Err(reason) => return Some(Err(TuningError::Final { number: trial.number, reason })),
        };
        Some(Ok(judge.score(name, model, progress)?))
    };
    if best.number == 0 {
        let judged = || score(defaults, "defaults");
        return match judged()? {
            Ok(first) => Some(Ok([first.clone(), first])),
            Err(error) => Some(Err(error)),
        };
    }
    let (first, second) = (score(defaults, "defaults")?, score(best, "best")?);
    Some(first.and_then(|first| Ok([first, second?])))
}

/// Time and the user's wish to stop. Once it has said stop, it always does.
struct Clock<'a> {
    outer: &'a dyn Progress,
    start: Instant,
    budget: Option<Duration>,
    /// What the final score will take.
    reserve: Mutex<Duration>,
    stopped: AtomicBool,
}

impl<'a> Clock<'a> {
    fn new(budget: Option<Duration>, outer: &'a dyn Progress) -> Self {
        Self { outer, start: Instant::now(), budget, reserve: Mutex::default(), stopped: AtomicBool::new(false) }
    }

    fn reserve(&self, seconds: f64) {
        let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        *self.reserve.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }
}

/// Trials run side by side, so that the bar counts them and not what each is doing.
impl Progress for Clock<'_> {
    fn stage(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn message(&self, _: &str) {}

    fn interrupted(&self) -> bool {
        let reserve = *self.reserve.lock().unwrap_or_else(PoisonError::into_inner);
        let late = self.budget.is_some_and(|budget| self.start.elapsed() + reserve >= budget);
        if late || self.outer.interrupted() {
            self.stopped.store(true, Relaxed);
        }
        self.stopped.load(Relaxed)
    }
}
