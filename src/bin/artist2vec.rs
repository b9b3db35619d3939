//! The native program: playlists in, a pack out. Everything it does is in the library's `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(not(target_arch = "wasm32"))]
    return artist2vec::cli::main();
    #[cfg(target_arch = "wasm32")]
    ExitCode::FAILURE
}
