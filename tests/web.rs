//! Unit tests that run inside a browser: `scripts/test-wasm.sh`.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod answers;

use artist2vec::catalog::{AlignedBytes, EncodedPack, Manifest};
use gloo::net::http::Request;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// The test runner serves the package's folder.
async fn fetch(path: &str) -> Vec<u8> {
    let response = Request::get(path).send().await.unwrap();
    assert!(response.ok(), "{path} answered {}", response.status());
    response.binary().await.unwrap()
}

/// The browser's half of "the same answers natively and in the browser"; `demo_answers.rs` is the other.
#[wasm_bindgen_test]
async fn the_demo_pack_answers_as_committed() {
    let manifest: Manifest = serde_json::from_slice(&fetch("/data/demo/manifest.json").await).unwrap();
    let mut parts = Vec::new();
    for part in &manifest.parts {
        parts.push(AlignedBytes::from(fetch(&format!("/data/demo/{}", part.file)).await.as_slice()));
    }
    answers::assert_expected(&answers::ask(&EncodedPack { manifest, parts }.open().unwrap()));
}
