//! How large a point is drawn: popularity decides its size in space, distance its size on the screen. Pure; the shader
//! in `renderer.rs` repeats [`on_screen`].

use super::labels::Role;

/// Radii in world units, by popularity: the share of the logarithm of the most mentioned artist's mentions.
pub(super) fn radii(mentions: &[u32]) -> Vec<f32> {
    let logarithm = |mentions: u32| (mentions.max(1) as f32).ln();
    let most = mentions.iter().copied().max().map_or(1.0, logarithm).max(1.0);
    let least = mentions.iter().copied().min().map_or(0.0, logarithm);
    let span = (most - least).max(1e-3);
    mentions
        .iter()
        .map(|&mentions| {
            let popularity = (logarithm(mentions) - least) / span;
            0.0028 + 0.0085 * popularity * popularity
        })
        .collect()
}

/// The least and the greatest radius in CSS pixels that a role is drawn with.
pub(super) fn limits(role: Role) -> (f32, f32) {
    match role {
        Role::Current => (7.0, 14.0),
        Role::Query => (8.0, 14.0),
        Role::Answer => (5.5, 10.0),
        Role::Landmark => (0.9, 12.0),
    }
}

/// The radius in CSS pixels of a point at that depth; `scale` is `View::scale`.
pub(super) fn on_screen(radius: f32, depth: f32, scale: f32, role: Role) -> f32 {
    let (least, greatest) = limits(role);
    (radius * scale / depth).clamp(least, greatest)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn popular_artists_are_larger_and_nothing_is_invisible() {
        let radii = radii(&[10_000, 500, 5, 0]);
        assert!(radii[0] > radii[1] && radii[1] > radii[2] && radii[3] > 0.0);
        assert!(radii[0] < 0.02);
    }

    #[wasm_bindgen_test]
    fn equal_or_no_mentions_are_no_trouble() {
        assert!(radii(&[]).is_empty());
        assert!(radii(&[7, 7]).iter().all(|radius| radius.is_finite()));
    }

    #[wasm_bindgen_test]
    fn size_falls_with_depth_between_its_limits() {
        let size = |depth| on_screen(0.01, depth, 1000.0, Role::Answer);
        assert_eq!(size(1.25), 8.0);
        assert_eq!(size(0.1), 10.0);
        assert_eq!(size(100.0), 5.5);
    }
}
