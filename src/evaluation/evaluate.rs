//! One evaluation: everything that was asked of every input and baseline, and what came out, ready to be written.

use rayon::prelude::*;
use serde::Serialize;

use super::baselines::{ItemItem, Popularity, PpmiSvd, ppmi_svd};
use super::neighbours::{Hubness, agreement, all_neighbours, hubness, score_error};
use super::related::NEIGHBOURS;
use super::statistics::{Bootstrap, Difference, Interval, holm};
use super::title_words::{self, NearWord, WordResults};
use super::{
    Common, Continuation, ContinuationError, ContinuationSettings, Coverage, Group, HeldOut, HeldOutFacts, Input,
    InputError, InputKind, Kinship, Metric, Recommender, References, Related, RelatedSettings, Relation, Roster, Truth,
    TruthError, Vectors, continuation, related,
};
use crate::catalog::metadata::{CorpusSummary, Provenance};
use crate::corpus::Corpus;
use crate::export::Genres;
use crate::progress::Progress;

/// Metrics of continued playlists in which inputs are tested against the first.
const COMPARED: [Metric; 2] = [Metric::RPrecision, Metric::Ndcg(100)];

/// What needs no training and is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// The most mentioned artists, whatever is asked.
    Popularity,
    /// Cosine of artists' playlists.
    ItemItem,
    /// Factorised pointwise mutual information.
    PpmiSvd,
}

/// What is evaluated, and on what.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Models, packs and vectors; the first is what the others are tested against.
    pub inputs: &'a [Input],
    /// The playlists that baselines learn from, and whose popularity counts.
    pub corpus: Option<&'a Corpus>,
    /// Lists of related artists.
    pub truths: &'a [Truth],
    /// Playlists to be continued.
    pub held_out: Option<&'a Corpus>,
    /// Genres of artists, for words of titles to be held against.
    pub genres: Option<&'a Genres>,
    /// Words of titles whose neighbours are to be listed.
    pub title_words: &'a [String],
    /// Baselines; they need a corpus.
    pub baselines: &'a [Baseline],
    /// Whether models and vectors were read without their common part being taken away; for the record.
    pub plain: bool,
    /// What the protocol of related artists leaves open.
    pub related: &'a RelatedSettings,
    /// What the protocol of continuation leaves open.
    pub continuation: &'a ContinuationSettings,
}

/// An evaluation could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// There is nothing to evaluate.
    #[error("name at least one model, pack or vectors, or baselines together with --corpus")]
    Nothing,
    /// Baselines have nothing to learn from.
    #[error("--baselines learn from playlists: name the training corpus with --corpus")]
    NoCorpus,
    /// No model has learned a word.
    #[error(
        "--title-words {word}: no model here has learned it as a word ({some}); `artist2vec analyze` lists a corpus's words"
    )]
    UnknownWord {
        /// The word as it was asked for.
        word: String,
        /// What could have been asked for.
        some: String,
    },
    /// The inputs do not go together.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A list of related artists does not speak of them.
    #[error(transparent)]
    Truth(#[from] TruthError),
    /// The held-out playlists cannot be continued.
    #[error(transparent)]
    Continuation(#[from] ContinuationError),
    /// The user asked to stop.
    #[error("stopped before the evaluation was complete; nothing was written")]
    Interrupted,
}

/// Everything that came out. As JSON it is the whole record.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// This program's version.
    pub program: String,
    /// The settings of the protocols, seeds included.
    pub settings: EvaluationSettings,
    /// What was compared.
    pub inputs: Vec<InputFacts>,
    /// How many artists everything compared knows.
    pub artists: usize,
    /// The training corpus.
    pub corpus: Option<CorpusFacts>,
    /// The held-out corpus.
    pub held_out: Option<CorpusFacts>,
    /// What makes the numbers worth less than they seem.
    pub warnings: Vec<String>,
    /// Related artists, one entry a list.
    pub related: Vec<RelatedResults>,
    /// Playlist continuation.
    pub continuation: Option<ContinuationResults>,
    /// Neighbours: hubs and agreement.
    pub neighbours: NeighbourResults,
    /// Words of titles held against genres, one entry a model that has words.
    pub words: Vec<WordResults>,
    /// What lies nearest to the words that were asked for.
    pub near_words: Vec<NearWord>,
}

/// The settings of an evaluation.
#[derive(Clone, Debug, Serialize)]
pub struct EvaluationSettings {
    /// Whether models and vectors are compared as they are, the part that all have in common left in.
    pub plain: bool,
    /// Related artists.
    pub related: RelatedSettings,
    /// Continuation.
    pub continuation: ContinuationSettings,
}

/// What was compared.
#[derive(Clone, Debug, Serialize)]
pub struct InputFacts {
    /// The name in tables.
    pub name: String,
    /// Where it was read.
    pub source: String,
    /// What it came as.
    pub kind: InputKind,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Numbers per vector.
    pub dimensions: usize,
    /// Its artists.
    pub artists: usize,
    /// The share of them that is compared, 0 to 1.
    pub compared: f64,
    /// Artists whose vector is zero or not finite.
    pub without_direction: usize,
    /// Where it comes from, as far as the file says.
    pub provenance: Provenance,
}

/// A corpus that took part.
#[derive(Clone, Debug, Serialize)]
pub struct CorpusFacts {
    /// What it looks like, its digest included.
    pub summary: CorpusSummary,
    /// How it was made.
    pub provenance: Provenance,
    /// The share of its artists that is compared, 0 to 1.
    pub compared: f64,
}

/// By how much a recommender exceeds the first, and whether that may be chance.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The recommender.
    pub recommender: String,
    /// The metric.
    pub metric: String,
    /// The group, or "mean".
    pub scope: String,
    /// The recommender's value less the first's.
    pub difference: Interval,
    /// Two-sided p-value of the paired randomisation test.
    pub p: f64,
    /// The p-value after Holm's correction for all tests against the first on the same list or playlists.
    pub corrected_p: f64,
}

/// Scores on one list of related artists.
#[derive(Clone, Debug, Serialize)]
pub struct RelatedResults {
    /// The list.
    pub truth: String,
    /// What kind of relation it states.
    pub relation: Relation,
    /// What of it speaks of the artists compared.
    pub coverage: Coverage,
    /// One entry a recommender.
    pub scores: Vec<Related>,
    /// Tests against the first.
    pub comparisons: Vec<Comparison>,
}

/// Scores on held-out playlists.
#[derive(Clone, Debug, Serialize)]
pub struct ContinuationResults {
    /// What was asked.
    pub facts: HeldOutFacts,
    /// One entry a recommender.
    pub scores: Vec<Continuation>,
    /// Tests against the first, of the mean of the visible shares.
    pub comparisons: Vec<Comparison>,
}

/// What lists of neighbours say together.
#[derive(Clone, Debug, Serialize)]
pub struct NeighbourResults {
    /// Hubs, one entry a recommender.
    pub hubness: Vec<HubnessOf>,
    /// Agreement of every pair of inputs.
    pub pairs: Vec<Agreement>,
}

/// One recommender's hubs.
#[derive(Clone, Debug, Serialize)]
pub struct HubnessOf {
    /// The recommender.
    pub recommender: String,
    /// Its hubs.
    pub hubness: Hubness,
    /// The name of the largest hub.
    pub largest_name: String,
}

/// How far two inputs' neighbours agree.
#[derive(Clone, Debug, Serialize)]
pub struct Agreement {
    /// The two.
    pub names: [String; 2],
    /// How they hang together, where their provenance says so.
    pub kinship: Option<Kinship>,
    /// The share of the 20 nearest that both have, over all artists that both know.
    pub overlap: Option<Interval>,
    /// The same by popularity group.
    pub groups: Vec<(Group, Option<Interval>)>,
    /// Mean absolute difference of the first's neighbours' cosines.
    pub score_error: Option<Interval>,
}

/// A recommender whose 20 nearest are known already.
struct Known<'a> {
    recommender: &'a dyn Recommender,
    neighbours: &'a [Vec<u32>],
}

impl Recommender for Known<'_> {
    fn name(&self) -> &str {
        self.recommender.name()
    }

    fn similar(&self, artists: &[u32], k: usize, progress: &dyn Progress) -> Option<Vec<Vec<u32>>> {
        if k > NEIGHBOURS || self.neighbours.is_empty() {
            return self.recommender.similar(artists, k, progress);
        }
        let known =
            |&artist: &u32| self.neighbours.get(artist as usize).map_or(&[][..], |list| &list[..list.len().min(k)]);
        Some(artists.iter().map(|artist| known(artist).to_vec()).collect())
    }

    fn continuations(&self, playlists: &[Vec<u32>], k: usize, progress: &dyn Progress) -> Option<Vec<Vec<u32>>> {
        self.recommender.continuations(playlists, k, progress)
    }
}

/// Evaluates.
///
/// # Errors
/// [`EvaluationError`] where there is nothing to compare, or nothing to compare it on that speaks of the same artists.
pub fn evaluate(request: &Request<'_>, progress: &dyn Progress) -> Result<Evaluation, EvaluationError> {
    let &Request { inputs, corpus, truths, held_out, .. } = request;
    if !request.baselines.is_empty() && corpus.is_none() {
        return Err(EvaluationError::NoCorpus);
    }
    if inputs.is_empty() && request.baselines.is_empty() {
        return Err(EvaluationError::Nothing);
    }
    let Common { roster, vectors } = Common::of(inputs, corpus)?;
    // Everything that can be refused is refused before the work.
    let references = truths.iter().map(|truth| References::new(truth, &roster)).collect::<Result<Vec<_>, _>>()?;
    references.iter().try_for_each(|references| references.expect_any(request.related.min_references))?;
    let playlists = held_out.map(|corpus| HeldOut::new(corpus, &roster, request.continuation)).transpose()?;
    let near_words = title_words::near(inputs, &vectors, &roster, request.title_words)?;

    let baselines = baselines(request, &roster, progress).ok_or(EvaluationError::Interrupted)?;
    let recommenders: Vec<&dyn Recommender> =
        vectors.iter().map(|vectors| vectors as _).chain(baselines.iter().map(Box::as_ref)).collect();
    let results = results(request, &roster, &vectors, &recommenders, &references, playlists.as_ref(), progress);
    let (related, continuation, neighbours) = results.ok_or(EvaluationError::Interrupted)?;

    let RelatedSettings { resamples, seed, .. } = *request.related;
    let words = request.genres.map(|genres| title_words::score(inputs, &vectors, &roster, genres, resamples, seed));
    let share = |artists: usize| roster.len() as f64 / artists.max(1) as f64;
    let corpus_facts = |corpus: &Corpus| {
        let places = corpus.artists.ids.iter().zip(&corpus.artists.names);
        let found = places.filter(|(id, name)| roster.find(id, name).is_some()).count();
        CorpusFacts {
            summary: corpus.summary.clone(),
            provenance: corpus.provenance(),
            compared: found as f64 / corpus.artists.len().max(1) as f64,
        }
    };
    Ok(Evaluation {
        program: env!("CARGO_PKG_VERSION").into(),
        settings: EvaluationSettings {
            plain: request.plain,
            related: request.related.clone(),
            continuation: request.continuation.clone(),
        },
        inputs: inputs
            .iter()
            .map(|input| InputFacts {
                name: input.name.clone(),
                source: input.source.clone(),
                kind: input.kind,
                sha256: input.sha256.clone(),
                dimensions: input.vectors.dimensions(),
                artists: input.artists.len(),
                compared: share(input.artists.len()),
                without_direction: input.without_direction(),
                provenance: input.provenance.clone(),
            })
            .collect(),
        artists: roster.len(),
        corpus: corpus.map(corpus_facts),
        held_out: held_out.map(corpus_facts),
        warnings: held_out.map_or_else(Vec::new, |held_out| seen_before(inputs, corpus, held_out)),
        related,
        continuation,
        neighbours,
        words: words.unwrap_or_default(),
        near_words,
    })
}

fn baselines(request: &Request<'_>, roster: &Roster, progress: &dyn Progress) -> Option<Vec<Box<dyn Recommender>>> {
    let Some(corpus) = request.corpus else { return Some(Vec::new()) };
    let make = |baseline: &Baseline| -> Option<Box<dyn Recommender>> {
        Some(match baseline {
            Baseline::Popularity => Box::new(Popularity::new(corpus, roster)),
            Baseline::ItemItem => Box::new(ItemItem::new(corpus, roster)),
            Baseline::PpmiSvd => Box::new(ppmi_svd(corpus, roster, &PpmiSvd::default(), progress)?),
        })
    };
    request.baselines.iter().map(make).collect()
}

type Results = (Vec<RelatedResults>, Option<ContinuationResults>, NeighbourResults);

fn results(
    request: &Request<'_>,
    roster: &Roster,
    vectors: &[Vectors],
    recommenders: &[&dyn Recommender],
    references: &[References],
    playlists: Option<&HeldOut>,
    progress: &dyn Progress,
) -> Option<Results> {
    let (inputs, seed) = (request.inputs, request.related.seed);
    // What recommends the same to everyone has no neighbours.
    let has_neighbours =
        |place: usize| place.checked_sub(inputs.len()).is_none_or(|i| request.baselines[i] != Baseline::Popularity);
    let neighbours: Vec<Vec<Vec<u32>>> = recommenders
        .iter()
        .enumerate()
        .map(|(place, recommender)| match has_neighbours(place) {
            true => all_neighbours(*recommender, roster.len(), NEIGHBOURS, progress),
            false => Some(Vec::new()),
        })
        .collect::<Option<_>>()?;
    let known: Vec<Known<'_>> = recommenders
        .iter()
        .zip(&neighbours)
        .map(|(&recommender, neighbours)| Known { recommender, neighbours })
        .collect();
    let mut related_results = Vec::new();
    for references in references {
        let scores: Vec<Related> = known
            .iter()
            .map(|recommender| related(recommender, references, request.related, progress))
            .collect::<Option<_>>()?;
        related_results.push(RelatedResults {
            truth: references.name.clone(),
            relation: references.relation,
            coverage: references.coverage,
            comparisons: compare_related(&scores, seed),
            scores,
        });
    }
    let continuation_results = match playlists {
        Some(playlists) => {
            let in_out: Vec<_> = vectors.iter().map(Vectors::in_out).collect();
            // Each model's two ways to continue stand together, baselines last.
            let mut all: Vec<&dyn Recommender> = Vec::new();
            for (i, &recommender) in recommenders.iter().enumerate() {
                all.push(recommender);
                all.extend(in_out.get(i).and_then(Option::as_ref).map(|in_out| in_out as &dyn Recommender));
            }
            let scores: Vec<Continuation> = all
                .into_iter()
                .map(|recommender| continuation(recommender, playlists, progress))
                .collect::<Option<_>>()?;
            let comparisons = compare_continuations(&scores, seed);
            Some(ContinuationResults { facts: playlists.facts.clone(), scores, comparisons })
        }
        None => None,
    };
    let with_neighbours = recommenders.iter().zip(&neighbours).filter(|(_, neighbours)| !neighbours.is_empty());
    let hubness = with_neighbours.map(|(recommender, neighbours)| {
        let hubness = hubness(neighbours, NEIGHBOURS);
        let largest_name = roster.artists.names.get(hubness.largest_artist as usize).cloned().unwrap_or_default();
        HubnessOf { recommender: recommender.name().to_owned(), hubness, largest_name }
    });
    let hubness = hubness.collect();
    progress.stage("agreement", None);
    let bootstrap = Bootstrap::new(roster.len(), request.related.resamples, seed, 0);
    let pairs: Vec<(usize, usize)> =
        (0..inputs.len()).flat_map(|a| (a + 1..inputs.len()).map(move |b| (a, b))).collect();
    let pairs = pairs
        .into_par_iter()
        .map(|(a, b)| {
            let overlap = agreement(&neighbours[a], &neighbours[b], NEIGHBOURS);
            let of_group = |group| {
                let value =
                    |(artist, &value): (usize, &Option<f64>)| value.filter(|_| Group::of(artist as u32) == group);
                let values: Vec<Option<f64>> = overlap.iter().enumerate().map(value).collect();
                (group, bootstrap.mean_of_some(&values))
            };
            let errors = score_error(&neighbours[a], &vectors[a], &vectors[b]);
            Agreement {
                names: [a, b].map(|i| inputs[i].name.clone()),
                kinship: inputs[a].relation(&inputs[b]),
                overlap: bootstrap.mean_of_some(&overlap),
                groups: Group::ALL.map(of_group).to_vec(),
                score_error: bootstrap.mean_of_some(&errors),
            }
        })
        .collect();
    if progress.interrupted() {
        return None;
    }
    Some((related_results, continuation_results, NeighbourResults { hubness, pairs }))
}

/// Tests all against the first: matches in every group and in their mean.
fn compare_related(scores: &[Related], seed: u64) -> Vec<Comparison> {
    let Some((first, others)) = scores.split_first() else { return Vec::new() };
    let metric = Metric::Matches(NEIGHBOURS);
    let mut found = Vec::new();
    for other in others {
        let (groups, mean) = other.compare(first, metric, seed);
        let scopes = Group::ALL.map(Group::name).into_iter().chain(["mean"]);
        for (scope, difference) in scopes.zip(groups.into_iter().chain([mean])) {
            found.extend(difference.map(|difference| (other.recommender.clone(), metric, scope, difference)));
        }
    }
    corrected(found)
}

/// Tests all against the first: the compared metrics' means over the visible shares.
fn compare_continuations(scores: &[Continuation], seed: u64) -> Vec<Comparison> {
    let Some((first, others)) = scores.split_first() else { return Vec::new() };
    let found = others.iter().flat_map(|other| {
        COMPARED
            .into_iter()
            .filter_map(|metric| Some((other.recommender.clone(), metric, "mean", other.compare(first, metric, seed)?)))
    });
    corrected(found.collect())
}

fn corrected(found: Vec<(String, Metric, &str, Difference)>) -> Vec<Comparison> {
    let p_values: Vec<f64> = found.iter().map(|(.., difference)| difference.p).collect();
    let comparison = |((recommender, metric, scope, Difference { interval, p }), corrected_p)| Comparison {
        recommender,
        metric: Metric::name(metric),
        scope: str::to_owned(scope),
        difference: interval,
        p,
        corrected_p,
    };
    found.into_iter().zip(holm(&p_values)).map(comparison).collect()
}

/// Says what may have learned from the held-out playlists themselves.
fn seen_before(inputs: &[Input], corpus: Option<&Corpus>, held_out: &Corpus) -> Vec<String> {
    let mut warnings = Vec::new();
    let digest = &held_out.summary.digest;
    let own = held_out.provenance();
    let own_splits = splits(&own);
    let trained = inputs.iter().map(|input| (input.name.as_str(), "was trained on", input.provenance.clone()));
    let corpus_provenance = corpus.map(|corpus| ("--corpus", "holds", corpus.provenance()));
    for (name, verb, provenance) in trained.chain(corpus_provenance) {
        let theirs = &provenance.corpus.digest;
        if theirs == digest {
            warnings.push(format!("{name} {verb} the very playlists that are held out: its scores here mean nothing"));
        } else if own_splits.iter().any(|(parent, _)| parent == theirs) {
            warnings.push(format!(
                "{name} {verb} the corpus that the held-out playlists were split from, these playlists among them: train \
                 on the split's train.a2c"
            ));
        } else if let Some((_, settings)) = splits(&provenance).into_iter().find(|(parent, settings)| {
            own_splits.iter().any(|(own_parent, own_settings)| own_parent == parent && own_settings != settings)
        }) {
            warnings.push(format!(
                "{name} {verb} another split of the same corpus ({settings}): held-out playlists may be among them"
            ));
        }
    }
    if let Some(corpus) = corpus.filter(|corpus| corpus.summary.digest != *digest) {
        let (same, asked) = duplicates(corpus, held_out);
        if same > 0 {
            warnings.push(format!(
                "{same} of {asked} held-out playlists are, artist by artist, in --corpus, too: split with `artist2vec \
                 split`, which keeps near-duplicates on one side"
            ));
        }
    }
    warnings
}

/// The corpora that a corpus was split from, each with the settings that say how, the side aside.
fn splits(provenance: &Provenance) -> Vec<(String, String)> {
    let of = |name: &str, step: &crate::catalog::metadata::Step| {
        step.settings.iter().find(|setting| setting.name == name).map(|setting| setting.value.clone())
    };
    let steps = provenance.steps.iter().filter(|step| step.command == "split");
    steps
        .filter_map(|step| {
            let how =
                ["validation", "test", "seed"].map(|name| format!("{name} {}", of(name, step).unwrap_or_default()));
            Some((of("corpus", step)?, how.join(", ")))
        })
        .collect()
}

/// How many held-out playlists of two artists or more stand in the corpus as they are, and how many there are.
fn duplicates(corpus: &Corpus, held_out: &Corpus) -> (usize, usize) {
    let numbers = Roster::new(corpus.artists.clone());
    let artists = &held_out.artists;
    let places: Vec<Option<u32>> =
        artists.ids.iter().zip(&artists.names).map(|(id, name)| numbers.find(id, name)).collect();
    let known: std::collections::HashSet<&[u32]> = (0..corpus.len()).map(|i| corpus.playlist(i)).collect();
    let (mut same, mut asked) = (0, 0);
    for i in 0..held_out.len() {
        let playlist = held_out.playlist(i);
        if playlist.iter().any(|artist| *artist != playlist[0]) {
            asked += 1;
            let translated: Option<Vec<u32>> = playlist.iter().map(|&artist| places[artist as usize]).collect();
            same += usize::from(translated.is_some_and(|playlist| known.contains(playlist.as_slice())));
        }
    }
    (same, asked)
}
