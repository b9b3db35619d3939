//! How it works, in plain words, with the numbers of this very collection.

use std::rc::Rc;

use yew::platform::spawn_local;
use yew::prelude::*;

use super::artist::portrait;
use crate::app::StateHandle;
use crate::app::services::plots;
use crate::app::state::Loading;
use crate::catalog::metadata::Step;
use crate::catalog::{Pack, Role};
use crate::text::thousands;

/// The page that explains.
pub(crate) fn how_it_works(state: &StateHandle) -> Html {
    let pack = state.pack();
    let dimensions = pack.map(|pack| pack.dimensions()).filter(|&dimensions| dimensions > 0);
    let dimensions = dimensions.map_or_else(|| "a hundred".into(), |dimensions| dimensions.to_string());
    html! {
        <article class="essay">
            <h1>{ "A playlist is a sentence. An artist is a " }<em>{ "word." }</em></h1>
            <p class="lede">
                { "Nobody had to write down who sounds like whom. People have been saying it for years, by making playlists." }
            </p>
            <h2>{ "The company they keep" }</h2>
            <p>
                { "Somebody who makes a playlist puts artists side by side because they like how they go together. One list \
                   says little. Many thousands of them say a lot: artists who keep turning up in the same company have \
                   something in common, whatever it is. The same thought teaches computers what words mean, from the \
                   sentences they stand in." }
            </p>
            { pack.map(|pack| guessing_game(pack)) }
            <h2>{ "A guessing game" }</h2>
            <p>
                { "A program reads every playlist, covers one artist and guesses who it is from the others. At first it \
                   guesses blindly. After every guess it moves the artist a little closer to the company, and a few \
                   artists drawn by lot a little further away. When it has read everything many times over, every artist \
                   has found a place, and neighbours in that space are artists that people would put on the same \
                   playlist. The method is called word2vec." }
            </p>
            <h2>{ "Near, far, plus, minus" }</h2>
            <p>
                { format!("The space has {dimensions} directions, so an artist can be close to jazz in one way and close to \
                   hip-hop in another. ") }
                <strong>{ "Similarity" }</strong>
                { " says how far two artists point the same way: 1 is exactly the same way, 0 means nothing to do with each \
                   other, −1 the opposite way. " }
                <strong>{ "Distance" }</strong>
                { " is 1 minus that." }
            </p>
            <p>
                { "Directions can be added up. Add a second artist, and you ask for what lies towards both; subtract one, \
                   and you turn away from what they stand for. Nobody planned that. It comes out of the guessing game by \
                   itself, and it does not always make sense. Trying is half the fun." }
            </p>
            <h2>{ "The map is a sketch" }</h2>
            <p>
                { format!("Nobody can look at {dimensions} directions, so the map folds them into three and keeps neighbours \
                   together as well as it can. Sometimes it has to tear them apart: the list is right, the map is a sketch \
                   of it.") }
            </p>
            <h2>{ "What the playlists look like" }</h2>
            { match (pack, &state.loading) {
                (Some(pack), _) if pack.has(&[Role::Names, Role::About]) => html! { <Plots pack={Whole(pack.clone())} /> },
                (_, Loading::Failed(_)) => html! {
                    <p>{ "The charts need the artists, which did not arrive. Try again on the first page." }</p>
                },
                _ => html! { <p>{ "The charts are drawn as soon as the artists have arrived." }</p> },
            } }
            <h2>{ "What it cannot know" }</h2>
            <p>
                { "It has never heard a note. It knows habits: what people who make public playlists put together, with \
                   all their fashions, languages and blind spots. Artists who share a name may share a place. And the less \
                   often somebody is mentioned, the more their place is a guess." }
            </p>
            { pack.map(|pack| provenance(pack)) }
        </article>
    }
}

/// A playlist with one artist covered.
fn guessing_game(pack: &Pack) -> Html {
    let shown = [0, 3, 1, 4, 2].map(|artist| {
        if artist == 1 {
            html! { <span class="covered">{ "?" }</span> }
        } else {
            portrait(pack, artist)
        }
    });
    html! { <div class="playlist" aria-hidden="true">{ for shown }</div> }
}

/// The plots, once their module is there.
#[derive(Clone, Debug, PartialEq)]
enum Drawing {
    Waiting,
    /// Playlist lengths, and mentions by rank; as SVG.
    Drawn([AttrValue; 2]),
    Failed,
}

#[derive(PartialEq, Properties)]
struct PlotsProperties {
    pack: Whole,
}

/// A pack that is there; it never changes again.
#[derive(Clone)]
struct Whole(Rc<Pack>);

impl PartialEq for Whole {
    fn eq(&self, other: &Self) -> bool {
        self.0.manifest() == other.0.manifest()
    }
}

/// What the playlists look like, drawn by a module that only this page loads.
#[component]
fn Plots(PlotsProperties { pack: Whole(pack) }: &PlotsProperties) -> Html {
    let drawing = use_state(|| Drawing::Waiting);
    use_effect_with((), {
        let (drawing, pack) = (drawing.clone(), pack.clone());
        move |()| {
            spawn_local(async move {
                let bins = &pack.metadata().provenance.corpus.playlist_lengths;
                let drawn = plots::draw(bins, pack.mentions()).await;
                drawing.set(drawn.map_or(Drawing::Failed, |svgs| Drawing::Drawn(svgs.map(AttrValue::from))));
            });
        }
    });
    match &*drawing {
        Drawing::Waiting => html! { <p>{ "The charts are being drawn." }</p> },
        Drawing::Failed => html! {
            <p role="alert">{ "The charts could not be loaded. Check the connection and open this page again." }</p>
        },
        Drawing::Drawn(svgs) => figures(pack, svgs),
    }
}

fn figures(pack: &Pack, [lengths, zipf]: &[AttrValue; 2]) -> Html {
    let mentions = pack.mentions();
    let figure = |svg: &AttrValue, caption: String| {
        html! { <figure>{ Html::from_html_unchecked(svg.clone()) }<figcaption>{ caption }</figcaption></figure> }
    };
    let zipf_caption = format!(
        "{} leads with {} mentions; half of the {} artists here have {} or fewer. Each step along an axis is ten times the \
         one before: on such paper, most things that people choose freely, words as well as songs, fall along a line. It \
         is called Zipf’s law.",
        pack.name(0),
        mentions.first().map_or_else(String::new, |&count| thousands(count.into())),
        thousands(mentions.len() as u64),
        mentions.get(mentions.len() / 2).map_or_else(String::new, |&count| thousands(count.into())),
    );
    let bins = &pack.metadata().provenance.corpus.playlist_lengths;
    let lengths_caption =
        "How many artists a playlist mentions, repeats counted. The last bar holds all longer ones too.";
    html! {
        <>
            if !bins.is_empty() { { figure(lengths, lengths_caption.into()) } }
            { figure(zipf, zipf_caption) }
        </>
    }
}

fn provenance(pack: &Pack) -> Html {
    let metadata = pack.metadata();
    let corpus = &metadata.provenance.corpus;
    let loss = &metadata.quantisation;
    let sources: Vec<String> = corpus
        .sources
        .iter()
        .map(|source| format!("{} ({} playlists)", source.name, thousands(source.playlists)))
        .collect();
    html! {
        <>
            <h2>{ "Where these numbers come from" }</h2>
            <dl>
                { fact("Collection", pack.title().into()) }
                { fact("Artists here", thousands(pack.len() as u64)) }
                { fact("Playlists read", thousands(corpus.playlists)) }
                { fact("Mentions counted", thousands(corpus.mentions)) }
                { fact("Read from", sources.join(", ")) }
                if loss.sample > 0 {
                    { fact("Rounding", format!("Numbers are rounded to save space. Of the 20 nearest artists, {:.1} % stay the \
                        same, and a similarity changes by {:.4} on average (measured on {} artists).",
                        loss.recall_at_20 * 100.0, loss.mean_score_error, thousands(loss.sample.into()))) }
                }
                { fact("Terms", metadata.terms.clone()) }
            </dl>
            if !metadata.provenance.steps.is_empty() {
                <details>
                    <summary>{ "Every setting" }</summary>
                    <dl>{ for metadata.provenance.steps.iter().map(step) }</dl>
                </details>
            }
        </>
    }
}

fn fact(term: &str, value: String) -> Html {
    if value.is_empty() {
        return Html::default();
    }
    html! { <><dt>{ term }</dt><dd>{ value }</dd></> }
}

/// One command of the road from playlists to this page, with what it was told and what it measured.
fn step(step: &Step) -> Html {
    let settings = step.settings.iter().chain(&step.measured);
    let settings: Vec<String> =
        settings.map(|setting| format!("{} {}", setting.name.replace(['_', '-'], " "), setting.value)).collect();
    fact(&format!("{} step", step.command), settings.join(", "))
}
