#version 300 es
precision highp float;
precision highp int; // as in the vertex shader, which shares uniforms

in vec3 v_color;
in float v_alpha;
in float v_pixels;

uniform vec3 u_background;
uniform float u_tint;
uniform int u_pass;

out vec4 color;

void main() {
  if (u_pass == 2) {
    color = vec4(v_color * v_alpha, v_alpha);
    return;
  }
  float r = length(gl_PointCoord * 2.0 - 1.0);
  if (r > 1.0) discard;

  if (u_pass == 3) {
    // A disc with a rim of background, so that it stands apart from what it lies on, and a glow.
    float edge = 1.5 / v_pixels;
    float disc = 1.0 - smoothstep(0.55 - edge, 0.55, r);
    float rim = 1.0 - smoothstep(0.72 - edge, 0.72, r);
    float glow = 0.35 * (1.0 - r) * (1.0 - r);
    vec3 inner = mix(u_background, v_color, disc);
    color = vec4(inner * rim + v_color * glow * (1.0 - rim), rim + glow * (1.0 - rim));
    return;
  }

  float strength;
  if (u_pass == 0) {
    strength = v_alpha * (exp(-4.0 * r * r) - 0.0183);
    // Dithered: so faint a slope would show its steps.
    float noise = fract(sin(dot(gl_FragCoord.xy, vec2(12.9898, 78.233))) * 43758.5453) - 0.5;
    strength += noise * v_alpha * 0.1;
  } else {
    // A speck is a speck; near by it has a bright middle and a soft edge.
    float speck = 1.0 - smoothstep(0.35, 1.0, r);
    float star = 0.55 * exp(-3.0 * r * r) * (1.0 - r * r) + 0.75 * (1.0 - smoothstep(0.16, 0.42, r));
    strength = v_alpha * mix(speck, star, smoothstep(1.5, 5.0, v_pixels));
  }
  strength = clamp(strength, 0.0, 1.0);
  // Light covers less than it gives, so that where points crowd they shine; ink covers fully.
  color = vec4(v_color * strength, strength * mix(1.0, 0.72, u_tint));
}
