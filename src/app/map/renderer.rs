//! WebGL2: buffers, shaders and the passes of one picture. It takes plain columns and knows nothing of packs, events or
//! the page.
//!
//! Blending does the work: on dark, points add light; on paper they cover like ink. Points that crowd together have
//! nearly the same hue, so the order hardly shows: nothing is sorted and there is no depth buffer.

use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    HtmlCanvasElement, WebGl2RenderingContext as Gl, WebGlContextAttributes, WebGlProgram, WebGlShader,
    WebGlUniformLocation, WebGlVertexArrayObject,
};

use super::camera::{FOCAL, NEAR, View};
use super::labels::Role;
use super::points::limits;
use super::theme::{Rgb, Theme};
use crate::catalog::ArtistId;

/// Only the most popular artists cast a haze: enough to tint the regions, few enough for a phone.
const HAZE: usize = 2500;

const VERTEX: &str = include_str!("points.vert");
const FRAGMENT: &str = include_str!("points.frag");

/// Why there is no picture.
#[derive(Debug, Error)]
pub(super) enum RendererError {
    /// The browser has no WebGL2, or no graphics that could carry it.
    #[error("this browser offers no WebGL2")]
    Missing,
    /// WebGL2 refused something that every implementation should take.
    #[error("WebGL2 does not work here: {0}")]
    Broken(String),
    /// The graphics context was lost and did not come back.
    #[error("the browser lost its graphics; reloading the page may bring them back")]
    Lost,
}

impl From<JsValue> for RendererError {
    fn from(value: JsValue) -> Self {
        RendererError::Broken(format!("{value:?}"))
    }
}

/// What a picture is made of besides the points.
pub(super) struct Scene<'a> {
    pub(super) view: View,
    /// From the eye to what it looks at: where the fog begins.
    pub(super) distance: f32,
    /// Device pixels per CSS pixel.
    pub(super) pixel_ratio: f32,
    pub(super) theme: &'a Theme,
}

/// The points on the graphics card and the program that draws them.
pub(super) struct Renderer {
    gl: Gl,
    program: WebGlProgram,
    /// Positions, radii, and the indices of the highlighted artists.
    vertices: WebGlVertexArrayObject,
    uniforms: Uniforms,
    count: usize,
    /// Groups of highlighted artists among the indices, in drawing order: role, first index, how many.
    groups: Vec<(Role, usize, usize)>,
    /// The lines from query to answers among the indices: first index, how many.
    lines: (usize, usize),
}

struct Uniforms {
    right: Option<WebGlUniformLocation>,
    up: Option<WebGlUniformLocation>,
    forward: Option<WebGlUniformLocation>,
    lens: Option<WebGlUniformLocation>,
    fog: Option<WebGlUniformLocation>,
    limits: Option<WebGlUniformLocation>,
    color: Option<WebGlUniformLocation>,
    background: Option<WebGlUniformLocation>,
    pass: Option<WebGlUniformLocation>,
    tint: Option<WebGlUniformLocation>,
    alpha: Option<WebGlUniformLocation>,
}

impl Renderer {
    /// Uploads the points: `positions` are x y z triples, `radii` one number each, in world units,
    /// the most popular artist first.
    pub(super) fn new(canvas: &HtmlCanvasElement, positions: &[f32], radii: &[f32]) -> Result<Renderer, RendererError> {
        let attributes = WebGlContextAttributes::new();
        attributes.set_alpha(false);
        attributes.set_depth(false);
        attributes.set_antialias(false);
        let gl: Gl = canvas
            .get_context_with_context_options("webgl2", &attributes)
            .ok()
            .flatten()
            .and_then(|context| context.dyn_into().ok())
            .ok_or(RendererError::Missing)?;
        let broken = |what: &str| RendererError::Broken(what.to_owned());

        let program = link(&gl)?;
        let location = |name: &str| gl.get_uniform_location(&program, name);
        let uniforms = Uniforms {
            right: location("u_right"),
            up: location("u_up"),
            forward: location("u_forward"),
            lens: location("u_lens"),
            fog: location("u_fog"),
            limits: location("u_limits"),
            color: location("u_color"),
            background: location("u_background"),
            pass: location("u_pass"),
            tint: location("u_tint"),
            alpha: location("u_alpha"),
        };

        let vertices = gl.create_vertex_array().ok_or_else(|| broken("no vertex array"))?;
        gl.bind_vertex_array(Some(&vertices));
        let column = |attribute: u32, components: i32, values: &[f32]| {
            let buffer = gl.create_buffer().ok_or_else(|| broken("no buffer"))?;
            gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&buffer));
            gl.buffer_data_with_u8_array(Gl::ARRAY_BUFFER, bytemuck::cast_slice(values), Gl::STATIC_DRAW);
            gl.enable_vertex_attrib_array(attribute);
            gl.vertex_attrib_pointer_with_i32(attribute, components, Gl::FLOAT, false, 0, 0);
            Ok::<(), RendererError>(())
        };
        let count = radii.len().min(positions.len() / 3);
        column(0, 3, &positions[..count * 3])?;
        column(1, 1, &radii[..count])?;
        let indices = gl.create_buffer().ok_or_else(|| broken("no buffer"))?;
        gl.bind_buffer(Gl::ELEMENT_ARRAY_BUFFER, Some(&indices));
        gl.bind_vertex_array(None);
        Ok(Renderer { gl, program, vertices, uniforms, count, groups: Vec::new(), lines: (0, 0) })
    }

    /// Chooses what is drawn large and on top.
    pub(super) fn highlight(&mut self, query: &[ArtistId], answers: &[ArtistId], current: Option<ArtistId>) {
        let mut ids: Vec<ArtistId> = Vec::new();
        self.groups.clear();
        for (role, artists) in [(Role::Answer, answers), (Role::Query, query), (Role::Current, current.as_slice())] {
            let first = ids.len();
            // The best answer last, on top.
            ids.extend(artists.iter().rev().filter(|&&artist| (artist as usize) < self.count));
            self.groups.push((role, first, ids.len() - first));
        }
        // A true neighbour may lie far off in three dimensions: a line shows whose it is.
        let first = ids.len();
        let known = |artist: &&ArtistId| (**artist as usize) < self.count;
        for &from in query.iter().filter(known) {
            ids.extend(answers.iter().filter(known).flat_map(|&to| [from, to]));
        }
        self.lines = (first, ids.len() - first);
        self.gl.bind_vertex_array(Some(&self.vertices));
        let bytes = bytemuck::cast_slice(&ids);
        self.gl.buffer_data_with_u8_array(Gl::ELEMENT_ARRAY_BUFFER, bytes, Gl::DYNAMIC_DRAW);
        self.gl.bind_vertex_array(None);
    }

    /// Draws one picture into the whole canvas.
    pub(super) fn draw(&self, scene: &Scene<'_>) {
        let (gl, uniforms, theme, view) = (&self.gl, &self.uniforms, scene.theme, &scene.view);
        let dark = theme.is_dark();
        let (width, height) = (gl.drawing_buffer_width(), gl.drawing_buffer_height());
        gl.viewport(0, 0, width, height);
        let [red, green, blue] = theme.background;
        gl.clear_color(red, green, blue, 1.0);
        gl.clear(Gl::COLOR_BUFFER_BIT);

        gl.use_program(Some(&self.program));
        gl.bind_vertex_array(Some(&self.vertices));
        gl.enable(Gl::BLEND);
        let set = |location: &Option<WebGlUniformLocation>, [x, y, z, w]: [f32; 4]| {
            gl.uniform4f(location.as_ref(), x, y, z, w);
        };
        let rgb = |location: &Option<WebGlUniformLocation>, [x, y, z]: Rgb| gl.uniform3f(location.as_ref(), x, y, z);
        set(&uniforms.right, view.right);
        set(&uniforms.up, view.up);
        set(&uniforms.forward, view.forward);
        set(&uniforms.lens, [FOCAL * view.height / view.width, FOCAL, view.scale(), NEAR]);
        gl.uniform2f(uniforms.fog.as_ref(), (scene.distance - 0.6).max(scene.distance * 0.4), 1.1);
        rgb(&uniforms.background, theme.background);
        gl.uniform1f(uniforms.tint.as_ref(), if dark { 1.0 } else { 0.0 });

        let highlighted = self.groups.iter().any(|&(role, _, count)| role != Role::Current && count > 0);
        // The more points, the fainter each, so that three hundred thousand do not flood the middle.
        let crowd = (30_000.0 / self.count.max(1) as f32).sqrt().clamp(0.3, 1.0);
        let pass = |pass: i32, role: Role, color: Rgb, alpha: f32| {
            let (least, greatest) = limits(role);
            gl.uniform1i(uniforms.pass.as_ref(), pass);
            gl.uniform3f(uniforms.limits.as_ref(), least, greatest, scene.pixel_ratio);
            gl.uniform1f(uniforms.alpha.as_ref(), alpha);
            rgb(&uniforms.color, color);
        };
        let points = |count: usize| gl.draw_arrays(Gl::POINTS, 0, i32::try_from(count).unwrap_or(i32::MAX));

        gl.blend_func(Gl::ONE, Gl::ONE_MINUS_SRC_ALPHA);
        let dim = if highlighted { 0.45 } else { 1.0 };
        pass(0, Role::Landmark, theme.point, if dark { 0.030 } else { 0.022 } * dim);
        points(self.count.min(HAZE));
        pass(1, Role::Landmark, theme.point, if dark { 0.75 } else { 0.8 } * dim * crowd);
        points(self.count);

        let elements = |mode: u32, first: usize, count: usize| {
            if let (Ok(first), Ok(count)) = (i32::try_from(first * size_of::<ArtistId>()), i32::try_from(count)) {
                gl.draw_elements_with_i32(mode, count, Gl::UNSIGNED_INT, first);
            }
        };
        let (first, count) = self.lines;
        pass(2, Role::Answer, theme.answer, 0.3);
        elements(Gl::LINES, first, count);
        for &(role, first, count) in &self.groups {
            let color = match role {
                Role::Query => theme.query,
                Role::Answer => theme.answer,
                Role::Current | Role::Landmark => theme.label,
            };
            pass(3, role, color, 1.0);
            elements(Gl::POINTS, first, count);
        }
        gl.bind_vertex_array(None);
    }
}

fn link(gl: &Gl) -> Result<WebGlProgram, RendererError> {
    let broken = |log: Option<String>| RendererError::Broken(log.unwrap_or_else(|| "no shader".to_owned()));
    let compile = |kind: u32, source: &str| -> Result<WebGlShader, RendererError> {
        let shader = gl.create_shader(kind).ok_or_else(|| broken(None))?;
        gl.shader_source(&shader, source);
        gl.compile_shader(&shader);
        match gl.get_shader_parameter(&shader, Gl::COMPILE_STATUS).as_bool() {
            Some(true) => Ok(shader),
            _ => Err(broken(gl.get_shader_info_log(&shader))),
        }
    };
    let program = gl.create_program().ok_or_else(|| broken(None))?;
    gl.attach_shader(&program, &compile(Gl::VERTEX_SHADER, VERTEX)?);
    gl.attach_shader(&program, &compile(Gl::FRAGMENT_SHADER, FRAGMENT)?);
    gl.link_program(&program);
    match gl.get_program_parameter(&program, Gl::LINK_STATUS).as_bool() {
        Some(true) => Ok(program),
        _ => Err(broken(gl.get_program_info_log(&program))),
    }
}
