#version 300 es
precision highp float;

layout(location = 0) in vec3 position;
layout(location = 1) in float radius; // world units

// Rows of the world-to-camera matrix: axis and offset.
uniform vec4 u_right;
uniform vec4 u_up;
uniform vec4 u_forward;
uniform vec4 u_lens;   // focal length along x and y, CSS pixels per unit at depth one, nearest depth
uniform vec2 u_fog;    // depth at which it begins, how fast it thickens
uniform vec3 u_limits; // least and greatest radius in CSS pixels, device pixels per CSS pixel
uniform vec3 u_color;
uniform float u_tint;  // 1: light on dark, 0: ink on paper
uniform float u_alpha;
uniform int u_pass;    // 0 haze, 1 points, 2 lines from query to answers, 3 highlighted points

out vec3 v_color;
out float v_alpha;
out float v_pixels; // radius in device pixels

// OKLab to sRGB (Björn Ottosson, "A perceptual color space for image processing", 2020); the transfer curve as a power.
vec3 oklab(vec3 lab) {
  float l = lab.x + 0.3963377774 * lab.y + 0.2158037573 * lab.z;
  float m = lab.x - 0.1055613458 * lab.y - 0.0638541728 * lab.z;
  float s = lab.x - 0.0894841775 * lab.y - 1.2914855480 * lab.z;
  l = l * l * l;
  m = m * m * m;
  s = s * s * s;
  vec3 linear = vec3(
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s
  );
  return pow(clamp(linear, 0.0, 1.0), vec3(1.0 / 2.2));
}

// Hue from the direction seen from the middle of the map, equally light everywhere, grey in the middle itself.
vec3 direction_color() {
  float hue = atan(position.z, position.x) + 1.1 * position.y;
  float colourful = smoothstep(0.0, 0.3, length(position.xz));
  float chroma = 0.14 * colourful;
  float lightness = mix(0.56, 0.74, u_tint);
  return oklab(vec3(lightness, chroma * cos(hue), chroma * sin(hue)));
}

void main() {
  vec4 p = vec4(position, 1.0);
  float depth = dot(u_forward, p);
  // This third coordinate makes the clipping cut at the nearest depth.
  gl_Position = vec4(dot(u_right, p) * u_lens.x, dot(u_up, p) * u_lens.y, depth - 2.0 * u_lens.w, depth);
  depth = max(depth, u_lens.w);

  float wanted = radius * u_lens.z / depth; // points.rs, on_screen
  float pixels = clamp(wanted, u_limits.x, u_limits.y);
  float fog = exp(-max(depth - u_fog.x, 0.0) * u_fog.y);
  // What grows out of focus right before the eye gives way.
  float close = smoothstep(0.0, 0.12, depth);

  if (u_pass >= 2) {
    v_color = u_color;
    v_alpha = u_alpha;
  } else {
    v_color = mix(direction_color(), u_color, 0.25);
    v_alpha = u_alpha * fog * close;
    if (u_pass == 0) {
      pixels = clamp(0.075 * u_lens.z / depth, 8.0, 90.0);
    } else {
      // Smaller than the least size: fainter instead.
      v_alpha *= clamp(wanted / u_limits.x, 0.25, 1.0);
    }
  }
  v_pixels = pixels * u_limits.z;
  gl_PointSize = 2.0 * v_pixels + 1.0;
}
