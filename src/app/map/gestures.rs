//! What pointers and keys mean: turn, move, zoom or choose. Pure: events arrive as numbers, camera moves go out.

/// Pixels that a finger or mouse may tremble and still mean a tap.
const TREMBLE: f32 = 6.0;

/// What a pointer's movement means, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Motion {
    None,
    Orbit {
        dx: f32,
        dy: f32,
    },
    Pan {
        dx: f32,
        dy: f32,
    },
    /// Two fingers: the distance between them was divided by `zoom`, their middle moved.
    Pinch {
        zoom: f32,
        dx: f32,
        dy: f32,
    },
}

#[derive(Clone, Copy, Debug)]
struct Pointer {
    id: i32,
    x: f32,
    y: f32,
}

/// The pointers that are down: one turns (or moves, with shift or the right button), two pinch.
#[derive(Debug, Default)]
pub(super) struct Gestures {
    down: Vec<Pointer>,
    /// Beyond a tremble, or with a second finger, a gesture is no tap.
    moved: bool,
    pans: bool,
}

impl Gestures {
    pub(super) fn press(&mut self, id: i32, x: f32, y: f32, pans: bool) {
        self.down.retain(|pointer| pointer.id != id);
        if self.down.is_empty() {
            self.moved = false;
            self.pans = pans;
        } else {
            self.moved = true;
        }
        self.down.push(Pointer { id, x, y });
    }

    /// Whether any pointer is down.
    pub(super) fn active(&self) -> bool {
        !self.down.is_empty()
    }

    pub(super) fn drag(&mut self, id: i32, x: f32, y: f32) -> Motion {
        let Some(index) = self.down.iter().position(|pointer| pointer.id == id) else { return Motion::None };
        let from = self.down[index];
        let (dx, dy) = (x - from.x, y - from.y);
        if !self.moved && dx.hypot(dy) < TREMBLE {
            // The place is kept: what turns out to be a drag then starts where the finger came down.
            return Motion::None;
        }
        self.moved = true;
        self.down[index] = Pointer { id, x, y };
        match self.down.iter().find(|pointer| pointer.id != id) {
            Some(other) => {
                let apart = |pointer: Pointer| (pointer.x - other.x).hypot(pointer.y - other.y).max(1.0);
                Motion::Pinch { zoom: apart(from) / apart(self.down[index]), dx: dx * 0.5, dy: dy * 0.5 }
            }
            None if self.pans => Motion::Pan { dx, dy },
            None => Motion::Orbit { dx, dy },
        }
    }

    /// Ends a pointer's part; true where it was a tap.
    pub(super) fn release(&mut self, id: i32) -> bool {
        let known = self.down.iter().any(|pointer| pointer.id == id);
        self.down.retain(|pointer| pointer.id != id);
        known && !self.moved && !self.pans
    }

    /// Ends a pointer's part without a meaning: the system took it.
    pub(super) fn cancel(&mut self, id: i32) {
        self.moved = true;
        self.down.retain(|pointer| pointer.id != id);
    }
}

/// What a key means on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Command {
    /// By steps: to the right, upwards.
    Orbit(f32, f32),
    Pan(f32, f32),
    Zoom(f32),
    Home,
    Next,
    Previous,
    Choose,
    Dismiss,
}

/// The factor on the distance for one step nearer, by key or button.
pub(super) const NEARER: f32 = 0.8;

/// The meaning of a key as `KeyboardEvent.key` names it; `None` leaves it to the browser.
pub(super) fn command(key: &str, shift: bool) -> Option<Command> {
    let arrow = |x: f32, y: f32| if shift { Command::Pan(x, y) } else { Command::Orbit(x, y) };
    Some(match key {
        "ArrowLeft" => arrow(-1.0, 0.0),
        "ArrowRight" => arrow(1.0, 0.0),
        "ArrowUp" => arrow(0.0, 1.0),
        "ArrowDown" => arrow(0.0, -1.0),
        "+" | "=" => Command::Zoom(NEARER),
        "-" | "_" => Command::Zoom(1.0 / NEARER),
        "0" | "Home" => Command::Home,
        "n" | "N" => Command::Next,
        "p" | "P" => Command::Previous,
        "Enter" => Command::Choose,
        "Escape" => Command::Dismiss,
        _ => return None,
    })
}

/// The factor on the distance for a turn of the wheel: `delta` in the event's unit, `mode` 0 pixels, 1 lines, 2 pages.
pub(super) fn wheel_zoom(delta: f32, mode: u32) -> f32 {
    let pixels = delta * [1.0, 16.0, 400.0].get(mode as usize).copied().unwrap_or(1.0);
    (pixels.clamp(-400.0, 400.0) * 0.0015).exp()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_still_finger_taps_and_a_moving_one_turns() {
        let mut gestures = Gestures::default();
        gestures.press(1, 10.0, 10.0, false);
        assert_eq!(gestures.drag(1, 12.0, 11.0), Motion::None);
        assert!(gestures.release(1) && !gestures.active());

        gestures.press(1, 10.0, 10.0, false);
        assert_eq!(gestures.drag(1, 20.0, 15.0), Motion::Orbit { dx: 10.0, dy: 5.0 });
        assert_eq!(gestures.drag(1, 21.0, 15.0), Motion::Orbit { dx: 1.0, dy: 0.0 });
        assert!(!gestures.release(1));
    }

    #[wasm_bindgen_test]
    fn a_panning_press_pans_and_never_chooses() {
        let mut gestures = Gestures::default();
        gestures.press(1, 0.0, 0.0, true);
        assert_eq!(gestures.drag(1, 0.0, 9.0), Motion::Pan { dx: 0.0, dy: 9.0 });
        assert!(!gestures.release(1));
        gestures.press(1, 0.0, 0.0, true);
        assert!(!gestures.release(1));
    }

    #[wasm_bindgen_test]
    fn two_fingers_apart_come_nearer_and_lifting_them_is_no_tap() {
        let mut gestures = Gestures::default();
        gestures.press(1, 0.0, 0.0, false);
        gestures.press(2, 100.0, 0.0, false);
        assert_eq!(gestures.drag(2, 200.0, 0.0), Motion::Pinch { zoom: 0.5, dx: 50.0, dy: 0.0 });
        assert!(!gestures.release(2));
        assert!(!gestures.release(1));
    }

    #[wasm_bindgen_test]
    fn unknown_and_cancelled_pointers_mean_nothing() {
        let mut gestures = Gestures::default();
        assert_eq!(gestures.drag(7, 1.0, 1.0), Motion::None);
        assert!(!gestures.release(7));
        gestures.press(1, 0.0, 0.0, false);
        gestures.cancel(1);
        assert!(!gestures.active() && !gestures.release(1));
    }

    #[wasm_bindgen_test]
    fn keys() {
        assert_eq!(command("ArrowLeft", false), Some(Command::Orbit(-1.0, 0.0)));
        assert_eq!(command("ArrowUp", true), Some(Command::Pan(0.0, 1.0)));
        assert_eq!(command("Home", false), Some(Command::Home));
        assert_eq!(command("Tab", false), None);
    }

    #[wasm_bindgen_test]
    fn the_wheel_zooms_out_on_positive_turns_in_every_unit() {
        for mode in 0..4 {
            assert!(wheel_zoom(3.0, mode) > 1.0 && wheel_zoom(-3.0, mode) < 1.0);
            assert!((wheel_zoom(3.0, mode) * wheel_zoom(-3.0, mode) - 1.0).abs() < 1e-6);
        }
        assert!(wheel_zoom(1e9, 2).is_finite());
    }
}
