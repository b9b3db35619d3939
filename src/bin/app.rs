//! The page, compiled to WebAssembly by Trunk. Everything it does is in the library's `app`.

fn main() {
    #[cfg(target_arch = "wasm32")]
    artist2vec::app::main();
}
