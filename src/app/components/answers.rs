//! The answers: a ranked list, each entry a place to go on from.

use yew::prelude::*;

use super::artist::{about, artist_link, listen_address, mentions, portrait};
use crate::app::link::Sign;
use crate::app::state::Action;
use crate::app::{StateHandle, press};
use crate::catalog::{Neighbour, Pack};
use crate::text::thousands;

/// The answers to the question.
pub(super) fn answers(state: &StateHandle) -> Html {
    let Some(pack) = state.pack() else { return Html::default() };
    let answers = match &state.answers {
        Ok(answers) => answers,
        Err(error) => {
            return html! { <div class="trouble" role="alert"><p>{ format!("{error}.") }</p></div> };
        }
    };
    if state.question.is_empty() {
        return Html::default();
    }
    // Without keys: after "add", the focus stays on the same place of the list instead of leaving with its artist.
    let entries = answers.iter().enumerate().map(|(index, answer)| entry(state, pack, index + 1, *answer));
    html! {
        <section class="answers" aria-labelledby="answers-title">
            <header>
                <h2 id="answers-title">{ format!("The nearest {} of {}", answers.len(), thousands(pack.answering() as u64)) }</h2>
                <span aria-hidden="true">{ "similarity" }</span>
            </header>
            <ol role="list">{ for entries }</ol>
            if state.has_more() {
                <button type="button" class="primary" onclick={press(state, Action::More)}>{ "Show more" }</button>
            }
        </section>
    }
}

fn entry(state: &StateHandle, pack: &Pack, rank: usize, answer: Neighbour) -> Html {
    let Neighbour { artist, score } = answer;
    let name = pack.name(artist);
    let action = |sign: Sign, label: String| {
        let onclick = press(state, Action::Include(artist, sign));
        html! {
            <button type="button" class="icon" {onclick} aria-label={label.clone()} title={label}>{ sign.symbol() }</button>
        }
    };
    html! {
        <li class="entry">
            <span class="rank">{ rank }</span>
            { portrait(pack, artist) }
            <div class="line">
                { artist_link(state, pack, artist) }
                <p class="score"><span class="visually-hidden">{ "similarity " }</span>{ format!("{score:.2}") }</p>
            </div>
            <div class="facts">
                { about(pack, artist) }
                // The distance is what the original Artist2Vec showed.
                <p>{ format!("{} · distance {:.2}", mentions(pack, artist), 1.0 - score) }</p>
            </div>
            <div class="actions">
                { action(Sign::Plus, format!("Add {name}")) }
                { action(Sign::Minus, format!("Subtract {name}")) }
                <a class="icon" href={listen_address(pack, artist)} target="_blank" rel="noopener noreferrer"
                    aria-label={format!("Listen to {name} on Spotify, opens a new tab")} title="Listen on Spotify">
                    <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
                        <path d="M8 5.5v13l10.5-6.5z" fill="currentColor" />
                    </svg>
                </a>
            </div>
            // The rule under the entry is as long as the similarity.
            <svg class="similarity" viewBox="0 0 1000 2" preserveAspectRatio="none" aria-hidden="true">
                <rect width={format!("{:.0}", score.clamp(0.0, 1.0) * 1000.0)} height="2" />
            </svg>
        </li>
    }
}
