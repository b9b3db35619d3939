//! The question: the artists asked for, as an equation whose parts can be turned and taken out.

use yew::prelude::*;

use super::artist::{about, listed_address, thumbnail};
use crate::app::link::Sign;
use crate::app::state::{Action, Ingredient};
use crate::app::{StateHandle, press};
use crate::catalog::Pack;

/// Unknown artists of a link that are named; the rest are counted.
const UNKNOWN_NAMED: usize = 5;

/// The page's heading and the equation under it.
pub(super) fn question(state: &StateHandle) -> Html {
    if state.link.terms.is_empty() {
        return html! {
            <section class="question">
                <h1>{ "Who do you " }<em>{ "love" }</em>{ " to hear?" }</h1>
                <p class="lede">{ "Name an artist. Thousands of playlists know who belongs beside them." }</p>
            </section>
        };
    }
    // Until the pack is there, nobody knows the names behind the link's keys.
    let Some(pack) = state.pack() else {
        return html! {
            <section class="question asked">
                <div class="asking"><h1>{ "Artists close to…" }</h1></div>
            </section>
        };
    };
    let ingredients = state.question.iter().map(|ingredient| chip(state, pack, *ingredient));
    html! {
        <section class="question asked">
            <div class="asking">
                <h1>
                    { "Artists close to" }
                    <span class="visually-hidden">{ format!(" {}", state.question_in_words()) }</span>
                </h1>
                <button type="button" class="quiet" onclick={press(state, Action::Clear)}>{ "Start over" }</button>
            </div>
            if !state.question.is_empty() {
                <ul class={if state.question.len() > 2 { "equation many" } else { "equation" }} role="list"
                    aria-label="Chosen artists">{ for ingredients }</ul>
            }
            if let [Ingredient { artist, .. }] = state.question[..] {
                <div class="facts">{ about(pack, artist) }</div>
            }
            { unknown(state) }
        </section>
    }
}

/// One artist of the equation: its sign to turn, its name, the way out.
fn chip(state: &StateHandle, pack: &Pack, ingredient: Ingredient) -> Html {
    let Ingredient { artist, sign } = ingredient;
    let name = pack.name(artist);
    let flip = press(state, Action::Include(artist, sign.flipped()));
    let remove = press(state, Action::Remove(artist));
    let minus = sign == Sign::Minus;
    html! {
        <li class={if minus { "chip minus" } else { "chip plus" }}>
            <button type="button" class="sign" onclick={flip} aria-pressed={minus.to_string()}
                aria-label={format!("Subtract {name}")} title={if minus { "Add instead" } else { "Subtract instead" }}>
                { sign.symbol() }
            </button>
            { thumbnail(pack, artist) }
            <span class="chip-name">{ name }</span>
            <button type="button" class="remove" onclick={remove} aria-label={format!("Remove {name}")} title="Remove">
                { "×" }
            </button>
        </li>
    }
}

/// Tells which artists of the link this collection does not have.
fn unknown(state: &StateHandle) -> Html {
    if state.unknown.is_empty() {
        return Html::default();
    }
    let names = state.unknown.iter().take(UNKNOWN_NAMED).enumerate().map(|(index, key)| {
        let separator = if index == 0 { "" } else { ", " };
        let name = match key.strip_prefix("spotify:artist:") {
            // An id says nothing to a person; the page behind it does.
            Some(id) => html! {
                <a href={listed_address(id)} target="_blank" rel="noopener noreferrer">{ "this one on Spotify" }</a>
            },
            None => html! { <q>{ shortened(key) }</q> },
        };
        html! { <>{ separator }{ name }</> }
    });
    let more = match state.unknown.len().saturating_sub(UNKNOWN_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (also, rest) = if state.question.is_empty() {
        ("", "Name an artist below, or start over.")
    } else {
        (" also", "The answers below are for the others.")
    };
    let whom = if state.unknown.len() == 1 { "an artist" } else { "artists" };
    html! {
        <div class="aside" role="status">
            <p>
                { format!("The link{also} names {whom} whom this collection does not have: ") }
                { for names }{ more }{ ". " }{ rest }
            </p>
            <button type="button" class="quiet" onclick={press(state, Action::ForgetUnknown)}>{ "Leave out" }</button>
        </div>
    }
}

/// Links may carry anything; a line of it is enough to recognise.
fn shortened(key: &str) -> String {
    match key.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &key[..end]),
        None => key.into(),
    }
}
