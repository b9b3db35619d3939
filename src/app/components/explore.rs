//! The main page: question, answers, map; and what stands there while the pack is on its way or did not arrive.

use yew::prelude::*;

use super::answers::Answers;
use super::beginnings::Beginnings;
use super::question::Question;
use super::search_box::SearchBox;
use crate::app::map::Map;
use crate::app::state::{Action, Loading, State};

/// The state, and how to try again for the pack.
#[derive(PartialEq, Properties)]
pub(crate) struct ExploreProps {
    pub(crate) state: UseReducerHandle<State>,
    pub(crate) retry: Callback<()>,
}

/// The main page.
#[component]
pub(crate) fn Explore(ExploreProps { state, retry }: &ExploreProps) -> Html {
    // Small screens show one of the two; large ones both.
    let map_in_front = use_state(|| false);
    let body = match &state.loading {
        Loading::Fetching(percent) => html! { <Fetching percent={*percent} /> },
        Loading::Failed(error) => html! {
            <div class="trouble" role="alert">
                <h2>{ "The artists did not arrive" }</h2>
                <p>{ error.to_string() }</p>
                <p>{ "What you asked for is kept in the address." }</p>
                <button type="button" class="primary" onclick={retry.reform(|_: MouseEvent| ())}>{ "Try again" }</button>
            </div>
        },
        Loading::Ready(_) if state.link.terms.is_empty() => html! { <Beginnings state={state.clone()} /> },
        Loading::Ready(_) => html! { <Answers state={state.clone()} /> },
    };
    let map = state.pack().map(|pack| {
        let query: Vec<_> = state.question.iter().map(|ingredient| ingredient.artist).collect();
        let answers: Vec<_> = state.answers.iter().flatten().map(|answer| answer.artist).collect();
        let on_select = state.dispatcher();
        let on_select = Callback::from(move |artist| on_select.dispatch(Action::StartFrom(artist)));
        html! { <Map pack={pack.clone()} {query} {answers} {on_select} /> }
    });
    let switch = |to_map: bool, name: &'static str| {
        let map_in_front = map_in_front.clone();
        let pressed = (*map_in_front == to_map).to_string();
        let onclick = Callback::from(move |_: MouseEvent| map_in_front.set(to_map));
        html! { <button type="button" aria-pressed={pressed} {onclick}>{ name }</button> }
    };
    html! {
        <div class={classes!("explore", map_in_front.then_some("map-in-front"))}>
            <div class="reading">
                <Question state={state.clone()} />
                <SearchBox state={state.clone()} />
                <div class="body">{ body }</div>
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

#[derive(PartialEq, Properties)]
struct FetchingProps {
    percent: Option<u8>,
}

/// How far the pack has come.
#[component]
fn Fetching(FetchingProps { percent }: &FetchingProps) -> Html {
    html! {
        <div class="fetching">
            <label for="fetching">{ "Fetching the artists…" }</label>
            <progress id="fetching" max="100" value={percent.map(|percent| percent.to_string())} />
        </div>
    }
}
