//! The orbit camera and the projection that the shader and the labels share. Pure arithmetic: no DOM, no GL.
//!
//! World space is right-handed with y up. A camera looks at `target` from `distance` away; `yaw` turns around the y axis
//! and `pitch` lifts it above the horizon. Screen space is in CSS pixels, y down, origin in the top left corner.

use core::f32::consts::FRAC_PI_2;

pub(super) type Point = [f32; 3];

/// 1 / tan(half the vertical field of view), for a field of 45 degrees.
pub(super) const FOCAL: f32 = 2.414_213_5;
/// What lies nearer than this is behind the glass: neither drawn nor labelled nor picked.
pub(super) const NEAR: f32 = 0.01;

const NEAREST: f32 = 0.05;
const FARTHEST: f32 = 12.0;
/// Just short of the poles, where the view would flip over.
const STEEPEST: f32 = FRAC_PI_2 - 0.02;

/// Where the map is looked at from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Camera {
    pub(super) target: Point,
    pub(super) yaw: f32,
    pub(super) pitch: f32,
    pub(super) distance: f32,
}

impl Camera {
    /// Looks at the middle from a little above the horizon.
    pub(super) const HOME: Camera = Camera { target: [0.0; 3], yaw: 0.6, pitch: 0.35, distance: 3.0 };

    /// Turns by angles in radians: to the right, upwards.
    pub(super) fn orbit(&mut self, yaw: f32, pitch: f32) {
        self.yaw = (self.yaw + yaw) % core::f32::consts::TAU;
        self.pitch = (self.pitch + pitch).clamp(-STEEPEST, STEEPEST);
    }

    /// Multiplies the distance to the target: below one comes nearer.
    pub(super) fn zoom(&mut self, factor: f32) {
        self.distance = (self.distance * factor).clamp(NEAREST, FARTHEST);
    }

    /// Moves so that the target's surroundings follow a pointer by (dx, dy) CSS pixels in a view `height` pixels high.
    pub(super) fn pan(&mut self, dx: f32, dy: f32, height: f32) {
        let (right, up, _) = self.axes();
        let unit = self.distance / (FOCAL * height.max(1.0) * 0.5);
        for axis in 0..3 {
            self.target[axis] = (self.target[axis] + (up[axis] * dy - right[axis] * dx) * unit).clamp(-2.0, 2.0);
        }
    }

    /// The same direction of view, moved so that the given points fill the view; unchanged where there are none.
    ///
    /// A neighbour far off in three dimensions may be near in a hundred: the farthest tenth of the points may therefore
    /// lie outside, so that one of them does not shrink all others to a speck.
    pub(super) fn framing(&self, points: &[Point], aspect: f32) -> Camera {
        if points.is_empty() {
            return *self;
        }
        let mut target = [0.0; 3];
        for (axis, middle) in target.iter_mut().enumerate() {
            let mut along: Vec<f32> = points.iter().map(|point| point[axis]).collect();
            along.sort_by(f32::total_cmp);
            let tail = along.len() / 20;
            *middle = (along[tail] + along[along.len() - 1 - tail]) * 0.5;
        }
        let mut distances: Vec<f32> = points.iter().map(|point| length(minus(*point, target))).collect();
        distances.sort_by(f32::total_cmp);
        let radius = distances[(distances.len() * 9 / 10).min(distances.len() - 1)];
        Camera { target, distance: distance_to_fit(radius.max(0.06) * 1.2, aspect), ..*self }
    }

    /// The camera on the way from here to `to` at time `t` in [0, 1], eased in and out; distances change by ratio.
    pub(super) fn towards(&self, to: &Camera, t: f32) -> Camera {
        let t = t.clamp(0.0, 1.0);
        let s = t * t * (3.0 - 2.0 * t);
        let mix = |a: f32, b: f32| a + (b - a) * s;
        // The shorter way round.
        let turn =
            (to.yaw - self.yaw + core::f32::consts::PI).rem_euclid(core::f32::consts::TAU) - core::f32::consts::PI;
        Camera {
            target: core::array::from_fn(|axis| mix(self.target[axis], to.target[axis])),
            yaw: self.yaw + turn * s,
            pitch: mix(self.pitch, to.pitch),
            distance: self.distance * (to.distance / self.distance).powf(s),
        }
    }

    /// The projection for a view of that size in CSS pixels.
    pub(super) fn view(&self, width: f32, height: f32) -> View {
        let (right, up, forward) = self.axes();
        let eye: Point = core::array::from_fn(|axis| self.target[axis] - forward[axis] * self.distance);
        let row = |axis: Point| [axis[0], axis[1], axis[2], -dot(axis, eye)];
        View { right: row(right), up: row(up), forward: row(forward), width, height }
    }

    fn axes(&self) -> (Point, Point, Point) {
        let (sin_yaw, cos_yaw) = self.yaw.sin_cos();
        let (sin_pitch, cos_pitch) = self.pitch.sin_cos();
        (
            [cos_yaw, 0.0, -sin_yaw],
            [-sin_yaw * sin_pitch, cos_pitch, -cos_yaw * sin_pitch],
            [-sin_yaw * cos_pitch, -sin_pitch, -cos_yaw * cos_pitch],
        )
    }
}

/// A projection: rows of the world-to-camera matrix (axis and offset) and the size of the view in CSS pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) right: [f32; 4],
    pub(super) up: [f32; 4],
    pub(super) forward: [f32; 4],
    pub(super) width: f32,
    pub(super) height: f32,
}

/// A point on the screen, in CSS pixels, and its depth: the distance along the direction of view.
#[derive(Clone, Copy, Debug)]
pub(super) struct Projected {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) depth: f32,
}

impl View {
    /// Where a point appears; `None` behind the viewer. It may lie outside the view's edges.
    pub(super) fn project(&self, point: Point) -> Option<Projected> {
        let depth = along(&self.forward, point);
        if depth < NEAR {
            return None;
        }
        let scale = self.scale() / depth;
        Some(Projected {
            x: self.width * 0.5 + along(&self.right, point) * scale,
            y: self.height * 0.5 - along(&self.up, point) * scale,
            depth,
        })
    }

    /// CSS pixels that one unit of length covers at depth one.
    pub(super) fn scale(&self) -> f32 {
        FOCAL * self.height * 0.5
    }

    /// Whether a projected point lies inside the view.
    pub(super) fn shows(&self, at: &Projected) -> bool {
        at.x >= 0.0 && at.y >= 0.0 && at.x <= self.width && at.y <= self.height
    }
}

/// The place of one artist in a column of x y z triples; the origin for an id outside it.
pub(super) fn position(positions: &[f32], artist: u32) -> Point {
    positions.as_chunks::<3>().0.get(artist as usize).copied().unwrap_or_default()
}

fn distance_to_fit(radius: f32, aspect: f32) -> f32 {
    // Half the narrower field of view.
    let half = (aspect.clamp(0.1, 1.0) / FOCAL).atan();
    (radius / half.sin()).clamp(NEAREST, FARTHEST)
}

fn along(row: &[f32; 4], p: Point) -> f32 {
    row[0] * p[0] + row[1] * p[1] + row[2] * p[2] + row[3]
}

fn dot(a: Point, b: Point) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn length(a: Point) -> f32 {
    dot(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn camera() -> Camera {
        Camera { target: [0.2, -0.1, 0.3], yaw: 0.7, pitch: -0.4, distance: 2.0 }
    }

    fn close(a: f32, b: f32) -> bool {
        (a - b).abs() < 1e-3
    }

    #[wasm_bindgen_test]
    fn the_target_is_in_the_middle_at_its_distance() {
        let at = camera().view(800.0, 600.0).project(camera().target).unwrap();
        assert!(close(at.x, 400.0) && close(at.y, 300.0) && close(at.depth, 2.0), "{at:?}");
    }

    #[wasm_bindgen_test]
    fn up_is_up_and_right_is_right() {
        let view = Camera { target: [0.0; 3], yaw: 0.0, pitch: 0.0, distance: 2.0 }.view(800.0, 600.0);
        let right = view.project([0.5, 0.0, 0.0]).unwrap();
        let up = view.project([0.0, 0.5, 0.0]).unwrap();
        let near = view.project([0.0, 0.0, 0.5]).unwrap();
        assert!(right.x > 400.0 && close(right.y, 300.0));
        assert!(up.y < 300.0 && close(up.x, 400.0));
        assert!(close(near.depth, 1.5));
        assert!(view.project([0.0, 0.0, 2.5]).is_none(), "behind the viewer");
    }

    #[wasm_bindgen_test]
    fn the_field_of_view_is_45_degrees() {
        let view = Camera { target: [0.0; 3], yaw: 0.0, pitch: 0.0, distance: 1.0 }.view(600.0, 600.0);
        let edge = (22.5_f32).to_radians().tan();
        assert!(close(view.project([0.0, edge, 0.0]).unwrap().y, 0.0));
    }

    #[wasm_bindgen_test]
    fn panning_makes_the_target_follow_the_pointer() {
        let mut moved = camera();
        moved.pan(30.0, -20.0, 600.0);
        let at = moved.view(800.0, 600.0).project(camera().target).unwrap();
        assert!(close(at.x, 430.0) && close(at.y, 280.0), "{at:?}");
    }

    #[wasm_bindgen_test]
    fn orbit_never_passes_the_poles_and_zoom_has_ends() {
        let mut camera = camera();
        camera.orbit(100.0, 100.0);
        assert!(camera.pitch < FRAC_PI_2 && camera.yaw.is_finite());
        camera.zoom(1e-9);
        assert_eq!(camera.distance, NEAREST);
        camera.zoom(1e9);
        assert_eq!(camera.distance, FARTHEST);
    }

    #[wasm_bindgen_test]
    fn framing_shows_its_points_in_wide_and_in_tall_views() {
        let points = [[0.5, 0.2, 0.1], [0.7, 0.3, -0.2], [0.4, -0.3, 0.0], [0.6, 0.1, 0.3]];
        for (width, height) in [(1200.0, 600.0), (360.0, 700.0)] {
            let view = camera().framing(&points, width / height).view(width, height);
            for point in points {
                assert!(view.shows(&view.project(point).unwrap()), "{point:?} in {width} x {height}");
            }
        }
        assert_eq!(camera().framing(&[], 1.0), camera());
    }

    #[wasm_bindgen_test]
    fn one_stray_does_not_shrink_the_rest() {
        let mut points = vec![[0.1, 0.0, 0.0]; 20];
        let near = camera().framing(&points, 1.0);
        points.push([-1.0, 1.0, -1.0]);
        assert!(close(camera().framing(&points, 1.0).distance, near.distance));
    }

    #[wasm_bindgen_test]
    fn a_flight_begins_here_ends_there_and_turns_the_shorter_way() {
        let from = Camera { yaw: 3.0, ..camera() };
        let to = Camera { target: [0.0; 3], yaw: -3.0, pitch: 0.1, distance: 0.5 };
        assert_eq!(from.towards(&to, 0.0), from);
        let end = from.towards(&to, 1.0);
        assert!(close(end.distance, 0.5) && end.target == [0.0; 3] && close(end.pitch, 0.1));
        assert!(from.towards(&to, 0.5).yaw > 3.0);
    }

    #[wasm_bindgen_test]
    fn a_position_outside_the_column_is_the_origin() {
        assert_eq!(position(&[1.0, 2.0, 3.0], 0), [1.0, 2.0, 3.0]);
        assert_eq!(position(&[1.0, 2.0, 3.0], 1), [0.0; 3]);
        assert_eq!(position(&[], u32::MAX), [0.0; 3]);
    }
}
