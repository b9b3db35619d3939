//! The ES module: what `bindings` exports is all there is. Feature `bindings`, wasm32 only; scripts/build-module.sh.

use artist2vec as _;

fn main() {}
