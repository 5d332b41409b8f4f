//! The catalogue of everything that is mailed, in Swedish and English.

use chrono::{Datelike, NaiveDateTime, Timelike};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

/// A language mails are written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// English.
    En,
    /// Swedish.
    Sv,
}

impl Language {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Sv];

    /// Of an IETF tag, or the locale of a terminal; English for whatever isn't Swedish.
    pub fn of_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("sv") { Self::Sv } else { Self::En }
    }

    /// Its IETF tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en-GB",
            Self::Sv => "sv-SE",
        }
    }

    const fn source(self) -> &'static str {
        match self {
            Self::En => include_str!("../../messages/en/mails.ftl"),
            Self::Sv => include_str!("../../messages/sv/mails.ftl"),
        }
    }
}

/// The catalogue in one language.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// Reads the catalogue of mails.
    ///
    /// # Panics
    /// Where its file can't be read: it is compiled in, and a test reads both.
    pub fn new(language: Language) -> Self {
        Self::read(language, language.source())
    }

    /// Reads another catalogue.
    ///
    /// # Panics
    /// Where it can't be read: every catalogue is compiled in, and a test reads it.
    pub fn read(language: Language, source: &str) -> Self {
        let id: LanguageIdentifier = language.tag().parse().expect("a language tag");
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Marks of direction around names would stand in the mail's source.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(source.to_owned()).expect("the catalogue is well formed");
        bundle.add_resource(resource).expect("no message stands twice in the catalogue");
        Self { language, bundle }
    }

    /// The language these are in.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// A message that names nothing.
    pub fn text(&self, id: &str) -> String {
        self.format(id, &[])
    }

    /// Whether there is such a message.
    pub fn has(&self, id: &str) -> bool {
        self.bundle.get_message(id).is_some_and(|message| message.value().is_some())
    }

    /// A message with what it names. A missing one shows its own id, which a
    /// test finds before a person does.
    pub fn format(&self, id: &str, named: &[(&str, &str)]) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        let args: FluentArgs<'_> = named.iter().copied().collect();
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&args), &mut errors);
        for error in errors {
            tracing::warn!(%error, id, "a message names something it wasn't given");
        }
        text.into_owned()
    }

    /// A moment by the clock on the clinic's wall, with its day of the week.
    pub fn moment(&self, local: NaiveDateTime) -> String {
        let weekday = self.text(&format!("mail-weekday-{}", local.weekday().number_from_monday()));
        let month = self.text(&format!("mail-month-{}", local.month()));
        let named = [
            ("weekday", weekday.as_str()),
            ("day", &local.day().to_string()),
            ("month", &month),
            ("year", &local.year().to_string()),
            ("hour", &format!("{:02}", local.hour())),
            ("minute", &format!("{:02}", local.minute())),
        ];
        self.format("mail-when", &named)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn both_languages_say_the_same_things() {
        let ids = |language: Language| -> BTreeSet<&'static str> {
            let lines = language.source().lines().filter(|line| line.starts_with("mail-"));
            lines.filter_map(|line| Some(line.split_once(" =")?.0)).collect()
        };
        let [english, swedish] = Language::ALL.map(ids);
        assert_eq!(english, swedish);
        let words = Language::ALL.map(Words::new);
        assert!(english.iter().all(|id| words.iter().all(|words| words.has(id))));
    }

    #[test]
    fn swedish_sets_a_time_with_a_full_stop() {
        let at = chrono::DateTime::from_timestamp(1_795_708_800, 0).expect("a moment").naive_utc();
        assert_eq!(Words::new(Language::Sv).moment(at), "torsdag 26 november 2026, 16.00");
        assert_eq!(Words::new(Language::En).moment(at), "Thursday 26 November 2026, 16:00");
    }
}
