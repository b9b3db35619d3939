//! The page: Yew components, state, services and the map. It asks the catalog and knows nothing of how packs are made.
//!
//! [`link`] is what an address carries, [`state`] all that is shown and every rule of change, [`services`] the browser,
//! [`components`] what is drawn.

mod components;
mod link;
mod map;
mod services;
mod state;

use std::rc::Rc;

use gloo::utils::{document, window};
use wasm_bindgen::JsCast as _;
use web_sys::{FocusOptions, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::platform::spawn_local;
use yew::prelude::*;

use self::components::explore::explore;
use self::components::footer::footer;
use self::components::how_it_works::how_it_works;
use self::components::masthead::masthead;
use self::link::Page;
use self::services::{address, theme};
use self::state::{Action, Loading, State};
use crate::catalog::Pack;
use crate::fetch;

/// The state and the way to change it.
type StateHandle = UseReducerHandle<State>;

/// What a click does.
fn press(state: &StateHandle, action: Action) -> Callback<MouseEvent> {
    let dispatcher = state.dispatcher();
    Callback::from(move |_| dispatcher.dispatch(action.clone()))
}

/// Where the pack lies, beside the page.
const PACK_FOLDER: &str = "pack/";

/// Brings the pack into the state, part after part; what is `known` of it is not fetched again.
fn load(state: UseReducerDispatcher<State>, known: Option<Pack>, again: bool) {
    spawn_local(async move {
        state.dispatch(Action::Load(Loading::Fetching(None)));
        let request = fetch::Request { folder: PACK_FOLDER.into(), again, first_only: false, signal: None };
        let progress = |percent| state.dispatch(Action::Load(Loading::Fetching(Some(percent))));
        let arrived = |pack: &Pack| state.dispatch(Action::Arrive(Rc::new(pack.clone())));
        let fetched = fetch::fetch_pack(&request, known, progress, arrived).await;
        state.dispatch(Action::Load(fetched.map_or_else(Loading::Failed, |_| Loading::Ready)));
    });
}

fn scroll_to_top() {
    window().scroll_to_with_x_and_y(0.0, 0.0);
}

/// Moves keyboard and screen reader to the page's content without scrolling.
fn focus_content() {
    let content = document().get_element_by_id("content").and_then(|content| content.dyn_into::<HtmlElement>().ok());
    if let Some(content) = content {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = content.focus_with_options(&options);
    }
}

#[component]
fn App() -> Html {
    let state = use_reducer(|| State::new(address::current()));

    // The pack once, the address for ever.
    use_effect_with((), {
        let dispatcher = state.dispatcher();
        move |()| {
            load(dispatcher.clone(), None, false);
            let listener = address::listen(move |link| dispatcher.dispatch(Action::Follow(link)));
            move || drop(listener)
        }
    });
    let subject = match state.link.page {
        Page::Explore => state.question_in_words(),
        Page::HowItWorks => String::from("How it works"),
    };
    let place = use_mut_ref(|| None);
    use_effect_with((state.link.clone(), state.departures, subject), move |(link, departures, subject)| {
        address::show(link);
        address::set_title(subject);
        let here = (link.page, *departures);
        let Some(before) = place.replace(Some(here)) else {
            // The first paint leaves the focus alone.
            return;
        };
        if before != here {
            // Who sets out anew, or turns to another page, starts at the top.
            scroll_to_top();
            focus_content();
        } else if document().active_element().is_none_or(|active| active.tag_name() == "BODY") {
            // A button that vanished with what it removed must not take the keyboard's place with it.
            focus_content();
        }
    });
    use_effect_with(state.map_in_front, |&in_front| {
        if let Some(map) = document().query_selector(".map-panel").ok().flatten().filter(|_| in_front) {
            let to_end = ScrollIntoViewOptions::new();
            to_end.set_block(ScrollLogicalPosition::End);
            map.scroll_into_view_with_scroll_into_view_options(&to_end);
        }
    });
    let dark = use_state(theme::is_dark);
    let turn_dark = Callback::from({
        let dark = dark.clone();
        move |_: MouseEvent| {
            // Asked anew: the system may have changed since.
            let darker = !theme::is_dark();
            theme::set_dark(darker);
            dark.set(darker);
        }
    });
    let retry = Callback::from({
        let state = state.clone();
        move |_: MouseEvent| {
            // The button vanishes while the artists are fetched.
            focus_content();
            load(state.dispatcher(), state.arrived(), true);
        }
    });
    let skip = Callback::from(|event: MouseEvent| {
        // The address after # is the state's; a jump inside the page must not overwrite it.
        event.prevent_default();
        focus_content();
    });
    html! {
        <>
            <a class="skip" href="#content" onclick={skip}>{ "Skip to the content" }</a>
            { masthead(&state, *dark, turn_dark) }
            <main id="content" tabindex="-1">
                { match state.link.page {
                    Page::Explore => explore(&state, retry),
                    Page::HowItWorks => how_it_works(&state),
                } }
            </main>
            { footer(&state) }
            <p class="visually-hidden" role="status" aria-live="polite">{ state.announcement.clone() }</p>
        </>
    }
}

/// Mounts the page in place of the first paint that index.html carries.
pub fn main() {
    if let Some(root) = document().get_element_by_id("app") {
        yew::Renderer::<App>::with_root(root).render();
    }
}
