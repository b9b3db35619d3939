//! The main page: question, answers, map; and what stands there while the pack is on its way or did not arrive.

use yew::prelude::*;

use super::answers::answers;
use super::beginnings::beginnings;
use super::question::question;
use super::search_box::SearchBox;
use crate::app::map::Map;
use crate::app::state::{Action, Loading};
use crate::app::{StateHandle, press};

/// The main page; `retry` tries again for the pack.
pub(crate) fn explore(state: &StateHandle, retry: Callback<MouseEvent>) -> Html {
    let trouble = match &state.loading {
        Loading::Failed(error) => html! {
            <div class="trouble" role="alert">
                <h2>{ if state.pack().is_some() { "Not all artists did arrive" } else { "The artists did not arrive" } }</h2>
                <p>{ error.to_string() }</p>
                <p>
                    if state.pack().is_some_and(|pack| pack.answering() > 0) {
                        { "Meanwhile, those who did arrive answer." }
                    } else {
                        if !state.link.terms.is_empty() { { "What you asked for is kept in the address. " } }
                        { "Meanwhile, “How it works” explains the idea." }
                    }
                </p>
                <button type="button" class="primary" onclick={retry}>{ "Try again" }</button>
            </div>
        },
        _ => Html::default(),
    };
    // What has arrived answers, whatever became of the rest.
    let body = match &state.loading {
        _ if state.link.terms.is_empty() && has_map(state) => beginnings(state),
        _ if state.is_answered() => answers(state),
        Loading::Fetching(percent) => html! {
            <div class="fetching">
                <label for="fetching">{ "Fetching the artists…" }</label>
                <progress id="fetching" max="100" value={percent.map(|percent| percent.to_string())} />
            </div>
        },
        Loading::Ready | Loading::Failed(_) => Html::default(),
    };
    let map = state.pack().filter(|_| has_map(state)).map(|pack| {
        let query: Vec<_> = state.question.iter().map(|ingredient| ingredient.artist).collect();
        let answers: Vec<_> = state.answers.iter().flatten().map(|answer| answer.artist).collect();
        let on_select = state.dispatcher();
        let on_select = Callback::from(move |artist| on_select.dispatch(Action::StartFrom(artist)));
        html! { <Map pack={pack.clone()} {query} {answers} {on_select} /> }
    });
    let switch = |to_map: bool, name: &str| {
        let pressed = (state.map_in_front == to_map).to_string();
        let onclick = press(state, Action::ShowMap(to_map));
        html! { <button type="button" aria-pressed={pressed} {onclick}>{ name }</button> }
    };
    html! {
        <div class={if state.map_in_front { "explore map-in-front" } else { "explore" }}>
            <div class="reading">
                { question(state) }
                <SearchBox state={state.clone()} />
                <div class="body">{ trouble }{ body }</div>
            </div>
            <section class="map-panel" aria-label="Map of all artists">{ map }</section>
            if state.pack().is_some() {
                <div class="switch" role="group" aria-label="What to show">
                    { switch(false, "List") }
                    { switch(true, "Map") }
                </div>
            }
        </div>
    }
}

/// Whether places on the map are there.
fn has_map(state: &StateHandle) -> bool {
    state.pack().is_some_and(|pack| !pack.positions().is_empty())
}
