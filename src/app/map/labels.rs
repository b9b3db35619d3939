//! Which artists are named on the map, and where their names go so that no two overlap. Pure: no DOM, no GL.

use super::camera::{View, position};
use crate::catalog::ArtistId;

/// Why an artist is named; decides order, colour and size of the label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// Under the pointer or walked to by key: always named.
    Current,
    Query,
    Answer,
    /// Popular and in front: named so that the map can be read without a query.
    Landmark,
}

/// The side of its point that a name stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Right,
    Left,
    Above,
    Below,
}

/// A name that wants a place: its point in CSS pixels, the point's radius, the text's size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) artist: ArtistId,
    pub(super) role: Role,
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) radius: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// A part of the picture, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Area {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

/// A name with a place: the text's left top corner and size in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Label {
    pub(super) artist: ArtistId,
    pub(super) role: Role,
    pub(super) side: Side,
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

impl Label {
    fn area(&self) -> Area {
        Area { left: self.left, top: self.top, right: self.left + self.width, bottom: self.top + self.height }
    }

    /// Whether a pointer at (x, y) is on the name.
    pub(super) fn contains(&self, x: f32, y: f32) -> bool {
        x >= self.left && x <= self.left + self.width && y >= self.top && y <= self.top + self.height
    }
}

/// Artists worth naming from here, best first: popular ones, and ever less popular ones the nearer the viewer is.
///
/// The weight is mentions / depth², so that flying into a region brings up its own names. `before` holds the labels of
/// the previous picture: they weigh half as much again, so that names do not flicker while the map turns.
pub(super) fn landmarks(
    positions: &[f32],
    mentions: &[u32],
    view: &View,
    before: &[Label],
    limit: usize,
) -> Vec<ArtistId> {
    let mut weighed: Vec<(f32, ArtistId)> = (0..)
        .zip(mentions)
        .filter_map(|(artist, &mentions)| {
            let at = view.project(position(positions, artist)).filter(|at| view.shows(at))?;
            let mut weight = mentions as f32 / (at.depth * at.depth);
            // A stone's throw from the eye everything is large and quickly gone.
            weight *= (at.depth * 8.0).min(1.0);
            Some((weight, artist))
        })
        .collect();
    let heaviest_first = |a: &(f32, ArtistId), b: &(f32, ArtistId)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    // Twice as many as asked for, so that those of the previous picture can still rise.
    if weighed.len() > limit * 2 {
        weighed.select_nth_unstable_by(limit * 2, heaviest_first);
        weighed.truncate(limit * 2);
    }
    for (weight, artist) in &mut weighed {
        if before.iter().any(|label| label.artist == *artist) {
            *weight *= 1.5;
        }
    }
    weighed.sort_by(heaviest_first);
    weighed.truncate(limit);
    weighed.into_iter().map(|(_, artist)| artist).collect()
}

/// Places names in the order given, each inside `room` and where it overlaps no earlier name, no highlighted point and
/// nothing `taken`; what finds no place is left out, but a [`Role::Query`] may hide points. A name keeps the side that it had in `before` where it can.
///
/// At most `landmarks` of the [`Role::Landmark`] ones are placed. The current artist's name is always placed, cut off by
/// nothing, if need be over others.
pub(super) fn place(
    candidates: &[Candidate],
    room: Area,
    taken: &[Area],
    before: &[Label],
    landmarks: usize,
) -> Vec<Label> {
    const AIR: f32 = 3.0;
    let mut placed: Vec<Label> = Vec::new();
    let mut left_to_place = landmarks;
    for candidate in candidates {
        if placed.iter().any(|label| label.artist == candidate.artist)
            || (candidate.role == Role::Landmark && left_to_place == 0)
        {
            continue;
        }
        let usual = before.iter().find(|label| label.artist == candidate.artist).map(|label| label.side);
        let sides = || usual.into_iter().chain([Side::Right, Side::Left, Side::Above, Side::Below]);
        // Landmarks keep their distance, so that the map stays a map and not a page of text.
        let air = if candidate.role == Role::Landmark { AIR * 4.0 } else { AIR };
        let fits = |label: &Label| {
            let area = label.area();
            area.left >= room.left
                && area.top >= room.top
                && area.right <= room.right
                && area.bottom <= room.bottom
                && !taken.iter().any(|other| overlap(area, *other, AIR))
                && !placed.iter().any(|other| overlap(area, other.area(), air))
        };
        let hides_no_point = |label: &Label| {
            !candidates.iter().any(|other| {
                other.role != Role::Landmark && other.artist != candidate.artist && covers(label.area(), other)
            })
        };
        let free = sides().map(|side| candidate.label(side)).find(|label| fits(label) && hides_no_point(label));
        // Who was asked for is named even where answers crowd around it.
        let free = free.or_else(|| {
            let asked = candidate.role == Role::Query;
            sides().map(|side| candidate.label(side)).find(|label| asked && fits(label))
        });
        let label = match free {
            Some(label) => label,
            None if candidate.role == Role::Current => {
                let mut label = candidate.label(Side::Right);
                label.left = label.left.min(room.right - label.width).max(room.left);
                label.top = label.top.min(room.bottom - label.height).max(room.top);
                label
            }
            None => continue,
        };
        if candidate.role == Role::Landmark {
            left_to_place -= 1;
        }
        placed.push(label);
    }
    placed
}

impl Candidate {
    fn label(&self, side: Side) -> Label {
        let &Candidate { artist, role, x, y, radius, width, height } = self;
        let gap = radius + 4.0;
        let (left, top) = match side {
            Side::Right => (x + gap, y - height * 0.5),
            Side::Left => (x - gap - width, y - height * 0.5),
            Side::Above => (x - width * 0.5, y - gap - height),
            Side::Below => (x - width * 0.5, y + gap),
        };
        Label { artist, role, side, left, top, width, height }
    }
}

fn overlap(a: Area, b: Area, air: f32) -> bool {
    a.left < b.right + air && b.left < a.right + air && a.top < b.bottom + air && b.top < a.bottom + air
}

/// Whether a name would hide the middle of another's point.
fn covers(name: Area, point: &Candidate) -> bool {
    let half = point.radius * 0.7;
    overlap(name, Area { left: point.x, top: point.y, right: point.x, bottom: point.y }, half)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::super::camera::Camera;
    use super::*;

    fn view() -> View {
        Camera { target: [0.0; 3], yaw: 0.0, pitch: 0.0, distance: 2.0 }.view(400.0, 300.0)
    }

    const ROOM: Area = Area { left: 0.0, top: 0.0, right: 400.0, bottom: 300.0 };

    fn candidate(artist: ArtistId, role: Role, x: f32, y: f32) -> Candidate {
        Candidate { artist, role, x, y, radius: 4.0, width: 60.0, height: 16.0 }
    }

    #[wasm_bindgen_test]
    fn names_never_overlap_and_stay_inside() {
        // A dense pile of points: whatever is placed must be readable.
        let candidates: Vec<Candidate> = (0..60)
            .map(|i| candidate(i, Role::Answer, 150.0 + (i % 8) as f32 * 14.0, 100.0 + (i / 8) as f32 * 11.0))
            .collect();
        let placed = place(&candidates, ROOM, &[], &[], 0);
        assert!(placed.len() >= 3, "{}", placed.len());
        for (i, a) in placed.iter().enumerate() {
            assert!(a.left >= 0.0 && a.top >= 0.0 && a.left + a.width <= 400.0 && a.top + a.height <= 300.0);
            assert!(placed[i + 1..].iter().all(|b| !overlap(a.area(), b.area(), 0.0)), "{a:?}");
        }
    }

    #[wasm_bindgen_test]
    fn earlier_candidates_win_and_the_others_step_aside() {
        let placed = place(
            &[candidate(1, Role::Query, 200.0, 150.0), candidate(2, Role::Answer, 230.0, 150.0)],
            ROOM,
            &[],
            &[],
            0,
        );
        assert_eq!(placed[0].artist, 1);
        // On its right the query's name would hide the answer's point.
        assert_eq!(placed[0].side, Side::Left);
        assert_eq!((placed[1].artist, placed[1].side), (2, Side::Right));
    }

    #[wasm_bindgen_test]
    fn the_current_artist_is_named_even_where_there_is_no_room() {
        let query = candidate(1, Role::Query, 395.0, 5.0);
        let placed = place(&[candidate(0, Role::Current, 399.0, 1.0), query], ROOM, &[], &[], 0);
        assert_eq!(placed[0].artist, 0);
        assert!(placed[0].left + placed[0].width <= 400.0 && placed[0].top >= 0.0);
    }

    #[wasm_bindgen_test]
    fn what_is_taken_stays_free() {
        let candidates = [candidate(1, Role::Query, 200.0, 150.0)];
        let right = Area { left: 200.0, top: 100.0, right: 400.0, bottom: 200.0 };
        assert_eq!(place(&candidates, ROOM, &[right], &[], 0)[0].side, Side::Left);
        assert!(place(&candidates, ROOM, &[ROOM], &[], 0).is_empty());
    }

    #[wasm_bindgen_test]
    fn a_name_keeps_its_side() {
        let candidates = [candidate(1, Role::Query, 200.0, 150.0)];
        let mut before = place(&candidates, ROOM, &[], &[], 0);
        assert_eq!(before[0].side, Side::Right);
        before[0].side = Side::Below;
        assert_eq!(place(&candidates, ROOM, &[], &before, 0)[0].side, Side::Below);
    }

    #[wasm_bindgen_test]
    fn landmarks_are_limited_and_nobody_is_named_twice() {
        let candidates: Vec<Candidate> =
            (0..9).map(|i| candidate(i / 2, Role::Landmark, 50.0, 20.0 + i as f32 * 30.0)).collect();
        let placed = place(&candidates, ROOM, &[], &[], 3);
        assert_eq!(placed.iter().map(|label| label.artist).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[wasm_bindgen_test]
    fn landmarks_are_popular_or_near_and_in_view() {
        // 0: popular at the centre; 1: obscure at the centre; 2: as obscure, near the eye; 3: popular, out of view.
        let positions = [0.0, 0.0, 0.0, 0.1, 0.0, 0.0, 0.0, 0.1, 1.6, 50.0, 0.0, 0.0];
        let mentions = [10_000, 500, 500, 90_000];
        assert_eq!(landmarks(&positions, &mentions, &view(), &[], 9), [2, 0, 1]);
        assert_eq!(landmarks(&positions, &mentions, &view(), &[], 1), [2]);
    }

    #[wasm_bindgen_test]
    fn a_landmark_named_before_is_not_dropped_for_a_slightly_better_one() {
        let positions = [0.0, 0.0, 0.0, 0.0, 0.2, 0.0];
        let mentions = [110, 100];
        let before = [candidate(1, Role::Landmark, 0.0, 0.0).label(Side::Right)];
        assert_eq!(landmarks(&positions, &mentions, &view(), &[], 1), [0]);
        assert_eq!(landmarks(&positions, &mentions, &view(), &before, 1), [1]);
    }

    #[wasm_bindgen_test]
    fn a_pointer_on_a_name_is_on_it() {
        let label = candidate(1, Role::Query, 100.0, 100.0).label(Side::Right);
        assert!(label.contains(130.0, 100.0) && !label.contains(100.0, 100.0));
    }
}
