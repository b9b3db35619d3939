//! The names above the map as HTML elements: crisp at every pixel ratio, styled by `www/map.css`. It owns the elements
//! and their text sizes; where they go is decided in `labels.rs`.

use std::collections::BTreeMap;

use web_sys::{CanvasRenderingContext2d, Element, HtmlElement};

use wasm_bindgen::JsCast;

use super::labels::{Area, Label, Role};
use crate::catalog::ArtistId;

/// Longer names are cut, with an ellipsis, except the current artist's.
const LONGEST: usize = 32;

/// The label elements inside `root` and what is known about their text.
pub(super) struct Overlay {
    root: HtmlElement,
    pen: CanvasRenderingContext2d,
    elements: BTreeMap<ArtistId, (HtmlElement, Role)>,
    /// Where names may stand: what the style sheet's padding leaves of the root.
    room: Area,
    /// Font and line height by class, as the style sheet has them.
    fonts: BTreeMap<&'static str, (String, f32)>,
    widths: BTreeMap<(ArtistId, &'static str), f32>,
}

fn class(role: Role) -> &'static str {
    match role {
        Role::Current => "map-label map-label-current",
        Role::Query => "map-label map-label-query",
        Role::Answer => "map-label map-label-answer",
        Role::Landmark => "map-label map-label-landmark",
    }
}

fn text(name: &str, role: Role) -> String {
    if role == Role::Current || name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}

impl Overlay {
    pub(super) fn new(root: HtmlElement, pen: CanvasRenderingContext2d) -> Overlay {
        let mut overlay = Overlay {
            root,
            pen,
            elements: BTreeMap::new(),
            room: Area::default(),
            fonts: BTreeMap::new(),
            widths: BTreeMap::new(),
        };
        overlay.resize();
        overlay
    }

    /// Measures where names may stand.
    pub(super) fn resize(&mut self) {
        let style = gloo::utils::window().get_computed_style(&self.root).ok().flatten();
        let padding = |side: &str| {
            let value = style.as_ref().and_then(|style| style.get_property_value(side).ok());
            value.and_then(|value| pixels(&value)).unwrap_or_default()
        };
        self.room = Area {
            left: padding("padding-left"),
            top: padding("padding-top"),
            right: self.root.client_width() as f32 - padding("padding-right"),
            bottom: self.root.client_height() as f32 - padding("padding-bottom"),
        };
    }

    /// Where names may stand.
    pub(super) fn room(&self) -> Area {
        self.room
    }

    /// Forgets sizes: the style sheet or the theme changed.
    pub(super) fn restyle(&mut self) {
        self.fonts.clear();
        self.widths.clear();
    }

    /// Removes all labels: the names of other artists follow.
    pub(super) fn clear(&mut self) {
        self.root.set_inner_html("");
        self.elements.clear();
        self.widths.clear();
    }

    /// Width and height of a label in CSS pixels.
    pub(super) fn size(&mut self, artist: ArtistId, role: Role, name: &str) -> (f32, f32) {
        let class = class(role);
        if !self.fonts.contains_key(class) {
            self.fonts.insert(class, font(&self.root, class).unwrap_or_else(|| ("12px sans-serif".to_owned(), 16.0)));
        }
        let Some((font, height)) = self.fonts.get(class) else { return (0.0, 0.0) };
        let width = *self.widths.entry((artist, class)).or_insert_with(|| {
            self.pen.set_font(font);
            self.pen.measure_text(&text(name, role)).map_or(0.0, |metrics| metrics.width() as f32).ceil()
        });
        (width, *height)
    }

    /// Shows exactly these labels, each with its opacity.
    pub(super) fn show<'a>(&mut self, labels: &[(Label, f32)], name: impl Fn(ArtistId) -> &'a str) {
        self.elements.retain(|artist, (element, _)| {
            let stays = labels.iter().any(|(label, _)| label.artist == *artist);
            if !stays {
                element.remove();
            }
            stays
        });
        for (label, opacity) in labels {
            let known = self.elements.get(&label.artist).filter(|(_, role)| *role == label.role);
            let element = match known {
                Some((element, _)) => element.clone(),
                None => {
                    let Some(element) = self.element(label, name(label.artist)) else { continue };
                    element
                }
            };
            let style = element.style();
            // Whole pixels: text between pixels is blurred.
            let place = format!("translate({}px,{}px)", label.left.round(), label.top.round());
            // A style that cannot be set costs a label its place, nothing more.
            let _ = style.set_property("transform", &place);
            let _ = style.set_property("opacity", &format!("{opacity:.2}"));
        }
    }

    /// The element of a label, new or in a new role.
    fn element(&mut self, label: &Label, name: &str) -> Option<HtmlElement> {
        let element = match self.elements.get(&label.artist) {
            Some((element, _)) => element.clone(),
            None => {
                let element = gloo::utils::document().create_element("span").ok()?.dyn_into::<HtmlElement>().ok()?;
                self.root.append_child(&element).ok()?;
                element
            }
        };
        element.set_class_name(class(label.role));
        element.set_text_content(Some(&text(name, label.role)));
        self.elements.insert(label.artist, (element.clone(), label.role));
        Some(element)
    }
}

/// The font, as a canvas takes it, and the line height of a class.
fn font(root: &Element, class: &str) -> Option<(String, f32)> {
    let probe = gloo::utils::document().create_element("span").ok()?;
    probe.set_class_name(class);
    root.append_child(&probe).ok()?;
    let style = gloo::utils::window().get_computed_style(&probe).ok()??;
    let value = |property: &str| style.get_property_value(property).unwrap_or_default();
    let font = format!("{} {} {}", value("font-weight"), value("font-size"), value("font-family"));
    let height = pixels(&value("line-height")).or_else(|| pixels(&value("font-size")).map(|size| size * 1.3))?;
    probe.remove();
    Some((font, height))
}

/// The number of a computed length, which is always in pixels.
fn pixels(length: &str) -> Option<f32> {
    // The browser's own parser: Rust's brings tables of ten thousand bytes.
    Some(js_sys::parse_float(length) as f32).filter(|number| number.is_finite())
}
