//! What the page shows, and every rule by which that changes.
//!
//! Owns the question (which artists, with which sign), its answers, and what is announced to screen readers. Knows
//! neither the browser nor how a pack is fetched: components dispatch [`Action`]s and draw the [`State`].

use std::rc::Rc;

use yew::Reducible;

use super::link::{Link, LinkTerm, MOST_TERMS, Page, Sign};
use crate::catalog::questions::{Method, Options, Term};
use crate::catalog::{ArtistId, Neighbour, Pack, QueryError};
use crate::fetch::FetchError;
use crate::text::thousands;

/// Answers shown at first, and how many more each time.
const ANSWERS: usize = 20;

/// More answers than this are no list that anybody reads.
const MOST_ANSWERS: usize = 200;

/// How the fetching of the pack goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Loading {
    /// Under way; `None` until the size is known, then percent.
    Fetching(Option<u8>),
    /// All of it is there.
    Ready,
    /// It did not come further.
    Failed(FetchError),
}

/// A pack as far as it has arrived; each part makes another.
#[derive(Clone, Debug)]
struct Arrived(Rc<Pack>);

impl PartialEq for Arrived {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// An artist of the question that this pack has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ingredient {
    pub(crate) artist: ArtistId,
    pub(crate) sign: Sign,
}

/// All that the page shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    pub(crate) loading: Loading,
    /// The pack as far as it has arrived.
    pack: Option<Arrived>,
    /// The page and the question as a link carries them; artists that this pack lacks included.
    pub(crate) link: Link,
    /// The artists of the question, in its order, each once. Empty until the pack is there.
    pub(crate) question: Vec<Ingredient>,
    /// Keys in the link that this pack cannot resolve.
    pub(crate) unknown: Vec<String>,
    /// Whether somebody of the link may still be on their way.
    awaited: bool,
    /// The answers, best first; empty where nothing is asked.
    pub(crate) answers: Result<Vec<Neighbour>, QueryError>,
    /// How many answers are wanted.
    limit: usize,
    /// Whether the map stands in front where there is room for one of the two only.
    pub(crate) map_in_front: bool,
    /// What changed last, in words, for screen readers.
    pub(crate) announcement: String,
    /// Counts the times that a visitor set out anew, so that the page can take them to the top.
    pub(crate) departures: u32,
}

/// Everything that can happen.
#[derive(Clone)]
pub(crate) enum Action {
    /// The fetching goes on, or ended.
    Load(Loading),
    /// More of the pack has arrived.
    Arrive(Rc<Pack>),
    /// The address changed: a link, back, forward.
    Follow(Link),
    /// Ask for this artist alone.
    StartFrom(ArtistId),
    /// Take an artist into the question, or change its sign.
    Include(ArtistId, Sign),
    /// Take an artist out of the question.
    Remove(ArtistId),
    /// Forget what the link names but this pack lacks.
    ForgetUnknown,
    /// Ask nothing.
    Clear,
    /// Show more answers.
    More,
    /// Show the map, or the list, where there is room for one of them only.
    ShowMap(bool),
}

impl State {
    /// The page before the pack is there.
    pub(crate) fn new(link: Link) -> Self {
        Self {
            loading: Loading::Fetching(None),
            pack: None,
            link,
            question: Vec::new(),
            unknown: Vec::new(),
            awaited: false,
            answers: Ok(Vec::new()),
            limit: ANSWERS,
            map_in_front: false,
            announcement: String::new(),
            departures: 0,
        }
    }

    /// The pack, as soon as artists can be searched.
    pub(crate) fn pack(&self) -> Option<&Rc<Pack>> {
        self.pack.as_ref().map(|Arrived(pack)| pack).filter(|pack| pack.named() > 0 || self.loading == Loading::Ready)
    }

    /// The pack as far as it has arrived, for an attempt that goes on with it.
    pub(crate) fn arrived(&self) -> Option<Pack> {
        self.pack.as_ref().map(|Arrived(pack)| (**pack).clone())
    }

    /// Whether what is asked can be answered by now.
    pub(crate) fn is_answered(&self) -> bool {
        let vectors = self.pack().map_or(0, |pack| pack.answering());
        let there = |known: &Ingredient| (known.artist as usize) < vectors;
        !self.awaited && !self.question.is_empty() && self.question.iter().all(there) || self.loading == Loading::Ready
    }

    /// Whether more answers can be asked for.
    pub(crate) fn has_more(&self) -> bool {
        self.answers.as_ref().is_ok_and(|answers| answers.len() == self.limit) && self.limit < MOST_ANSWERS
    }

    /// The question in words: `Miles Davis + Björk − Drake`.
    pub(crate) fn question_in_words(&self) -> String {
        let Some(pack) = self.pack() else { return String::new() };
        let mut words = String::new();
        for (i, ingredient) in self.question.iter().enumerate() {
            if i > 0 || ingredient.sign == Sign::Minus {
                words.push_str(if i > 0 { " " } else { "" });
                words.push_str(ingredient.sign.symbol());
                words.push(' ');
            }
            words.push_str(pack.name(ingredient.artist));
        }
        words
    }

    /// Resolves the link in the pack and asks the question.
    fn asked(mut self) -> Self {
        let Some(pack) = self.pack().cloned() else { return self };
        self.question.clear();
        self.unknown.clear();
        self.awaited = false;
        for term in &self.link.terms {
            match pack.find_key(&term.key) {
                // A link may name one artist twice, by name and by id: the first counts.
                Some(artist) if self.question.iter().any(|known| known.artist == artist) => {}
                Some(artist) => self.question.push(Ingredient { artist, sign: term.sign }),
                None if self.loading != Loading::Ready => self.awaited = true,
                None => self.unknown.push(term.key.clone()),
            }
        }
        let terms: Vec<Term> =
            self.question.iter().map(|ingredient| Term::artist(ingredient.artist, ingredient.sign.weight())).collect();
        let answered = !terms.is_empty() && self.is_answered();
        self.answers =
            if answered { pack.blend(&terms, Method::Add, &Options::limit(self.limit)) } else { Ok(Vec::new()) };
        self
    }

    /// Asks anew and says so.
    fn asked_and_announced(self, change: &str) -> Self {
        let mut state = self.asked();
        let Some(pack) = state.pack() else { return state };
        let outcome = match &state.answers {
            _ if state.question.is_empty() => String::from("No artist chosen."),
            _ if !state.is_answered() => String::from("The answers are on their way."),
            Ok(answers) => match answers.first() {
                Some(best) => format!("{} artists found, first {}.", answers.len(), pack.name(best.artist)),
                None => String::from("No artist found."),
            },
            Err(error) => format!("{error}."),
        };
        state.announcement = if change.is_empty() { outcome } else { format!("{change} {outcome}") };
        state
    }

    /// Answers what the link asks now that all of the pack is there, or says that it is.
    fn ready(self) -> Self {
        let mut state = self.asked_and_announced("");
        if let Some(pack) = state.pack().filter(|_| state.link.terms.is_empty()) {
            state.announcement = format!("{} artists are ready.", thousands(pack.len() as u64));
        }
        state
    }

    /// Whether a link's key means this artist.
    fn means(pack: &Pack, term: &LinkTerm, artist: ArtistId) -> bool {
        pack.find_key(&term.key) == Some(artist)
    }
}

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut state = (*self).clone();
        match action {
            Action::Load(loading) => {
                state.loading = loading;
                return Rc::new(if state.loading == Loading::Ready { state.ready() } else { state });
            }
            Action::Arrive(pack) => {
                let answered = self.is_answered();
                state.pack = Some(Arrived(pack));
                let state = state.asked();
                // Said once, as soon as there is something to say; the list may still grow better.
                let now = state.is_answered() && !answered && !state.question.is_empty();
                return Rc::new(if now { state.asked_and_announced("") } else { state });
            }
            Action::Follow(link) => {
                if link == self.link {
                    return self;
                }
                let same_question = link.terms == self.link.terms;
                state.link = link;
                if same_question {
                    return Rc::new(state);
                }
                state.limit = ANSWERS;
                return Rc::new(state.asked_and_announced(""));
            }
            Action::ShowMap(shown) => {
                state.map_in_front = shown;
                return Rc::new(state);
            }
            _ => {}
        }
        // Everything below is about artists, which nobody can name before the pack is there.
        let Some(pack) = self.pack() else { return self };
        state.limit = ANSWERS;
        state.link.page = Page::Explore;
        Rc::new(match action {
            Action::StartFrom(artist) => {
                state.link = Link::to_artist(pack.key(artist));
                state.departures += 1;
                state.asked_and_announced(&format!("Starting from {}.", pack.name(artist)))
            }
            Action::Include(artist, sign) => {
                let change = match sign {
                    Sign::Plus => format!("Added {}.", pack.name(artist)),
                    Sign::Minus => format!("Subtracted {}.", pack.name(artist)),
                };
                match state.link.terms.iter_mut().find(|term| Self::means(pack, term, artist)) {
                    Some(term) => term.sign = sign,
                    None => {
                        // A full link makes room, or reading it back would lose the artist.
                        state.link.terms.truncate(MOST_TERMS - 1);
                        state.link.terms.push(LinkTerm { key: pack.key(artist), sign });
                    }
                }
                state.asked_and_announced(&change)
            }
            Action::Remove(artist) => {
                state.link.terms.retain(|term| !Self::means(pack, term, artist));
                state.asked_and_announced(&format!("Removed {}.", pack.name(artist)))
            }
            Action::ForgetUnknown => {
                state.link.terms.retain(|term| pack.find_key(&term.key).is_some());
                state.asked()
            }
            Action::Clear => {
                state.link.terms.clear();
                state.departures += 1;
                state.asked_and_announced("")
            }
            Action::More => {
                state.limit = (self.limit + ANSWERS).min(MOST_ANSWERS);
                state.asked_and_announced("")
            }
            Action::Load(_) | Action::Arrive(_) | Action::Follow(_) | Action::ShowMap(_) => state,
        })
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::catalog::PackContent;

    fn pack() -> Rc<Pack> {
        let names = ["Drake", "Björk", "Miles Davis", "Metallica", "Orbital"];
        let content = PackContent {
            names: names.map(String::from).to_vec(),
            ids: ["spotify:artist:drake", "", "spotify:artist:miles", "", ""].map(String::from).to_vec(),
            mentions: vec![9, 7, 5, 3, 1],
            positions: vec![0.0; 15],
            dimensions: 2,
            vectors: vec![1.0, 0.0, 0.8, 0.6, 0.0, 1.0, -1.0, 0.1, 0.6, 0.8],
            ..PackContent::default()
        };
        Rc::new(content.encode().unwrap().open().unwrap())
    }

    fn after(hash: &str, actions: impl IntoIterator<Item = Action>) -> Rc<State> {
        let loaded = Rc::new(State::new(Link::parse(hash))).reduce(Action::Arrive(pack()));
        actions.into_iter().fold(loaded.reduce(Action::Load(Loading::Ready)), State::reduce)
    }

    fn answers(state: &State) -> Vec<ArtistId> {
        state.answers.as_ref().unwrap().iter().map(|answer| answer.artist).collect()
    }

    #[wasm_bindgen_test]
    fn a_link_is_answered_when_the_pack_arrives() {
        let state = after("#/?plus=spotify:artist:drake&minus=bjork", []);
        assert_eq!(state.question_in_words(), "Drake − Björk");
        assert_eq!(answers(&state).len(), 3);
        assert!(!answers(&state).contains(&0) && !answers(&state).contains(&1), "inputs never return");
        assert!(state.announcement.starts_with("3 artists found, first "), "{}", state.announcement);
    }

    #[wasm_bindgen_test]
    fn the_pack_says_that_it_is_there() {
        assert_eq!(after("", []).announcement, "5 artists are ready.");
        assert_eq!(after("#/?plus=drake", [Action::Clear]).announcement, "No artist chosen.");
    }

    #[wasm_bindgen_test]
    fn unknown_artists_are_told_and_the_rest_works() {
        let state = after("#/?plus=spotify:artist:gone&plus=Björk", []);
        assert_eq!(state.unknown, ["spotify:artist:gone"]);
        assert_eq!(state.question_in_words(), "Björk");
        assert_eq!(answers(&state).len(), 4);
        let state = state.reduce(Action::ForgetUnknown);
        assert!(state.unknown.is_empty());
        assert_eq!(state.link.terms.len(), 1);
    }

    #[wasm_bindgen_test]
    fn artists_come_change_sign_and_go() {
        let state = after("", [Action::Include(2, Sign::Plus), Action::Include(0, Sign::Minus)]);
        assert_eq!(state.link.hash(), "#/?plus=spotify:artist:miles&minus=spotify:artist:drake");
        assert_eq!(state.announcement, "Subtracted Drake. 3 artists found, first Metallica.");
        let state = state.reduce(Action::Include(0, Sign::Plus));
        assert_eq!(state.question_in_words(), "Miles Davis + Drake");
        let state = state.reduce(Action::Remove(2));
        assert_eq!(state.question_in_words(), "Drake");
        let state = state.reduce(Action::Clear);
        assert_eq!(state.link.hash(), "#/");
        assert!(answers(&state).is_empty());
    }

    #[wasm_bindgen_test]
    fn an_artist_named_twice_counts_once() {
        // By name, as people write links, and by id.
        let state = after("#/?plus=Drake&plus=spotify:artist:drake", []);
        assert_eq!(state.question, [Ingredient { artist: 0, sign: Sign::Plus }]);
        let state = state.reduce(Action::Remove(0));
        assert!(state.link.terms.is_empty());
    }

    #[wasm_bindgen_test]
    fn starting_anew_leaves_one_artist_and_returns_to_the_answers() {
        let state = after("#/how-it-works?plus=bjork&plus=metallica", [Action::StartFrom(2)]);
        assert_eq!(state.link.hash(), "#/?plus=spotify:artist:miles");
        assert_eq!(state.departures, 1);
    }

    #[wasm_bindgen_test]
    fn what_cancels_out_is_said() {
        let state = after("#/?plus=drake&plus=metallica", []);
        assert!(state.answers.is_ok());
        let opposite = PackContent {
            names: vec!["A".into(), "B".into()],
            ids: vec![String::new(); 2],
            mentions: vec![1, 1],
            positions: vec![0.0; 6],
            dimensions: 2,
            vectors: vec![1.0, 0.0, -1.0, 0.0],
            ..PackContent::default()
        };
        let pack = Rc::new(opposite.encode().unwrap().open().unwrap());
        let state = Rc::new(State::new(Link::parse("#/?plus=a&plus=b"))).reduce(Action::Arrive(pack));
        assert_eq!(state.answers, Err(QueryError::CancelsOut));
        assert!(state.announcement.contains("cancel out"), "{}", state.announcement);
    }

    #[wasm_bindgen_test]
    fn nothing_happens_to_artists_before_the_pack_is_there() {
        let state = Rc::new(State::new(Link::parse("#/?plus=drake")));
        let same = Rc::clone(&state).reduce(Action::Include(1, Sign::Plus));
        assert!(Rc::ptr_eq(&state, &same));
        let failed = same.reduce(Action::Load(Loading::Failed(FetchError::Unreachable)));
        assert_eq!(failed.link.terms.len(), 1, "the link outlives the failure");
    }

    #[wasm_bindgen_test]
    fn what_has_arrived_is_used() {
        let names = ["Drake", "Björk"];
        let content = PackContent {
            names: names.map(String::from).to_vec(),
            ids: ["spotify:artist:drake", ""].map(String::from).to_vec(),
            mentions: vec![9, 7],
            positions: vec![0.0; 6],
            dimensions: 2,
            vectors: vec![1.0, 0.0, 0.8, 0.6],
            ..PackContent::default()
        };
        let encoded = content.encode().unwrap();
        let mut pack = Pack::begin(encoded.manifest.clone()).unwrap();
        let mut state = Rc::new(State::new(Link::parse("#/?plus=spotify:artist:drake")));
        assert!(state.pack().is_none());
        let mut seen = Vec::new();
        for (i, part) in encoded.parts.iter().enumerate() {
            pack = pack.with_part(i, part).unwrap();
            state = state.reduce(Action::Arrive(Rc::new(pack.clone())));
            let found = state.pack().map_or(0, |pack| pack.search("bj", 5).len());
            seen.push((found, state.is_answered(), answers(&state).len(), state.unknown.len()));
        }
        // Names, map, vectors, ids, about: found at once, answered as soon as it is known who is meant.
        assert_eq!(seen, [(1, false, 0, 0), (1, false, 0, 0), (1, false, 0, 0), (1, true, 1, 0), (1, true, 1, 0)]);
        assert_eq!(state.announcement, "1 artists found, first Björk.");
        // Nobody is asked for the half of a question that is known so far.
        let state = state.reduce(Action::Follow(Link::parse("#/?plus=bjork&minus=nobody")));
        assert_eq!((state.is_answered(), state.unknown.len()), (false, 0));
        let state = state.reduce(Action::Load(Loading::Ready));
        assert_eq!((state.is_answered(), state.unknown.as_slice()), (true, &["nobody".to_owned()][..]));
    }

    #[wasm_bindgen_test]
    fn the_same_address_changes_nothing() {
        let state = after("#/?plus=drake", []);
        let same = Rc::clone(&state).reduce(Action::Follow(Link::parse("#/?plus=drake")));
        assert!(Rc::ptr_eq(&state, &same));
        let page = same.reduce(Action::Follow(Link::parse("#/how-it-works?plus=drake")));
        assert_eq!((page.link.page, page.question.len()), (Page::HowItWorks, 1));
    }
}
