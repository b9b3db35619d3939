//! Artist vectors learned from playlists, and every question that is asked of them.
//!
//! Playlists are sentences, artists are words, Word2Vec does the rest. The crate is built in layers, one feature each:
//!
//! - [`catalog`], always: what a pack holds and the answers to similar, blend and name search. Pure: it touches no
//!   file, network, thread or clock, so that the native program and the page give the same answers bit for bit.
//! - `charts` (feature `charts`): plots as SVG text, for reports and for the page, which loads them as a module of their
//!   own (feature `plots`).
//! - `corpus`, `analysis`, `training`, `evaluation`, `tuning`, `layout`, `crawl`, `export`, `convert`, `cli` (feature
//!   `cli`): the native road from playlists to a pack.
//! - `fetch` (wasm32): packs from the network, for the page and for the ES module.
//! - `app` (feature `app`, wasm32): the page.
//! - `bindings` (feature `bindings`, wasm32): the ES module for other people's pages.
//!
//! ARCHITECTURE.md walks the whole road.

extern crate alloc;

pub mod catalog;
pub mod text;

#[cfg(feature = "charts")]
pub mod charts;

#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod analysis;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod cli;
#[cfg(all(feature = "parquet", not(target_arch = "wasm32")))]
pub mod columns;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod convert;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod corpus;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod crawl;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod evaluation;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod export;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod files;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod layout;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod linear;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod progress;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod report;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod rng;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod training;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod tuning;

#[cfg(all(feature = "app", target_arch = "wasm32"))]
pub mod app;
#[cfg(all(feature = "bindings", target_arch = "wasm32"))]
pub mod bindings;
#[cfg(all(any(feature = "app", feature = "bindings"), target_arch = "wasm32"))]
mod fetch;
