//! How to walk from one artist to another in small steps.
//!
//! # Method
//! Between two stops, the great circle of their directions is cut into equal angles. Near each cut [`WIDTH`] artists are
//! candidates. Of all ways to take one candidate a cut, dynamic programming finds the one with the smallest
//! Σ (angle of a step)² + `smooth` · Σ (popularity's distance from the line between the stops)²: squares, so that steps are
//! even. Then each candidate list is made anew around the middle of the neighbours on the way that was found, which is
//! where artists are and no longer where the circle runs, and the best way is found once more. Nobody comes twice: where an
//! artist is the best of two cuts, the cut that it is farther from does without.
//!
//! A step takes two scans of all artists: a way of ten artists asks some 16 questions.
//!
//! Where the fewest steps are wanted, how many these are is searched first (`shortest`); the candidates of each place are then
//! those who are as many steps from either end as they have to be, and steps that are too large are none.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::list::Options;
use super::shortest::{MOST_ROWS, Reached, Search, Unreached};
use super::terms::{Item, Term, dot, normalised};
use crate::catalog::pack::Pack;
use crate::catalog::query::{ArtistId, Neighbour, QueryError};
use crate::catalog::top::Best;

/// Candidates a place on the way; more where the way is longer than that.
const WIDTH: usize = 32;

/// The most artists that a way may have.
const MOST_ARTISTS: usize = 100;

/// Where there is no way of steps as small as was asked for, one of steps larger by this is looked for, and so on.
const LESS: f32 = 0.05;

/// How often candidates are looked for: on the circle, then around the way that was found.
const ROUNDS: usize = 2;

/// How often the best way is looked for anew because somebody came twice on it. Ways of up to 20 artists rarely take more
/// than ten; long ones, whose places have most candidates in common, go on with whoever is free.
const MOST_BANS: usize = 60;

/// What one unit of ln(mentions + 1) away from the line counts as, in radians, where [`PathOptions::smooth`] is 1.
const POPULARITY: f32 = 0.2;

/// How long a way is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// As few artists as can be such that the cosine of every step is at least this; the smoothest of such ways that was
    /// found. In packs of hundreds of thousands a search that would take too long follows the most promising artists
    /// alone, and may then miss a shorter way.
    Shortest(f32),
    /// So many artists, stops included.
    Exactly(usize),
}

/// What a way is to be like.
#[derive(Clone, Debug, PartialEq)]
pub struct PathOptions {
    /// How long it is.
    pub length: Length,
    /// How much popularity is to change evenly: 0 not at all, 1 as a rule.
    pub smooth: f32,
    /// Artists that are not to be on it; in any order.
    pub bypass: Vec<ArtistId>,
    /// Only artists of these popularity ranks may stand between the stops.
    pub ranks: Range<ArtistId>,
}

impl Default for PathOptions {
    fn default() -> Self {
        Self { length: Length::Shortest(0.5), smooth: 0.5, bypass: Vec::new(), ranks: 0..ArtistId::MAX }
    }
}

impl PathOptions {
    /// Says of artists whether they may stand between stops where these are used already.
    fn admits(&self, used: &[ArtistId]) -> impl Fn(ArtistId) -> bool + use<> {
        Options { ranks: self.ranks.clone(), ..Options::default() }.admits(used)
    }
}

/// A way from artist to artist.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The artists in order, stops included.
    pub artists: Vec<ArtistId>,
    /// The cosine of each with the next.
    pub steps: Vec<f32>,
}

/// A way that there is not, and why.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PathError {
    /// A stop is not in the pack or has no direction.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Nowhere to go.
    #[error("a path needs at least two artists: where it begins and where it ends")]
    TooFewStops,
    /// A stop comes twice.
    #[error("the path comes by {artist} twice. Name each stop once")]
    Twice {
        /// The stop's name.
        artist: String,
    },
    /// A stop is to be bypassed.
    #[error("{artist} is a stop of the path and to be bypassed. Decide for one")]
    Bypassed {
        /// The stop's name.
        artist: String,
    },
    /// The length does not hold the stops, or is more than anyone would walk.
    #[error("a path through {stops} stops has {stops} to {most} artists, not {wanted}")]
    Length {
        /// Stops, ends included.
        stops: usize,
        /// The most artists.
        most: usize,
        /// Artists asked for.
        wanted: usize,
    },
    /// A number that is out of its range.
    #[error("{name} is {value}: choose a number from {lowest} to {highest}")]
    Setting {
        /// Which number.
        name: &'static str,
        /// Its value.
        value: f32,
        /// The lowest that it may be.
        lowest: f32,
        /// The highest.
        highest: f32,
    },
    /// There are not enough artists for so long a way.
    #[error(
        "only {found} artists may stand between these stops, and the path needs {needed}. Make it shorter, bypass fewer \
         artists or allow more popularity ranks"
    )]
    TooFewArtists {
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// There is no way of steps so small.
    #[error(
        "from {from} to {to} {} path on which every step's cosine is {wanted} or above{}. Ask for a smaller \
         cosine or an exact length, come by another artist, or allow more artists",
        if *certain { "there is no" } else { "no search of bearable length finds a" },
        found.map_or_else(String::new, |found| alloc::format!("; there is one of {found:.3} and above"))
    )]
    TooFar {
        /// The name of the artist where the stretch begins.
        from: String,
        /// The name of the artist where it ends.
        to: String,
        /// The least cosine asked for.
        wanted: f32,
        /// Whether it is certain that there is none.
        certain: bool,
        /// The least cosine of a step on a way that there is, rounded down; `None` where none was found.
        found: Option<f32>,
    },
}

impl Pack {
    /// A way from the first stop to the last by way of those between, in the order given, in steps as small and even as
    /// can be. Nobody comes twice.
    ///
    /// # Errors
    /// [`PathError`] with the reason where there is none.
    pub fn path(&self, stops: &[ArtistId], options: &PathOptions) -> Result<Path, PathError> {
        self.check_stops(stops, options)?;
        let lengths = self.lengths(stops, options)?;
        let mut path = Path { artists: vec![stops[0]], steps: Vec::new() };
        let mut used: Vec<ArtistId> = stops.iter().chain(&options.bypass).copied().collect();
        let mut rows = MOST_ROWS;
        for (ends, steps) in stops.windows(2).zip(lengths) {
            let stretch = Stretch { pack: self, from: ends[0], to: ends[1], used: &used, options };
            let between = match (steps, options.length) {
                (None, Length::Shortest(least)) => stretch.shortest(least, &mut rows)?,
                (steps, _) => stretch.walk(steps.unwrap_or(1))?,
            };
            used.extend(&between);
            path.artists.extend(between);
            path.artists.push(ends[1]);
        }
        path.steps = path.artists.windows(2).map(|pair| self.cosine_of(pair[0], pair[1])).collect();
        Ok(path)
    }

    fn check_stops(&self, stops: &[ArtistId], options: &PathOptions) -> Result<(), PathError> {
        let within = |name, value: f32, lowest: f32, highest: f32| {
            let sound = value >= lowest && value <= highest;
            if sound { Ok(()) } else { Err(PathError::Setting { name, value, lowest, highest }) }
        };
        within("smooth", options.smooth, 0.0, 1.0)?;
        if let Length::Shortest(least) = options.length {
            within("the least cosine", least, 0.0, 1.0)?;
        }
        if stops.len() < 2 {
            return Err(PathError::TooFewStops);
        }
        for (place, &artist) in stops.iter().enumerate() {
            self.direction(&[Term::artist(artist, 1.0)])?;
            if stops[..place].contains(&artist) {
                return Err(PathError::Twice { artist: self.name(artist).to_string() });
            }
            if options.bypass.contains(&artist) {
                return Err(PathError::Bypassed { artist: self.name(artist).to_string() });
            }
        }
        Ok(())
    }

    /// How many steps each stretch takes; `None` where that is to be found out.
    fn lengths(&self, stops: &[ArtistId], options: &PathOptions) -> Result<Vec<Option<usize>>, PathError> {
        let wanted = match options.length {
            Length::Exactly(wanted) => wanted,
            Length::Shortest(_) if stops.len() > MOST_ARTISTS => stops.len(),
            Length::Shortest(_) => return Ok(vec![None; stops.len() - 1]),
        };
        if wanted < stops.len() || wanted > MOST_ARTISTS {
            return Err(PathError::Length { stops: stops.len(), most: MOST_ARTISTS, wanted });
        }
        // Every further step goes where steps are longest.
        let angles: Vec<f32> = stops.windows(2).map(|pair| angle(self.cosine_of(pair[0], pair[1]))).collect();
        let mut steps = vec![1_usize; angles.len()];
        for _ in stops.len()..wanted {
            let size = |i: usize| angles[i] / steps[i] as f32;
            let longest = (1..angles.len()).fold(0, |longest, i| if size(i) > size(longest) { i } else { longest });
            steps[longest] += 1;
        }
        Ok(steps.into_iter().map(Some).collect())
    }

    fn cosine_of(&self, a: ArtistId, b: ArtistId) -> f32 {
        dot(&self.unit(Item::Artist(a)), &self.unit(Item::Artist(b)))
    }

    fn log_mentions_of(&self, artist: ArtistId) -> f32 {
        libm::logf(self.mentions().get(artist as usize).copied().unwrap_or_default() as f32 + 1.0)
    }
}

/// The angle of a cosine, in radians.
fn angle(cosine: f32) -> f32 {
    libm::acosf(cosine.clamp(-1.0, 1.0))
}

/// The way between two stops.
struct Stretch<'a> {
    pack: &'a Pack,
    from: ArtistId,
    to: ArtistId,
    /// Who may not stand between.
    used: &'a [ArtistId],
    options: &'a PathOptions,
}

/// A candidate for a place on the way.
struct Candidate {
    artist: ArtistId,
    unit: Vec<f32>,
    /// What it costs by itself: its popularity.
    cost: f32,
}

impl Stretch<'_> {
    /// The fewest artists between such that no step's cosine is below `least`.
    fn shortest(&self, least: f32, rows: &mut usize) -> Result<Vec<ArtistId>, PathError> {
        let certain = match self.search(least, rows) {
            Ok(between) => return Ok(between),
            Err(Unreached { certain }) => certain,
        };
        let less = (1..).map(|i| least - LESS * i as f32).take_while(|&less| less > 0.0);
        let way = less.filter_map(|less| self.search(less, rows).ok()).next();
        let found = way.map(|between| {
            let all: Vec<ArtistId> = [&[self.from][..], &between, &[self.to]].concat();
            let worst = all.windows(2).fold(1_f32, |worst, pair| worst.min(self.pack.cosine_of(pair[0], pair[1])));
            libm::floorf(worst * 1000.0) / 1000.0
        });
        let [from, to] = [self.from, self.to].map(|artist| self.pack.name(artist).to_string());
        Err(PathError::TooFar { from, to, wanted: least, certain, found })
    }

    fn search(&self, least: f32, rows: &mut usize) -> Result<Vec<ArtistId>, Unreached> {
        if self.pack.cosine_of(self.from, self.to) >= least {
            return Ok(Vec::new());
        }
        let admits = self.options.admits(self.used);
        let most_steps = MOST_ARTISTS - 1;
        let reached = Search { pack: self.pack, ends: [self.from, self.to], least, admits, most_steps }.run(rows)?;
        let layers = self.layers(&reached, least);
        let ends = [self.from, self.to].map(|artist| self.pack.unit(Item::Artist(artist)));
        let way = best_way(&ends, &layers, least);
        Ok(layers.iter().zip(way).map(|(layer, taken)| layer[taken].artist).collect())
    }

    /// The candidates of each place of a way of the fewest steps.
    ///
    /// Everybody who is *i* steps from the one end has a neighbour *i* − 1 steps from it, so that from the middle outwards
    /// each layer is chosen among the neighbours of the one before, and none is empty. Of the middle only those are kept
    /// who still have a way to the one end through the candidates: so there is one through all layers.
    fn layers(&self, Reached { sides: [before, behind], middle, steps }: &Reached, least: f32) -> Vec<Vec<Candidate>> {
        let all = steps[0] + steps[1];
        let near = |unit: &[f32], others: &[Candidate]| others.iter().any(|other| dot(unit, &other.unit) >= least);
        let mut layers: Vec<Vec<Candidate>> = vec![self.best_for(middle.iter().copied(), steps[0], all, |_| true)];
        for step in (1..steps[0]).rev() {
            layers.push(self.best_for(before.at(step), step, all, |unit| near(unit, &layers[layers.len() - 1])));
        }
        layers.reverse();
        for step in 1..layers.len() {
            let (nearer, farther) = layers.split_at_mut(step);
            farther[0].retain(|one| near(&one.unit, &nearer[step - 1]));
        }
        for step in steps[0] + 1..all {
            layers.push(self.best_for(behind.at(all - step), step, all, |unit| near(unit, &layers[layers.len() - 1])));
        }
        layers
    }

    /// The best artists for a place on the way, of those given whose direction is `wanted`; given in the order of their ids.
    fn best_for(
        &self,
        artists: impl Iterator<Item = ArtistId>,
        step: usize,
        steps: usize,
        wanted: impl Fn(&[f32]) -> bool,
    ) -> Vec<Candidate> {
        let target = self.target(step, steps);
        let mut best = Best::new(2 * WIDTH);
        for artist in artists {
            let unit = self.pack.unit(Item::Artist(artist));
            // Half a squared angle is what a cosine lacks of 1.
            let score = dot(&unit, &target) - self.cost(artist, step, steps) / 2.0;
            if score > best.threshold && wanted(&unit) {
                best.offer(Neighbour { artist, score });
            }
        }
        best.into_sorted().into_iter().map(|one| self.candidate(one.artist, step, steps)).collect()
    }

    fn candidate(&self, artist: ArtistId, step: usize, steps: usize) -> Candidate {
        Candidate { artist, unit: self.pack.unit(Item::Artist(artist)), cost: self.cost(artist, step, steps) }
    }

    /// The point of the great circle where a step ends: Shoemake 1985, "Animating rotation with quaternion curves".
    fn target(&self, step: usize, steps: usize) -> Vec<f32> {
        let ends = [self.from, self.to].map(|artist| self.pack.unit(Item::Artist(artist)));
        let whole = angle(dot(&ends[0], &ends[1]));
        let part = step as f32 / steps as f32;
        let (a, b) = (libm::sinf((1.0 - part) * whole), libm::sinf(part * whole));
        let point: Vec<f32> = ends[0].iter().zip(&ends[1]).map(|(x, y)| a * x + b * y).collect();
        // Opposite ends have no circle between them, equal ones no angle.
        normalised(&point).unwrap_or_else(|| ends[usize::from(part > 0.5)].clone())
    }

    /// What an artist's popularity costs at a place on the way.
    fn cost(&self, artist: ArtistId, step: usize, steps: usize) -> f32 {
        if self.options.smooth == 0.0 {
            return 0.0;
        }
        let [from, to, log] = [self.from, self.to, artist].map(|artist| self.pack.log_mentions_of(artist));
        let wanted = from + (to - from) * (step as f32 / steps as f32);
        let distance = POPULARITY * (log - wanted);
        self.options.smooth * (distance * distance)
    }

    /// The artists between, one fewer than steps.
    fn walk(&self, steps: usize) -> Result<Vec<ArtistId>, PathError> {
        let ends = [self.from, self.to].map(|artist| self.pack.unit(Item::Artist(artist)));
        let mut targets: Vec<Vec<f32>> = (1..steps).map(|step| self.target(step, steps)).collect();
        let mut layers: Vec<Vec<Candidate>> = targets.iter().map(|_| Vec::new()).collect();
        let mut way: Vec<usize> = Vec::new();
        for _ in 0..ROUNDS {
            for (place, target) in targets.iter().enumerate() {
                let kept = way.get(place).map(|&taken| layers[place].swap_remove(taken));
                layers[place] = self.candidates(target, place + 1, steps, kept)?;
            }
            way = best_way(&ends, &layers, -1.0);
            let unit = |place: usize| &layers[place][way[place]].unit;
            targets = (0..layers.len())
                .map(|place| {
                    let before = if place == 0 { &ends[0] } else { unit(place - 1) };
                    let behind = if place + 1 == layers.len() { &ends[1] } else { unit(place + 1) };
                    let middle: Vec<f32> = before.iter().zip(behind).map(|(x, y)| x + y).collect();
                    normalised(&middle).unwrap_or_else(|| unit(place).clone())
                })
                .collect();
        }
        Ok(layers.iter().zip(way).map(|(layer, taken)| layer[taken].artist).collect())
    }

    /// The artists nearest to a point of the way, those whose popularity fits it preferred, and one that is to stay.
    fn candidates(
        &self,
        target: &[f32],
        step: usize,
        steps: usize,
        kept: Option<Candidate>,
    ) -> Result<Vec<Candidate>, PathError> {
        let scan = self.pack.vectors.scan(target).ok_or(QueryError::CancelsOut)?;
        // Half a squared angle is what a cosine lacks of 1.
        let penalty = |artist| self.cost(artist, step, steps) / 2.0;
        let nearest = scan.nearest(WIDTH.max(steps), self.options.admits(self.used), penalty);
        if nearest.len() + 1 < steps {
            return Err(PathError::TooFewArtists { found: nearest.len(), needed: steps - 1 });
        }
        let new = nearest.iter().filter(|one| kept.as_ref().is_none_or(|kept| kept.artist != one.artist));
        let new = new.map(|one| self.candidate(one.artist, step, steps));
        let new: Vec<Candidate> = new.collect();
        Ok(kept.into_iter().chain(new).collect())
    }
}

/// Which candidate of each layer is on the cheapest way from one end to the other on which nobody comes twice.
///
/// No step's cosine is below `least` where there is such a way.
fn best_way(ends: &[Vec<f32>; 2], layers: &[Vec<Candidate>], least: f32) -> Vec<usize> {
    let step = |a: &[f32], b: &[f32]| {
        let cosine = dot(a, b);
        let angle = angle(cosine);
        if cosine < least { f32::INFINITY } else { angle * angle }
    };
    // What the step from each candidate of the layer before to each of a layer costs, the candidate's own cost included.
    let costs: Vec<Vec<f32>> = layers
        .iter()
        .enumerate()
        .map(|(place, layer)| {
            let cost = |before: &[f32]| layer.iter().map(|one| step(before, &one.unit) + one.cost).collect::<Vec<_>>();
            match place.checked_sub(1) {
                None => cost(&ends[0]),
                Some(before) => layers[before].iter().flat_map(|one| cost(&one.unit)).collect(),
            }
        })
        .collect();
    let Some(last) = layers.last() else { return Vec::new() };
    let last: Vec<f32> = last.iter().map(|one| step(&one.unit, &ends[1])).collect();
    let mut banned: Vec<Vec<bool>> = layers.iter().map(|layer| vec![false; layer.len()]).collect();
    for _ in 0..MOST_BANS {
        let way = cheapest(&costs, &last, &banned);
        // Of the places of one artist those have to do without it of which it stands farther behind, or else the later ones.
        let artist = |place: usize| layers[place][way[place]].artist;
        let is_better = |other: usize, place: usize| (way[other], other) < (way[place], place);
        let twice =
            |place: &usize| (0..layers.len()).any(|other| artist(other) == artist(*place) && is_better(other, *place));
        let twice: Vec<usize> = (0..layers.len()).filter(twice).collect();
        if twice.is_empty() {
            return way;
        }
        for place in twice {
            banned[place][way[place]] = true;
            if banned[place].iter().all(|&banned| banned) {
                return first_free(layers);
            }
        }
    }
    first_free(layers)
}

/// The cheapest way through layers, given the costs of steps into each layer and out of the last one.
fn cheapest(costs: &[Vec<f32>], last: &[f32], banned: &[Vec<bool>]) -> Vec<usize> {
    let mut sums: Vec<f32> = vec![0.0];
    // For each layer and candidate the best one of the layer before.
    let mut from: Vec<Vec<usize>> = Vec::new();
    for (costs, banned) in costs.iter().zip(banned) {
        let width = banned.len();
        let sum = |before: usize, one: usize| sums[before] + costs[before * width + one];
        let best = |one: usize| (1..sums.len()).fold(0, |best, i| if sum(i, one) < sum(best, one) { i } else { best });
        let origins: Vec<usize> = (0..width).map(best).collect();
        let next = (0..width).map(|one| if banned[one] { f32::INFINITY } else { sum(origins[one], one) }).collect();
        from.push(origins);
        sums = next;
    }
    let total = |i: usize| sums[i] + last[i];
    let mut at = (1..sums.len()).fold(0, |best, i| if total(i) < total(best) { i } else { best });
    let mut way = vec![0; from.len()];
    for (place, origins) in from.iter().enumerate().rev() {
        way[place] = at;
        at = origins[at];
    }
    way
}

/// Any way on which nobody comes twice: every layer has as many candidates as there are layers.
fn first_free(layers: &[Vec<Candidate>]) -> Vec<usize> {
    let mut taken = Vec::new();
    let mut way = Vec::new();
    for layer in layers {
        let free = layer.iter().position(|one| !taken.contains(&one.artist)).unwrap_or_default();
        taken.extend(layer.get(free).map(|one| one.artist));
        way.push(free);
    }
    way
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{circle, open, random};
    use super::*;

    /// Every 10 degrees from 0 to 170, and a few beside the way.
    fn half_circle() -> Pack {
        let mut degrees: Vec<f32> = (0..18).map(|i| i as f32 * 10.0).collect();
        degrees.extend([-20.0, -40.0, 200.0]);
        open(&circle(&degrees))
    }

    fn walk(pack: &Pack, stops: &[ArtistId], options: &PathOptions) -> Result<Vec<ArtistId>, PathError> {
        Ok(pack.path(stops, options)?.artists)
    }

    fn exactly(length: usize) -> PathOptions {
        PathOptions { length: Length::Exactly(length), smooth: 0.0, ..PathOptions::default() }
    }

    #[test]
    fn steps_are_even() {
        let pack = half_circle();
        assert_eq!(walk(&pack, &[0, 12], &exactly(4)), Ok(vec![0, 4, 8, 12]));
        assert_eq!(walk(&pack, &[12, 0], &exactly(7)), Ok(vec![12, 10, 8, 6, 4, 2, 0]));
        let path = pack.path(&[0, 12], &exactly(4)).unwrap();
        assert_eq!(path.steps.len(), 3);
        assert!(path.steps.iter().all(|step| (step - libm::cosf(40_f32.to_radians())).abs() < 3e-3));
        assert_eq!(walk(&pack, &[0, 12], &exactly(2)), Ok(vec![0, 12]));
    }

    #[test]
    fn the_shortest_way_keeps_every_step_small() {
        let pack = half_circle();
        let least = |degrees: f32| PathOptions {
            length: Length::Shortest(libm::cosf(degrees.to_radians())),
            smooth: 0.0,
            ..PathOptions::default()
        };
        assert_eq!(walk(&pack, &[0, 12], &least(41.0)), Ok(vec![0, 4, 8, 12]));
        assert_eq!(walk(&pack, &[0, 12], &least(61.0)), Ok(vec![0, 6, 12]));
        assert_eq!(walk(&pack, &[0, 3], &least(61.0)), Ok(vec![0, 3]));
        let error = walk(&pack, &[0, 12], &least(5.0)).unwrap_err();
        assert!(matches!(&error, PathError::TooFar { from, to, .. } if from == "a0" && to == "a12"), "{error}");
    }

    #[test]
    fn ways_go_by_stops_and_around_artists() {
        let pack = half_circle();
        let way = walk(&pack, &[0, 16, 8], &exactly(7)).unwrap();
        assert_eq!((way.len(), way[0], way[6]), (7, 0, 8));
        assert!(way.contains(&16));
        let bypass = PathOptions { bypass: vec![4, 8], ..exactly(4) };
        let way = walk(&pack, &[0, 12], &bypass).unwrap();
        assert!(!way.contains(&4) && !way.contains(&8), "{way:?}");
        let ranks = PathOptions { ranks: 5..8, ..exactly(4) };
        assert_eq!(walk(&pack, &[0, 12], &ranks), Ok(vec![0, 5, 7, 12]));
    }

    #[test]
    fn popularity_changes_evenly_where_that_is_wanted() {
        // Halfway stand somebody whom nobody knows, and a little aside somebody known as the ends are.
        let mut content = circle(&[0.0, 80.0, 44.0, 40.0]);
        content.mentions = vec![5_000, 5_000, 4_000, 2];
        let pack = open(&content);
        let way = |smooth| walk(&pack, &[0, 1], &PathOptions { smooth, ..exactly(3) }).unwrap()[1];
        assert_eq!((way(0.0), way(1.0)), (3, 2));
    }

    #[test]
    fn there_is_a_reason_where_there_is_no_way() {
        let pack = half_circle();
        let error = |stops: &[ArtistId], options: &PathOptions| walk(&pack, stops, options).unwrap_err();
        assert_eq!(error(&[3], &exactly(3)), PathError::TooFewStops);
        assert_eq!(error(&[3, 4, 3], &exactly(5)), PathError::Twice { artist: "a3".into() });
        assert_eq!(
            error(&[3, 4], &PathOptions { bypass: vec![4], ..exactly(5) }),
            PathError::Bypassed { artist: "a4".into() }
        );
        assert_eq!(error(&[3, 4, 5], &exactly(2)), PathError::Length { stops: 3, most: 100, wanted: 2 });
        assert_eq!(error(&[3, 4], &exactly(101)), PathError::Length { stops: 2, most: 100, wanted: 101 });
        assert_eq!(error(&[3, 4], &exactly(25)), PathError::TooFewArtists { found: 19, needed: 23 });
        assert!(matches!(error(&[3, 99], &exactly(3)), PathError::Query(QueryError::UnknownArtist { .. })));
        for options in [
            PathOptions { smooth: f32::NAN, ..exactly(3) },
            PathOptions { length: Length::Shortest(1.5), ..PathOptions::default() },
        ] {
            assert!(matches!(error(&[3, 4], &options), PathError::Setting { .. }));
        }
    }

    #[test]
    fn nobody_comes_twice_however_long_the_way() {
        for (artists, seed) in [(21, 1), (40, 2), (300, 3)] {
            let mut content = random(artists, 4, seed);
            // Crowded: many are all but the same.
            content.vectors.iter_mut().skip(1).step_by(4).for_each(|x| *x = x.abs() + 2.0);
            let pack = open(&content);
            for (length, smooth) in [(2, 0.0), (3, 1.0), (9, 0.5), (20, 0.0)] {
                let options = PathOptions { smooth, ..exactly(length) };
                let way = walk(&pack, &[0, 5, artists as ArtistId - 1][usize::from(length < 3)..], &options).unwrap();
                let mut sorted = way.clone();
                sorted.sort_unstable();
                sorted.dedup();
                assert_eq!((way.len(), sorted.len()), (length, length), "{way:?}");
            }
        }
    }

    #[test]
    fn opposite_and_equal_ends_have_a_way() {
        let pack = open(&circle(&[0.0, 180.0, 90.0, 0.0, 45.0]));
        assert_eq!(walk(&pack, &[0, 1], &exactly(3)).unwrap().len(), 3);
        assert_eq!(walk(&pack, &[0, 3], &exactly(4)).unwrap().len(), 4);
        assert_eq!(walk(&pack, &[0, 3], &PathOptions::default()), Ok(vec![0, 3]));
    }
}
