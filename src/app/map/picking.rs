//! Which artist a pointer means. Pure: one pass over the positions, a few milliseconds for hundreds of thousands.

use super::camera::{View, position};
use crate::catalog::ArtistId;

/// The artist nearest to a pointer at (x, y) CSS pixels and within `reach` of it, if any.
///
/// Highlighted artists lie on top of all others and win wherever they are within reach. Between the rest, nearness to the
/// pointer counts by depth, as one would point at what is in front.
pub(super) fn nearest(
    positions: &[f32],
    highlighted: impl Iterator<Item = ArtistId>,
    view: &View,
    (x, y): (f32, f32),
    reach: f32,
) -> Option<ArtistId> {
    let cost = |artist: ArtistId, by_depth: bool| {
        let at = view.project(position(positions, artist))?;
        let away = (at.x - x).hypot(at.y - y);
        (away <= reach).then_some(if by_depth { (away + 1.0) * at.depth } else { away })
    };
    let least = |artists: &mut dyn Iterator<Item = ArtistId>, by_depth: bool| {
        artists
            .filter_map(|artist| cost(artist, by_depth).map(|cost| (cost, artist)))
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, artist)| artist)
    };
    let count = u32::try_from(positions.len() / 3).unwrap_or(u32::MAX);
    least(&mut highlighted.into_iter(), false).or_else(|| least(&mut (0..count), true))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::super::camera::Camera;
    use super::*;

    const POSITIONS: [f32; 12] = [0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 9.0];

    fn view() -> View {
        Camera { target: [0.0; 3], yaw: 0.0, pitch: 0.0, distance: 2.0 }.view(400.0, 400.0)
    }

    fn pick(highlighted: &[ArtistId], at: (f32, f32)) -> Option<ArtistId> {
        nearest(&POSITIONS, highlighted.iter().copied(), &view(), at, 10.0)
    }

    #[wasm_bindgen_test]
    fn the_front_one_of_two_on_a_line_is_meant() {
        assert_eq!(pick(&[], (201.0, 200.0)), Some(0));
    }

    #[wasm_bindgen_test]
    fn a_highlighted_artist_wins_even_from_behind() {
        assert_eq!(pick(&[2], (201.0, 200.0)), Some(2));
    }

    #[wasm_bindgen_test]
    fn out_of_reach_is_nobody_and_behind_the_viewer_is_nobody() {
        assert_eq!(pick(&[], (20.0, 20.0)), None);
        assert_eq!(nearest(&POSITIONS[9..], core::iter::empty(), &view(), (200.0, 200.0), 1e6), None);
    }

    #[wasm_bindgen_test]
    fn an_off_centre_point_is_found_where_it_is_projected() {
        let at = view().project([0.5, 0.0, 0.0]).unwrap();
        assert_eq!(pick(&[], (at.x + 3.0, at.y - 3.0)), Some(1));
    }
}
