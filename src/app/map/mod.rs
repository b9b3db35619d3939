//! The map: all artists as a 3-D scatter plot to turn, wander and click in.
//!
//! This file owns the component: events, focus, when to draw. Where things appear is `camera`, how large `points`, what
//! is named `labels`, what is meant `picking` and `gestures` (all pure); pixels come from `renderer`, text from
//! `overlay`, colours from `theme`. The map knows the pack and two lists of artists, nothing of search or of the URL.
//!
//! It draws when something changed and never otherwise.

mod camera;
mod gestures;
mod labels;
mod overlay;
mod picking;
mod points;
mod renderer;
mod theme;
mod watch;

use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{HtmlCanvasElement, HtmlElement, WheelEvent};
use yew::prelude::*;

use self::camera::{Camera, View, position};
use self::gestures::{Command, Gestures, Motion, NEARER, command, wheel_zoom};
use self::labels::{Area, Candidate, Label, Role};
use self::overlay::Overlay;
use self::renderer::{Renderer, RendererError, Scene};
use self::theme::Theme;
use self::watch::{AttributeWatch, SizeWatch};
use crate::catalog::{ArtistId, Pack};
use crate::text::thousands;

/// Beyond this, sharper pictures cost a phone more than the eye gains.
const SHARPEST: f64 = 2.0;
/// How long a flight takes, in milliseconds.
const FLIGHT: f64 = 900.0;
/// How long after a choice another tap is its second click and not another choice, in milliseconds.
const DOUBLE_CLICK: f64 = 400.0;
/// How long a lost graphics context may take to come back before the map gives up, in milliseconds.
const RESTORATION: u32 = 4_000;
/// How far from a point a mouse, and a finger, still mean it, in CSS pixels.
const MOUSE_REACH: f32 = 10.0;
const FINGER_REACH: f32 = 24.0;
/// One step of a key: radians to turn, pixels to move.
const KEY_TURN: f32 = 0.12;
const KEY_MOVE: f32 = 40.0;

/// What the map shows.
#[derive(Clone, Properties)]
pub(crate) struct MapProperties {
    /// The pack whose artists are the points.
    pub(crate) pack: Rc<Pack>,
    /// The artists that were asked for.
    pub(crate) query: Vec<ArtistId>,
    /// The artists that were found, best first.
    pub(crate) answers: Vec<ArtistId>,
    /// Called with the artist that the visitor chose.
    pub(crate) on_select: Callback<ArtistId>,
}

impl PartialEq for MapProperties {
    fn eq(&self, other: &Self) -> bool {
        // A pack of which more has arrived, but no places, looks the same.
        core::ptr::eq(self.pack.positions(), other.pack.positions())
            && self.query == other.query
            && self.answers == other.answers
            && self.on_select == other.on_select
    }
}

/// A 3-D scatter plot of all artists of a pack; the query and its answers stand out and are named.
pub(crate) struct Map {
    canvas: NodeRef,
    names: NodeRef,
    controls: NodeRef,
    /// The page's side of the map, from the first rendering on.
    stage: Option<Stage>,
    failure: Option<RendererError>,
    camera: Camera,
    /// Whether a picture was drawn yet: until then no size is known to fit a view into.
    seen: bool,
    flight: Option<Flight>,
    gestures: Gestures,
    /// Where the mouse rests, in CSS pixels; `None` when it left.
    mouse: Option<(f32, f32)>,
    /// Whether the mouse moved since the last picture.
    mouse_moved: bool,
    /// The camera under which the mouse last found its artist.
    found_from: Option<Camera>,
    /// When an artist was last chosen by pointer, in the milliseconds of events.
    chosen: f64,
    /// The artist under the mouse or walked to by key.
    current: Option<ArtistId>,
    /// How large each artist's point is, in world units.
    radii: Vec<f32>,
    labels: Vec<Label>,
    frame: Option<AnimationFrame>,
    announcement: String,
    keys_shown: bool,
}

/// Everything that exists only while the canvas does.
struct Stage {
    canvas: HtmlCanvasElement,
    /// `None` while the graphics context is lost.
    renderer: Option<Renderer>,
    /// Runs while the graphics context is lost.
    restoration: Option<Timeout>,
    overlay: Overlay,
    pen: web_sys::CanvasRenderingContext2d,
    theme: Theme,
    _listeners: Vec<EventListener>,
    _watches: (Option<SizeWatch>, Option<AttributeWatch>),
}

struct Flight {
    from: Camera,
    to: Camera,
    /// Set by the first picture of the flight, in milliseconds.
    start: Option<f64>,
}

/// What happens to the map.
#[derive(Debug)]
pub(crate) enum MapMessage {
    /// The browser is ready for a picture, at that time in milliseconds.
    Frame(f64),
    /// Size or pixel ratio may have changed.
    Resized,
    /// The colours may have changed.
    Themed,
    /// A pointer came down.
    Press(PointerEvent),
    /// A pointer moved.
    Move(PointerEvent),
    /// A pointer was lifted.
    Release(PointerEvent),
    /// The system took a pointer away.
    Cancel(PointerEvent),
    /// The mouse left the map.
    Leave,
    /// The distance is to be multiplied.
    Zoom(f32),
    /// A key that means something.
    Key(KeyCommand),
    /// The whole map is to be shown.
    Home,
    /// The list of keys is to be shown or hidden.
    ToggleKeys,
    /// The list of keys is to be hidden.
    HideKeys,
    /// The graphics card took its memory back.
    ContextLost,
    /// The graphics card had its time to come back.
    RestorationDue,
    /// The graphics card is there, or there again.
    Build,
}

/// A key's meaning, opaque outside of the map.
#[derive(Debug)]
pub(crate) struct KeyCommand(Command);

/// How large each artist's point is, of those who have a place.
fn radii(pack: &Pack) -> Vec<f32> {
    let mut radii = points::radii(pack.mentions());
    radii.truncate(pack.positions().len() / 3);
    radii
}

impl Component for Map {
    type Message = MapMessage;
    type Properties = MapProperties;

    fn create(ctx: &Context<Self>) -> Self {
        Map {
            canvas: NodeRef::default(),
            names: NodeRef::default(),
            controls: NodeRef::default(),
            stage: None,
            failure: None,
            camera: Camera::HOME,
            seen: false,
            flight: None,
            gestures: Gestures::default(),
            mouse: None,
            mouse_moved: false,
            found_from: None,
            chosen: f64::NEG_INFINITY,
            current: None,
            radii: radii(&ctx.props().pack),
            labels: Vec::new(),
            frame: None,
            announcement: String::new(),
            keys_shown: false,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, message: MapMessage) -> bool {
        match message {
            MapMessage::Frame(now) => {
                self.frame = None;
                self.draw(ctx, now);
                return false;
            }
            MapMessage::Resized => {
                if let Some(stage) = &mut self.stage {
                    stage.overlay.resize();
                }
            }
            MapMessage::Themed => {
                if let Some(stage) = &mut self.stage {
                    stage.theme = Theme::read(&stage.canvas, &stage.pen);
                    stage.overlay.restyle();
                }
            }
            MapMessage::Press(event) => self.press(&event),
            MapMessage::Move(event) => self.point(&event),
            MapMessage::Release(event) => {
                if event.pointer_type() == "mouse" {
                    self.mouse = Some((event.offset_x() as f32, event.offset_y() as f32));
                }
                if self.gestures.release(event.pointer_id()) {
                    self.choose_at(ctx, &event);
                }
            }
            MapMessage::Cancel(event) => self.gestures.cancel(event.pointer_id()),
            MapMessage::Leave => {
                self.mouse = None;
                self.mouse_moved = true;
            }
            MapMessage::Zoom(factor) => {
                self.flight = None;
                self.camera.zoom(factor);
            }
            MapMessage::Home => self.fly(self.home(ctx)),
            MapMessage::Key(KeyCommand(command)) => {
                let spoken = self.announcement.clone();
                self.obey(ctx, command);
                self.schedule(ctx);
                return spoken != self.announcement;
            }
            MapMessage::ToggleKeys => {
                self.keys_shown = !self.keys_shown;
                return true;
            }
            MapMessage::HideKeys => return core::mem::take(&mut self.keys_shown),
            MapMessage::ContextLost => {
                self.labels.clear();
                if let Some(stage) = &mut self.stage {
                    stage.renderer = None;
                    stage.overlay.clear();
                }
                self.await_restoration(ctx);
                return false;
            }
            MapMessage::RestorationDue => {
                // Browsers hold the graphics back from pages in the background.
                if gloo::utils::document().hidden() {
                    self.await_restoration(ctx);
                    return false;
                }
                self.stage = None;
                self.failure = Some(RendererError::Lost);
                return true;
            }
            MapMessage::Build => return self.build(ctx),
        }
        self.schedule(ctx);
        false
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &MapProperties) -> bool {
        let new = ctx.props();
        let another_pack = !core::ptr::eq(new.pack.positions(), old.pack.positions());
        if another_pack {
            self.current = None;
            self.labels.clear();
            self.radii = radii(&new.pack);
            if let Some(stage) = &mut self.stage {
                stage.overlay.clear();
            }
            self.build(ctx);
        }
        if another_pack || new.query != old.query || new.answers != old.answers {
            self.highlight(ctx);
            self.fly_to_highlighted(ctx);
            self.schedule(ctx);
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        if let Some(failure) = &self.failure {
            return html! {
                <div class="map map-missing" role="note">
                    <p>{ match failure {
                        RendererError::Missing => "The map needs WebGL2, which this browser does not offer or has \
                            switched off. Search and recommendations work without it.".to_owned(),
                        RendererError::Broken(_) | RendererError::Lost => format!("The map cannot be drawn: {failure}. Search and \
                            recommendations work without it."),
                    } }</p>
                </div>
            };
        }
        let count = self.radii.len();
        let artists = thousands(count as u64);
        let onkeydown = {
            let link = link.clone();
            Callback::from(move |event: KeyboardEvent| {
                // Combinations with these belong to the browser.
                if event.ctrl_key() || event.meta_key() || event.alt_key() {
                    return;
                }
                if let Some(command) = command(&event.key(), event.shift_key()) {
                    event.prevent_default();
                    link.send_message(MapMessage::Key(KeyCommand(command)));
                }
            })
        };
        let button = |label: &'static str, path: &'static str, expanded: Option<bool>, message: fn() -> MapMessage| {
            let onclick = link.callback(move |_| message());
            html! {
                <button type="button" aria-label={label} title={label} {onclick}
                    aria-expanded={expanded.map(|expanded| expanded.to_string())}
                    aria-controls={expanded.map(|_| "map-keys")}>
                    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
                        <path d={path} fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round"
                            stroke-linejoin="round" />
                    </svg>
                </button>
            }
        };
        let onkeydown_anywhere =
            link.batch_callback(|event: KeyboardEvent| (event.key() == "Escape").then_some(MapMessage::HideKeys));
        html! {
            <div class="map" onkeydown={onkeydown_anywhere}>
                <canvas
                    ref={self.canvas.clone()} id="map" class="map-canvas" tabindex="0" role="application"
                    aria-label={format!("Map of {artists} artists in three dimensions")}
                    aria-describedby="map-keys" data-points={count.to_string()}
                    onpointerdown={link.callback(MapMessage::Press)}
                    onpointermove={link.callback(MapMessage::Move)}
                    onpointerup={link.callback(MapMessage::Release)}
                    onpointercancel={link.callback(MapMessage::Cancel)}
                    onpointerout={link.callback(|_: PointerEvent| MapMessage::Leave)}
                    oncontextmenu={Callback::from(|event: MouseEvent| event.prevent_default())}
                    {onkeydown}
                />
                // Names as decoration: the same artists stand in the lists and are spoken below.
                <div ref={self.names.clone()} class="map-names" aria-hidden="true" />
                <div ref={self.controls.clone()} class="map-controls" role="group" aria-label="Map view">
                    { button("Zoom in", "M12 5v14M5 12h14", None, || MapMessage::Zoom(NEARER)) }
                    { button("Zoom out", "M5 12h14", None, || MapMessage::Zoom(1.0 / NEARER)) }
                    { button("Show the whole map", "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5", None, || MapMessage::Home) }
                    { button(
                        "Keys and gestures",
                        "M9 9.5a3 3 0 1 1 4.6 2.5c-1 .7-1.6 1.2-1.6 2.5M12 17.8v.4",
                        Some(self.keys_shown),
                        || MapMessage::ToggleKeys,
                    ) }
                </div>
                <div id="map-keys" class="map-keys" hidden={!self.keys_shown}>
                    <dl>
                        { for KEYS.iter().map(|(keys, meaning)| html! { <><dt>{ *keys }</dt><dd>{ *meaning }</dd></> }) }
                    </dl>
                </div>
                <p class="visually-hidden" aria-live="polite">{ &self.announcement }</p>
            </div>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first {
            self.mount(ctx);
            ctx.link().send_message(MapMessage::Build);
        }
    }
}

const KEYS: [(&str, &str); 8] = [
    ("Drag, arrow keys", "turn"),
    ("Right drag, Shift + drag, two fingers, Shift + arrows", "move"),
    ("Wheel, pinch, + and −", "zoom"),
    ("Click, tap", "choose an artist"),
    ("N and P", "next and previous artist"),
    ("Enter", "choose the artist"),
    ("0 or Home", "whole map"),
    ("Escape", "close this list"),
];

impl Map {
    /// Takes hold of the canvas.
    fn mount(&mut self, ctx: &Context<Self>) {
        let (Some(canvas), Some(names), Some(pen)) =
            (self.canvas.cast::<HtmlCanvasElement>(), self.names.cast::<HtmlElement>(), theme::pen())
        else {
            return;
        };
        let notify = |message: fn() -> MapMessage| {
            let link = ctx.link().clone();
            move || link.send_message(message())
        };
        let mut listeners = Vec::new();
        // Not through yew, whose wheel listeners are passive: the page must not scroll while the map zooms.
        let link = ctx.link().clone();
        let active = EventListenerOptions::enable_prevent_default();
        listeners.push(EventListener::new_with_options(&canvas, "wheel", active, move |event| {
            if let Some(event) = event.dyn_ref::<WheelEvent>() {
                event.prevent_default();
                link.send_message(MapMessage::Zoom(wheel_zoom(event.delta_y() as f32, event.delta_mode())));
            }
        }));
        let lost = notify(|| MapMessage::ContextLost);
        listeners.push(EventListener::new_with_options(&canvas, "webglcontextlost", active, move |event| {
            // Without this the browser never restores it.
            event.prevent_default();
            lost();
        }));
        let restored = notify(|| MapMessage::Build);
        listeners.push(EventListener::new(&canvas, "webglcontextrestored", move |_| restored()));
        if let Ok(Some(query)) = gloo::utils::window().match_media("(prefers-color-scheme: dark)") {
            let themed = notify(|| MapMessage::Themed);
            listeners.push(EventListener::new(&query, "change", move |_| themed()));
        }
        let size = SizeWatch::new(&canvas, notify(|| MapMessage::Resized)).ok();
        let root = gloo::utils::document().document_element();
        let attribute =
            root.and_then(|root| AttributeWatch::new(&root, "data-theme", notify(|| MapMessage::Themed)).ok());

        let theme = Theme::read(&canvas, &pen);
        let overlay = Overlay::new(names, pen.clone());
        let watches = (size, attribute);
        self.stage = Some(Stage {
            canvas,
            renderer: None,
            restoration: None,
            overlay,
            pen,
            theme,
            _listeners: listeners,
            _watches: watches,
        });
    }

    /// Builds what the graphics card holds; true where the component must be rendered anew because that failed.
    fn build(&mut self, ctx: &Context<Self>) -> bool {
        let Some(stage) = &mut self.stage else { return false };
        match Renderer::new(&stage.canvas, ctx.props().pack.positions(), &self.radii) {
            Ok(renderer) => {
                stage.renderer = Some(renderer);
                stage.restoration = None;
                self.highlight(ctx);
                self.schedule(ctx);
                false
            }
            Err(error) => {
                self.stage = None;
                self.failure = Some(error);
                true
            }
        }
    }

    fn await_restoration(&mut self, ctx: &Context<Self>) {
        if let Some(stage) = &mut self.stage {
            let link = ctx.link().clone();
            let due = move || link.send_message(MapMessage::RestorationDue);
            stage.restoration = Some(Timeout::new(RESTORATION, due));
        }
    }

    fn highlight(&mut self, ctx: &Context<Self>) {
        if let Some(renderer) = self.stage.as_mut().and_then(|stage| stage.renderer.as_mut()) {
            renderer.highlight(&ctx.props().query, &ctx.props().answers, self.current);
        }
    }

    fn aspect(&self) -> f32 {
        let (width, height) = self.size();
        width / height.max(1.0)
    }

    /// Width and height in CSS pixels.
    fn size(&self) -> (f32, f32) {
        self.stage
            .as_ref()
            .map_or((1.0, 1.0), |stage| (stage.canvas.client_width() as f32, stage.canvas.client_height() as f32))
    }

    fn view_now(&self) -> View {
        let (width, height) = self.size();
        self.camera.view(width, height)
    }

    /// Asks for one picture, unless one is coming anyway.
    fn schedule(&mut self, ctx: &Context<Self>) {
        if self.frame.is_none() && self.stage.is_some() {
            let link = ctx.link().clone();
            self.frame = Some(request_animation_frame(move |now| link.send_message(MapMessage::Frame(now))));
        }
    }

    fn fly(&mut self, to: Camera) {
        let calm = gloo::utils::window()
            .match_media("(prefers-reduced-motion: reduce)")
            .is_ok_and(|query| query.is_some_and(|query| query.matches()));
        if calm {
            self.flight = None;
            self.camera = to;
        } else {
            self.flight = Some(Flight { from: self.camera, to, start: None });
        }
    }

    /// The camera that shows the whole map; a few thousand artists stand for all.
    fn home(&self, ctx: &Context<Self>) -> Camera {
        let all = ctx.props().pack.positions().as_chunks::<3>().0;
        let points: Vec<_> = all.iter().step_by(all.len() / 4_000 + 1).copied().collect();
        Camera::HOME.framing(&points, self.aspect())
    }

    /// The camera that shows the query and its answers, if there are any.
    fn framing(&self, ctx: &Context<Self>) -> Option<Camera> {
        let MapProperties { pack, query, answers, .. } = ctx.props();
        let points: Vec<_> = query.iter().chain(answers).map(|&artist| position(pack.positions(), artist)).collect();
        (!points.is_empty()).then(|| self.camera.framing(&points, self.aspect()))
    }

    fn fly_to_highlighted(&mut self, ctx: &Context<Self>) {
        if self.seen {
            let to = self.framing(ctx).unwrap_or_else(|| self.home(ctx));
            self.fly(to);
        }
    }

    fn press(&mut self, event: &PointerEvent) {
        if let Some(stage) = &self.stage {
            // A drag goes on outside of the canvas; where that is refused it ends at the edge.
            let _ = stage.canvas.set_pointer_capture(event.pointer_id());
        }
        let pans = event.button() != 0 || event.shift_key();
        self.gestures.press(event.pointer_id(), event.offset_x() as f32, event.offset_y() as f32, pans);
    }

    fn point(&mut self, event: &PointerEvent) {
        let (x, y) = (event.offset_x() as f32, event.offset_y() as f32);
        if !self.gestures.active() {
            self.mouse = (event.pointer_type() == "mouse").then_some((x, y));
            self.mouse_moved = true;
            return;
        }
        let (width, height) = self.size();
        let turn = core::f32::consts::PI / width.min(height).max(1.0);
        match self.gestures.drag(event.pointer_id(), x, y) {
            Motion::None => return,
            Motion::Orbit { dx, dy } => self.camera.orbit(-dx * turn, dy * turn),
            Motion::Pan { dx, dy } => self.camera.pan(dx, dy, height),
            Motion::Pinch { zoom, dx, dy } => {
                self.camera.zoom(zoom);
                self.camera.pan(dx, dy, height);
            }
        }
        self.flight = None;
    }

    /// The artist meant by a pointer: on its name, or near its point.
    fn artist_at(&self, ctx: &Context<Self>, at: (f32, f32), reach: f32) -> Option<ArtistId> {
        let named = self.labels.iter().find(|label| label.contains(at.0, at.1)).map(|label| label.artist);
        named.or_else(|| {
            let MapProperties { pack, query, answers, .. } = ctx.props();
            let highlighted = query.iter().chain(answers).copied();
            picking::nearest(pack.positions(), highlighted, &self.view_now(), at, reach)
        })
    }

    fn choose_at(&mut self, ctx: &Context<Self>, event: &PointerEvent) {
        // The second click of a double click would meet whoever has come under the pointer since the first.
        if self.flight.is_some() || event.time_stamp() - self.chosen < DOUBLE_CLICK {
            return;
        }
        let at = (event.offset_x() as f32, event.offset_y() as f32);
        let reach = if event.pointer_type() == "mouse" { MOUSE_REACH } else { FINGER_REACH };
        if let Some(artist) = self.artist_at(ctx, at, reach) {
            self.chosen = event.time_stamp();
            ctx.props().on_select.emit(artist);
        }
    }

    fn obey(&mut self, ctx: &Context<Self>, command: Command) {
        match command {
            Command::Orbit(x, y) => self.camera.orbit(x * KEY_TURN, y * KEY_TURN),
            Command::Pan(x, y) => self.camera.pan(-x * KEY_MOVE, y * KEY_MOVE, self.size().1),
            Command::Zoom(factor) => self.camera.zoom(factor),
            Command::Home => return self.fly(self.home(ctx)),
            Command::Next => return self.walk(ctx, 1),
            Command::Previous => return self.walk(ctx, -1),
            Command::Choose => {
                if let Some(artist) = self.current {
                    ctx.props().on_select.emit(artist);
                }
                return;
            }
            Command::Dismiss => {
                self.current = None;
                self.highlight(ctx);
                return;
            }
        }
        self.flight = None;
    }

    /// Steps along the highlighted artists, or where there are none along those named in the picture, and says who it is.
    fn walk(&mut self, ctx: &Context<Self>, step: isize) {
        let MapProperties { pack, query, answers, .. } = ctx.props();
        let mut row: Vec<ArtistId> = query.iter().chain(answers).copied().collect();
        if row.is_empty() {
            row = self.labels.iter().map(|label| label.artist).collect();
            row.sort_unstable();
        }
        let Ok(length) = isize::try_from(row.len()) else { return };
        if length == 0 {
            return;
        }
        let here = self.current.and_then(|artist| row.iter().position(|&other| other == artist));
        let next = match here {
            Some(here) => (here as isize + step).rem_euclid(length),
            None if step > 0 => 0,
            None => length - 1,
        } as usize;
        let artist = row[next];
        self.mouse = None;
        self.current = Some(artist);
        self.announcement = format!("{}, {} of {length}", pack.name(artist), next + 1);
        self.highlight(ctx);
        let at = position(pack.positions(), artist);
        let view = self.view_now();
        if !view.project(at).is_some_and(|projected| view.shows(&projected)) {
            self.fly(Camera { target: at, ..self.camera });
        }
    }

    fn draw(&mut self, ctx: &Context<Self>, now: f64) {
        if let Some(flight) = &mut self.flight {
            let start = *flight.start.get_or_insert(now);
            let t = ((now - start) / FLIGHT) as f32;
            self.camera = flight.from.towards(&flight.to, t);
            if t >= 1.0 {
                self.flight = None;
            }
        }
        if core::mem::take(&mut self.mouse_moved) {
            let under = self.mouse.and_then(|at| self.artist_at(ctx, at, MOUSE_REACH));
            if under != self.current {
                self.current = under;
                self.highlight(ctx);
            }
        }
        let (width, height) = self.size();
        // Not shown at all: the next change of size asks for a picture again.
        if width < 1.0 || height < 1.0 {
            return;
        }
        if !self.seen {
            self.seen = true;
            self.camera = self.framing(ctx).unwrap_or_else(|| self.home(ctx));
        }
        let view = self.view_now();
        let Some(stage) = &mut self.stage else { return };
        let Some(renderer) = &stage.renderer else { return };
        let pixel_ratio = gloo::utils::window().device_pixel_ratio().clamp(1.0, SHARPEST);
        let pixels = |length: f32| (f64::from(length) * pixel_ratio).round() as u32;
        // Setting the size, even to the same, clears a canvas and costs a reallocation.
        if (stage.canvas.width(), stage.canvas.height()) != (pixels(width), pixels(height)) {
            stage.canvas.set_width(pixels(width));
            stage.canvas.set_height(pixels(height));
        }
        let distance = self.camera.distance;
        renderer.draw(&Scene { view, distance, pixel_ratio: pixel_ratio as f32, theme: &stage.theme });

        let cursor = if self.current.is_some() && self.mouse.is_some() { "pointer" } else { "" };
        // Neither a cursor nor a mark for tests is worth failing for.
        let _ = stage.canvas.style().set_property("cursor", cursor);
        let _ = stage.canvas.set_attribute("data-ready", "true");
        self.name(ctx, &view);
        if self.flight.is_some() {
            self.schedule(ctx);
        } else if self.mouse.is_some()
            && !self.gestures.active()
            && self.found_from.replace(self.camera) != Some(self.camera)
        {
            // Another artist came under the resting mouse: to be found among the names just put up.
            self.mouse_moved = true;
            self.schedule(ctx);
        }
    }

    /// Puts up the names that belong to the picture just drawn.
    fn name(&mut self, ctx: &Context<Self>, view: &View) {
        let MapProperties { pack, query, answers, .. } = ctx.props();
        let Some(stage) = &mut self.stage else { return };
        let asked = !query.is_empty() || !answers.is_empty();
        let room = (view.width * view.height / if asked { 60_000.0 } else { 26_000.0 }) as usize;
        let room = room.clamp(8, 40);
        let mentions = pack.mentions().get(..self.radii.len()).unwrap_or_default();
        let popular = labels::landmarks(pack.positions(), mentions, view, &self.labels, room * 12);
        let wanted = (self.current.iter().map(|&artist| (artist, Role::Current)))
            .chain(query.iter().map(|&artist| (artist, Role::Query)))
            .chain(answers.iter().map(|&artist| (artist, Role::Answer)))
            .chain(popular.into_iter().map(|artist| (artist, Role::Landmark)));
        let candidates: Vec<Candidate> = wanted
            .filter_map(|(artist, role)| {
                let at = view.project(position(pack.positions(), artist)).filter(|at| view.shows(at))?;
                let world = self.radii.get(artist as usize).copied()?;
                let radius = points::on_screen(world, at.depth, view.scale(), role);
                let (width, height) = stage.overlay.size(artist, role, pack.name(artist));
                Some(Candidate { artist, role, x: at.x, y: at.y, radius, width, height })
            })
            .collect();
        // No name under the buttons.
        let controls = self.controls.cast::<HtmlElement>().map(|controls| {
            let (left, top) = (controls.offset_left() as f32, controls.offset_top() as f32);
            let (width, height) = (controls.offset_width() as f32, controls.offset_height() as f32);
            Area { left, top, right: left + width, bottom: top + height }
        });
        self.labels = labels::place(&candidates, stage.overlay.room(), controls.as_slice(), &self.labels, room);
        let distance = self.camera.distance;
        let shown: Vec<(Label, f32)> = self
            .labels
            .iter()
            .map(|label| {
                let depth = view.project(position(pack.positions(), label.artist)).map_or(1.0, |at| at.depth);
                let far = ((depth - distance) / (distance * 0.5).max(0.6)).clamp(-0.5, 1.0);
                let opacity = if label.role == Role::Landmark { 0.9 - 0.2 * far } else { 1.0 };
                (*label, opacity)
            })
            .collect();
        stage.overlay.show(&shown, |artist| pack.name(artist));
    }
}
