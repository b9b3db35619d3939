//! The plots, drawn by a module of their own that is loaded when somebody looks.

use js_sys::{Array, Float64Array, Uint32Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};

#[wasm_bindgen]
extern "C" {
    /// Of www/boot.js: loads the module and draws. Rejects where it does not arrive.
    #[wasm_bindgen(js_name = drawPlots, catch)]
    async fn draw_plots(lengths: Float64Array, mentions: Uint32Array) -> Result<JsValue, JsValue>;
}

/// Draws playlist lengths (counts of playlists by tens of artists) and mentions by rank, as SVG; `None` where the module
/// did not arrive.
pub(crate) async fn draw(lengths: &[u64], mentions: &[u32]) -> Option<[String; 2]> {
    let lengths: Vec<f64> = lengths.iter().map(|&count| count as f64).collect();
    let drawn = draw_plots(Float64Array::from(lengths.as_slice()), Uint32Array::from(mentions)).await.ok()?;
    let drawn = drawn.dyn_into::<Array>().ok()?;
    Some([drawn.get(0).as_string()?, drawn.get(1).as_string()?])
}
