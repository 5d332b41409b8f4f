//! Kinds of visit: from their table, from the map's words, or from the words visits use.

use std::collections::{BTreeMap, HashMap};

use chairside_schedule::id::KindId;
use chairside_schedule::kind::{KindColour, VisitKind};
use chairside_schedule::patient::TEXT_CHARS;

use super::bind::Field;
use super::map::{KindWord, meaning};
use super::plan::{Context, Found, Place, Seen};
use super::report::Role;
use super::table::Table;
use super::value;
use super::visits::Length;

/// The length of a kind that nothing says anything about, in minutes.
const MINUTES: u32 = 30;

/// The kinds found so far.
pub(super) struct Kinds {
    list: Vec<VisitKind>,
    visits: Vec<u64>,
    /// By the other system's id or word, in lower case.
    by_key: HashMap<String, usize>,
    /// The length most visits of a word have.
    usual: BTreeMap<String, u32>,
}

impl Kinds {
    pub fn read(context: &Context<'_>, table: Option<&Table>, visits: Option<&Table>, found: &mut Found) -> Self {
        let usual = visits.map(|visits| usual_minutes(context, visits)).unwrap_or_default();
        let mut all = Self { list: Vec::new(), visits: Vec::new(), by_key: HashMap::new(), usual };
        let Some(table) = table else { return all };
        let place = Place { role: Role::Kinds, table };
        let bind = |field| Field::bind(context.map, Role::Kinds, table, field);
        let (id, name, minutes, colour) = (bind("id"), bind("name"), bind("minutes"), bind("colour"));
        let (online, emergency, active) = (bind("online"), bind("emergency"), bind("active"));
        let mut seen = Seen::default();
        for row in &table.rows {
            let key = key_of(if id.of(row).is_empty() { name.of(row) } else { id.of(row) });
            if key.is_empty() {
                found.problems.push(place.problem(row, &id.column, "id-missing", ""));
                continue;
            }
            if !seen.is_new(&key, row, place, &id.column, found) {
                continue;
            }
            let length = value::minutes(minutes.of(row), 1.0).filter(|minutes| *minutes > 0);
            if length.is_none() && minutes.some(row).is_some() {
                found.remarks.push(place.problem(row, &minutes.column, "length-unreadable", minutes.of(row)));
            }
            let mut kind =
                all.described(context, &key, name.of(row), &KindWord { minutes: length, ..KindWord::default() });
            kind.colour = KindColour::parse(colour.of(row)).unwrap_or(kind.colour);
            kind.bookable_online = value::yes(online.of(row)).unwrap_or(false);
            kind.emergency = value::yes(emergency.of(row)).unwrap_or(false);
            kind.active = value::yes(active.of(row)).unwrap_or(true);
            // Visits name a kind by its id or by its name.
            all.by_key.entry(key_of(name.of(row))).or_insert(all.list.len());
            all.by_key.insert(key, all.list.len());
            all.add(kind);
        }
        all
    }

    /// The kind a visit names, with its usual length; made from the word if nothing described it.
    pub fn named(&mut self, context: &Context<'_>, word: &str, found: &mut Found) -> (KindId, u32) {
        let at = match self.by_key.get(word) {
            Some(&at) => at,
            None => self.find_or_make(context, word, found),
        };
        self.visits[at] += 1;
        (self.list[at].id, self.list[at].minutes)
    }

    fn find_or_make(&mut self, context: &Context<'_>, word: &str, found: &mut Found) -> usize {
        let key = key_of(word);
        if let Some(&at) = self.by_key.get(&key) {
            return at;
        }
        let default = KindWord::default();
        let word_means = meaning(&context.map.words.kind, &key).unwrap_or(&default);
        let kind = self.described(context, &key, word, word_means);
        found.made.insert(kind.id.0);
        self.by_key.insert(key, self.list.len());
        self.add(kind)
    }

    fn described(&self, context: &Context<'_>, key: &str, word: &str, described: &KindWord) -> VisitKind {
        let name = described.name.clone().unwrap_or_else(|| spoken(word));
        let name = if name.is_empty() { NAMELESS.to_owned() } else { name };
        VisitKind {
            id: KindId(context.uuid("kind", key)),
            name: name.chars().take(TEXT_CHARS).collect(),
            minutes: described.minutes.or_else(|| self.usual.get(key).copied()).unwrap_or(MINUTES),
            colour: described.colour.unwrap_or(KindColour::Other),
            bookable_online: described.online,
            emergency: described.emergency,
            active: true,
        }
    }

    fn add(&mut self, kind: VisitKind) -> usize {
        self.list.push(kind);
        self.visits.push(0);
        self.list.len() - 1
    }

    /// Every kind, the most used first.
    pub fn finish(self) -> Vec<VisitKind> {
        let mut counted: Vec<(u64, VisitKind)> = self.visits.into_iter().zip(self.list).collect();
        counted.sort_by_key(|(visits, _)| std::cmp::Reverse(*visits));
        counted.into_iter().map(|(_, kind)| kind).collect()
    }
}

/// The name of the kind that visits without a word for it have.
const NAMELESS: &str = "–";

fn key_of(word: &str) -> String {
    value::id(word).to_lowercase()
}

/// `recall_examination` as people say it: "Recall examination". A word with a
/// space or a capital letter is somebody's own and stays.
fn spoken(word: &str) -> String {
    if word.contains(' ') || word.chars().any(char::is_uppercase) {
        return word.to_owned();
    }
    let mut letters = word.chars().map(|c| if c == '_' { ' ' } else { c });
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// For each word the length most of its visits have, rounded up to five minutes.
fn usual_minutes(context: &Context<'_>, visits: &Table) -> BTreeMap<String, u32> {
    let kind = Field::bind(context.map, Role::Appointments, visits, "kind");
    let length = Length::bind(context, Place { role: Role::Appointments, table: visits });
    let mut counts: HashMap<&str, BTreeMap<u32, u64>> = HashMap::new();
    for row in &visits.rows {
        if let Some(minutes) = length.written(row) {
            *counts.entry(kind.of(row)).or_default().entry(minutes).or_default() += 1;
        }
    }
    let most = |counts: BTreeMap<u32, u64>| {
        counts.into_iter().max_by_key(|(minutes, count)| (*count, std::cmp::Reverse(*minutes)))
    };
    counts.into_iter().filter_map(|(word, counts)| Some((key_of(word), most(counts)?.0.div_ceil(5) * 5))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_spoken() {
        assert_eq!(spoken("recall_examination"), "Recall examination");
        assert_eq!(spoken("Rotfyllning"), "Rotfyllning");
        assert_eq!(spoken("vit fyllning"), "vit fyllning");
        assert_eq!(spoken("övrigt"), "Övrigt");
        assert_eq!(spoken(""), "");
    }
}
