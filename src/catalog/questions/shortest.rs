//! The fewest steps from one artist to another where no step may be large.
//!
//! Artists are neighbours where their cosine is at least so much. Breadth-first search from both ends, always on the side
//! with fewer artists to go on from, until somebody is known to both (Pohl 1971, "Bi-directional search"): no way has fewer
//! steps. All neighbours of an artist are one scan. Where that would be too many scans, the search goes on from the artists
//! nearest to the other end alone, and says so: then there may be a shorter way.

use alloc::vec;
use alloc::vec::Vec;

use super::terms::{Item, dot};
use crate::catalog::pack::Pack;
use crate::catalog::query::ArtistId;

/// Rows that all searches for one path may compare, whatever its stops: about a second's work in a browser.
pub(super) const MOST_ROWS: usize = 1 << 28;

/// How far the cosines of the scan may lie from those of the directions: codes of a query are rounded by up to half of one in
/// `query_limit`, which for d axes of equal steps is ½ √d / `query_limit`: 1.5 · 10⁻⁴ for 100, 10⁻³ for 1,000.
const SCAN_ERROR: f32 = 1e-3;

/// Who is not reached yet.
const UNKNOWN: u8 = u8::MAX;

/// What a search is about.
pub(super) struct Search<'a, A: Fn(ArtistId) -> bool> {
    pub(super) pack: &'a Pack,
    pub(super) ends: [ArtistId; 2],
    /// The least cosine of a step.
    pub(super) least: f32,
    /// Who may stand between.
    pub(super) admits: A,
    /// The most steps of a way; below [`UNKNOWN`].
    pub(super) most_steps: usize,
}

/// How many steps everybody is away from one end.
pub(super) struct Side {
    steps: Vec<u8>,
    /// Those farthest away, in the order of their ids.
    frontier: Vec<ArtistId>,
    /// How far that is.
    reached: u8,
}

/// What a search has found.
pub(super) struct Reached {
    /// From the one end and from the other.
    pub(super) sides: [Side; 2],
    /// Who is between the ends, so many steps from the one and so many from the other.
    pub(super) middle: Vec<ArtistId>,
    /// How many steps these are.
    pub(super) steps: [usize; 2],
}

/// No way was found.
#[derive(Debug, PartialEq)]
pub(super) struct Unreached {
    /// Whether there is none.
    pub(super) certain: bool,
}

impl Side {
    fn new(rows: usize, end: ArtistId) -> Self {
        let mut steps = vec![UNKNOWN; rows];
        if let Some(steps) = steps.get_mut(end as usize) {
            *steps = 0;
        }
        Self { steps, frontier: vec![end], reached: 0 }
    }

    /// Everybody who is so many steps away, in the order of their ids.
    pub(super) fn at(&self, steps: usize) -> impl Iterator<Item = ArtistId> + '_ {
        let alike = move |&(_, &other): &(usize, &u8)| usize::from(other) == steps;
        self.steps.iter().enumerate().filter(alike).map(|(artist, _)| artist as ArtistId)
    }
}

impl<A: Fn(ArtistId) -> bool> Search<'_, A> {
    /// Searches. `rows` is how many rows may still be compared; what was compared is taken off.
    pub(super) fn run(&self, rows: &mut usize) -> Result<Reached, Unreached> {
        let all = self.pack.answering();
        let mut sides = self.ends.map(|end| Side::new(all, end));
        let mut certain = true;
        loop {
            let [from, to] = &sides;
            if usize::from(from.reached) + usize::from(to.reached) >= self.most_steps {
                return Err(Unreached { certain: false });
            }
            // First once on each side, for nobody meets an end itself: it may not stand between.
            let now = match (from.reached, to.reached) {
                (0, _) => 0,
                (_, 0) => 1,
                _ => usize::from(to.frontier.len() < from.frontier.len()),
            };
            // Half of what is left, so that something is left for the steps behind.
            let affordable = (*rows / all.max(1)).div_ceil(2);
            if sides[now].frontier.len() > affordable {
                certain = false;
                let other = self.pack.unit(Item::Artist(self.ends[1 - now]));
                let near = |artist: &ArtistId| dot(&self.pack.unit(Item::Artist(*artist)), &other);
                let mut nearest: Vec<(f32, ArtistId)> =
                    sides[now].frontier.iter().map(|one| (near(one), *one)).collect();
                nearest.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                sides[now].frontier = nearest.into_iter().take(affordable).map(|(_, artist)| artist).collect();
            }
            *rows = rows.saturating_sub(all * sides[now].frontier.len());
            self.step(&mut sides[now]);
            let known = |&artist: &ArtistId| usize::from(sides[1 - now].steps[artist as usize]);
            let Some(rest) = sides[now].frontier.iter().map(known).min() else { return Err(Unreached { certain }) };
            if rest < usize::from(UNKNOWN) {
                let middle = sides[now].frontier.iter().filter(|artist| known(artist) == rest).copied().collect();
                let mut steps = [usize::from(sides[now].reached), rest];
                if now == 1 {
                    steps.reverse();
                }
                return Ok(Reached { middle, steps, sides });
            }
        }
    }

    /// Takes one side a step further: to all neighbours of its frontier that are not known there.
    fn step(&self, side: &mut Side) {
        side.reached += 1;
        let mut next = Vec::new();
        for artist in core::mem::take(&mut side.frontier) {
            let unit = self.pack.unit(Item::Artist(artist));
            let Some(scan) = self.pack.vectors.scan(&unit) else { continue };
            scan.for_each_above(self.least - SCAN_ERROR, |other| {
                let is_new = side.steps[other as usize] == UNKNOWN && (self.admits)(other);
                if is_new && dot(&unit, &self.pack.unit(Item::Artist(other))) >= self.least {
                    side.steps[other as usize] = side.reached;
                    next.push(other);
                }
            });
        }
        next.sort_unstable();
        side.frontier = next;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{circle, open, random};
    use super::*;

    fn search(pack: &Pack, ends: [ArtistId; 2], least: f32, rows: usize) -> Result<usize, Unreached> {
        let search = Search { pack, ends, least, admits: |artist| !ends.contains(&artist), most_steps: 99 };
        search.run(&mut { rows }).map(|reached| {
            assert!(reached.middle.is_sorted() && !reached.middle.is_empty());
            reached.steps.iter().sum()
        })
    }

    /// How many steps a plain breadth-first search takes.
    fn plain(pack: &Pack, ends: [ArtistId; 2], least: f32) -> Option<usize> {
        let unit = |artist| pack.unit(Item::Artist(artist));
        let mut steps = vec![None; pack.len()];
        steps[ends[0] as usize] = Some(0);
        let mut queue = vec![ends[0]];
        let mut next = 0;
        while let Some(&artist) = queue.get(next) {
            next += 1;
            for other in 0..pack.len() as ArtistId {
                if steps[other as usize].is_none() && dot(&unit(artist), &unit(other)) >= least {
                    steps[other as usize] = steps[artist as usize].map(|steps: usize| steps + 1);
                    queue.push(other);
                }
            }
        }
        steps[ends[1] as usize]
    }

    #[test]
    fn no_way_has_fewer_steps() {
        let pack = open(&random(250, 6, 4));
        let mut lengths = Vec::new();
        for least in [0.7, 0.8, 0.85, 0.9, 0.95] {
            for ends in [[0, 249], [3, 17], [100, 40], [7, 200]] {
                let expected = plain(&pack, ends, least);
                // Neighbours are a way of one step, which nobody looks for here.
                if expected != Some(1) {
                    assert_eq!(search(&pack, ends, least, usize::MAX).ok(), expected, "{ends:?} {least}");
                    lengths.push(expected.unwrap_or(0));
                }
            }
        }
        lengths.sort_unstable();
        lengths.dedup();
        assert!(lengths.len() > 4 && lengths[0] == 0, "{lengths:?}");
    }

    #[test]
    fn a_search_that_ran_out_of_rows_is_not_certain() {
        let pack = open(&circle(&(0..30).map(|i| i as f32 * 6.0).collect::<Vec<_>>()));
        let least = libm::cosf(9_f32.to_radians());
        assert_eq!(search(&pack, [0, 29], least, usize::MAX), Ok(29));
        // One artist a step is enough here, and the nearest to the other end is the right one.
        assert_eq!(search(&pack, [0, 29], least, 30 * 100), Ok(29));
        assert_eq!(search(&pack, [0, 29], least, 30 * 5), Err(Unreached { certain: false }));
        let least = libm::cosf(3_f32.to_radians());
        assert_eq!(search(&pack, [0, 29], least, usize::MAX), Err(Unreached { certain: true }));
    }
}
