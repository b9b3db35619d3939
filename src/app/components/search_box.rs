//! The search box: an editable combobox with a list of suggestions.
//!
//! Follows the ARIA Authoring Practices' combobox pattern (list autocomplete with manual selection): the focus stays in
//! the input, `aria-activedescendant` points at the suggestion.

use gloo::utils::document;
use web_sys::{HtmlInputElement, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::prelude::*;

use super::artist::{mentions, portrait};
use crate::app::StateHandle;
use crate::app::link::Sign;
use crate::app::state::Action;
use crate::catalog::{ArtistId, MatchKind, Pack, fold};
use crate::text::thousands;

const SUGGESTIONS: usize = 8;

/// Words that tell namesakes apart.
const TELLING_WORDS: usize = 3;

/// What is offered for what was typed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Suggestions {
    artists: Vec<ArtistId>,
    /// Nobody is called what was typed; the artists' names are similar.
    only_similar: bool,
}

impl Suggestions {
    fn new(pack: &Pack, typed: &str) -> Self {
        let found = pack.search(typed, SUGGESTIONS);
        Self {
            only_similar: found.first().is_none_or(|best| best.kind == MatchKind::Typo),
            artists: found.iter().map(|found| found.artist).collect(),
        }
    }
}

/// What tells a suggestion from the others: how well known the artist is and, where another has the same name, words of
/// the playlists.
fn fact(pack: &Pack, artist: ArtistId, suggested: &[ArtistId]) -> String {
    let name = fold(pack.name(artist));
    let namesake = |&other: &ArtistId| other != artist && fold(pack.name(other)) == name;
    let mut words = String::new();
    if suggested.iter().any(namesake) {
        for near in pack.descriptive_words(artist, TELLING_WORDS).unwrap_or_default() {
            words.push_str(pack.word(near.word as usize));
            words.push_str(" · ");
        }
    }
    words + &mentions(pack, artist)
}

fn option_id(index: usize) -> String {
    format!("suggestion-{index}")
}

/// What the visitor is about to choose.
#[derive(Clone, Debug, Default, PartialEq)]
struct Draft {
    typed: String,
    /// With which sign the artist will enter the question.
    sign: Sign,
    /// Whether the suggestions are shown.
    open: bool,
    /// The suggestion that the keyboard is at.
    active: Option<usize>,
}

/// The question that the box adds to.
#[derive(PartialEq, Properties)]
pub(crate) struct SearchBoxProps {
    pub(crate) state: StateHandle,
}

/// The search box.
#[component]
pub(crate) fn SearchBox(SearchBoxProps { state }: &SearchBoxProps) -> Html {
    let draft = use_state(Draft::default);
    let Draft { typed, sign, open, active } = (*draft).clone();

    let suggestions =
        state.pack().filter(|_| open).map_or_else(Suggestions::default, |pack| Suggestions::new(pack, &typed));
    let shown = open && !typed.trim().is_empty();

    use_effect_with(active, |active| {
        if let Some(option) = active.and_then(|index| document().get_element_by_id(&option_id(index))) {
            let nearest = ScrollIntoViewOptions::new();
            nearest.set_block(ScrollLogicalPosition::Nearest);
            option.scroll_into_view_with_scroll_into_view_options(&nearest);
        }
    });

    let begun = !state.question.is_empty();
    // With nothing asked there is nothing to subtract from, and no button to turn the sign back.
    use_effect_with(begun, {
        let draft = draft.clone();
        move |&begun| {
            if !begun {
                draft.set(Draft { sign: Sign::Plus, ..(*draft).clone() });
            }
        }
    });

    let pick = {
        let (dispatcher, draft) = (state.dispatcher(), draft.clone());
        Callback::from(move |artist: ArtistId| {
            dispatcher.dispatch(Action::Include(artist, draft.sign));
            draft.set(Draft::default());
        })
    };
    let oninput = {
        let draft = draft.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                draft.set(Draft { typed: input.value(), sign: draft.sign, open: true, active: None });
            }
        })
    };
    let onkeydown = {
        let (draft, pick) = (draft.clone(), pick.clone());
        let Suggestions { artists, only_similar } = suggestions.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.is_composing() {
                return;
            }
            let last = artists.len().checked_sub(1);
            let mut next = (*draft).clone();
            match (event.key().as_str(), draft.active, last) {
                ("ArrowDown", Some(at), Some(last)) if at < last => next.active = Some(at + 1),
                ("ArrowDown", _, Some(_)) | ("Home", Some(_), Some(_)) => next.active = Some(0),
                ("ArrowUp", Some(at), Some(_)) if at > 0 => next.active = Some(at - 1),
                ("ArrowUp", _, Some(last)) | ("End", Some(_), Some(last)) => next.active = Some(last),
                ("ArrowDown" | "ArrowUp", _, None) => next.open = true,
                // Nobody was named, and none of the similar ones chosen.
                ("Enter", None, Some(_)) if only_similar => {}
                ("Enter", at, Some(_)) => {
                    event.prevent_default();
                    if let Some(&artist) = artists.get(at.unwrap_or(0)) {
                        pick.emit(artist);
                    }
                    return;
                }
                // Once closes the list, twice empties the box.
                ("Escape", ..) if draft.open => next = Draft { open: false, active: None, ..next },
                ("Escape", ..) => next.typed.clear(),
                _ => return,
            }
            event.prevent_default();
            draft.set(next);
        })
    };
    let onfocus = {
        let draft = draft.clone();
        Callback::from(move |_: FocusEvent| draft.set(Draft { open: true, ..(*draft).clone() }))
    };
    let onblur = {
        let draft = draft.clone();
        Callback::from(move |_: FocusEvent| draft.set(Draft { open: false, active: None, ..(*draft).clone() }))
    };
    let flip = {
        let draft = draft.clone();
        Callback::from(move |_: MouseEvent| draft.set(Draft { sign: draft.sign.flipped(), ..(*draft).clone() }))
    };
    // A press on the list must not take the focus from the input, which would close the list before the click.
    let keep_focus = Callback::from(|event: MouseEvent| event.prevent_default());

    let ready = state.pack().is_some();
    let placeholder = match (begun, sign) {
        (false, _) => "Type an artist",
        (true, Sign::Plus) => "Add another artist",
        (true, Sign::Minus) => "Subtract an artist",
    };
    let note = state.pack().filter(|_| shown && suggestions.only_similar).map(|pack| {
        let advice = if suggestions.artists.is_empty() {
            "Check the spelling, or try only the first letters."
        } else {
            "Perhaps one of these?"
        };
        format!("None of the {} artists here is called “{}”. {advice}", thousands(pack.len() as u64), typed.trim())
    });
    let count = match suggestions.artists.len() {
        0 => String::new(),
        1 => "1 suggestion".into(),
        count => format!("{count} suggestions"),
    };
    let options = state.pack().map(|pack| {
        suggestions.artists.iter().enumerate().map(|(index, &artist)| {
            let onclick = pick.reform(move |_: MouseEvent| artist);
            html! {
                <li id={option_id(index)} role="option" aria-selected={(active == Some(index)).to_string()} {onclick}>
                    { portrait(pack, artist) }
                    <span class="option-name">{ pack.name(artist) }</span>
                    <span class="option-fact">{ fact(pack, artist, &suggestions.artists) }</span>
                </li>
            }
        }).collect::<Html>()
    });
    html! {
        <div class="search" role="search">
            <div class="search-field">
                if begun {
                    <button type="button" class="sign" onclick={flip} aria-pressed={(sign == Sign::Minus).to_string()}
                        aria-label="Subtract the next artist" title="Add or subtract the next artist">
                        { sign.symbol() }
                    </button>
                } else {
                    <svg class="magnifier" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
                        <circle cx="10.5" cy="10.5" r="6.5" fill="none" stroke="currentColor" stroke-width="1.75" />
                        <path d="m15.5 15.5 5 5" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" />
                    </svg>
                }
                <input id="search" type="text" role="combobox" aria-label="Artist" aria-autocomplete="list"
                    aria-expanded={(shown && !suggestions.artists.is_empty()).to_string()} aria-controls="suggestions"
                    aria-activedescendant={active.map(option_id)} {placeholder} maxlength="100" autocomplete="off"
                    autocapitalize="off" autocorrect="off" spellcheck="false" enterkeyhint="search" disabled={!ready}
                    value={typed} {oninput} {onkeydown} {onfocus} {onblur} />
            </div>
            <p class="visually-hidden" role="status">{ if shown && note.is_none() { count } else { String::new() } }</p>
            <div class="suggestions" hidden={!shown} onmousedown={keep_focus}>
                <p class="suggestions-note" role="status" hidden={note.is_none()}>{ note }</p>
                <ul id="suggestions" role="listbox" aria-label="Artists" hidden={suggestions.artists.is_empty()}>
                    { options }
                </ul>
            </div>
        </div>
    }
}
