//! The map's colours, read from the page's style sheet. It knows no palette of its own beyond fall-backs.

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};

/// Red, green, blue in [0, 1], sRGB.
pub(super) type Rgb = [f32; 3];

/// The colours that `www/styles.css` gives the map as custom properties.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Theme {
    /// `--map-background`
    pub(super) background: Rgb,
    /// `--map-point`: points far from the middle take their hue from their direction, mixed with this.
    pub(super) point: Rgb,
    /// `--map-query`
    pub(super) query: Rgb,
    /// `--map-answer`
    pub(super) answer: Rgb,
    /// `--map-label`
    pub(super) label: Rgb,
}

impl Theme {
    /// Reads the custom properties as they apply to `element`; `pen` turns any CSS colour into numbers.
    pub(super) fn read(element: &Element, pen: &CanvasRenderingContext2d) -> Theme {
        let style = web_sys::window().and_then(|window| window.get_computed_style(element).ok().flatten());
        let color = |property: &str, otherwise: &str| {
            let value = style.as_ref().and_then(|style| style.get_property_value(property).ok());
            // A colour that the browser does not understand leaves the fall-back standing.
            pen.set_fill_style_str(otherwise);
            pen.set_fill_style_str(value.as_deref().unwrap_or_default().trim());
            pen.fill_rect(0.0, 0.0, 1.0, 1.0);
            let pixel = pen.get_image_data(0.0, 0.0, 1.0, 1.0).map(|image| image.data().0).unwrap_or_default();
            core::array::from_fn(|channel| pixel.get(channel).map_or(0.5, |&byte| f32::from(byte) / 255.0))
        };
        Theme {
            background: color("--map-background", "#0b0d17"),
            point: color("--map-point", "#aab4dc"),
            query: color("--map-query", "#ffc857"),
            answer: color("--map-answer", "#5fe3c0"),
            label: color("--map-label", "#e6e9f5"),
        }
    }

    /// Whether light shines on dark here; else ink lies on paper.
    pub(super) fn is_dark(&self) -> bool {
        let [red, green, blue] = self.background;
        0.299 * red + 0.587 * green + 0.114 * blue < 0.5
    }
}

/// A drawing context of one pixel, for turning colours into numbers and measuring text.
pub(super) fn pen() -> Option<CanvasRenderingContext2d> {
    let canvas = gloo::utils::document().create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok()?;
    canvas.set_width(1);
    canvas.set_height(1);
    // In memory, where reading a pixel back does not wait for the graphics card.
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"willReadFrequently".into(), &true.into()).ok()?;
    canvas.get_context_with_context_options("2d", &options).ok()??.dyn_into().ok()
}
