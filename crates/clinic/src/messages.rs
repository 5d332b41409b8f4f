//! The message catalogue: every sentence a person can meet, in Swedish and
//! English. The screens read the same files.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::problem::Problem;

/// A language the catalogue has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, clap::ValueEnum)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Swedish.
    Sv,
}

impl Language {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Sv];

    /// From what a POSIX locale says: `sv_SE.UTF-8`.
    pub fn of_locale(locale: &str) -> Self {
        if locale.starts_with("sv") { Self::Sv } else { Self::En }
    }

    fn id(self) -> &'static str {
        match self {
            Self::En => "en-GB",
            Self::Sv => "sv-SE",
        }
    }

    fn sources(self) -> [&'static str; 5] {
        match self {
            Self::En => [
                include_str!("../messages/en/application.ftl"),
                include_str!("../messages/en/desk.ftl"),
                include_str!("../messages/en/online.ftl"),
                include_str!("../messages/en/problems.ftl"),
                include_str!("../messages/en/cli.ftl"),
            ],
            Self::Sv => [
                include_str!("../messages/sv/application.ftl"),
                include_str!("../messages/sv/desk.ftl"),
                include_str!("../messages/sv/online.ftl"),
                include_str!("../messages/sv/problems.ftl"),
                include_str!("../messages/sv/cli.ftl"),
            ],
        }
    }
}

/// The catalogue in one language.
pub struct Messages(FluentBundle<FluentResource>);

impl Messages {
    /// Reads the catalogue.
    ///
    /// # Panics
    /// Where a file of it can't be read: they are compiled in, and a test reads them all.
    pub fn new(language: Language) -> Self {
        let id: LanguageIdentifier = language.id().parse().expect("a language tag");
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        bundle.set_use_isolating(false);
        for source in language.sources() {
            let resource = FluentResource::try_new(source.to_owned()).expect("the catalogue is well formed");
            bundle.add_resource(resource).expect("no message stands twice in the catalogue");
        }
        Self(bundle)
    }

    /// Whether there is such a message.
    pub fn has(&self, id: &str) -> bool {
        self.0.get_message(id).is_some_and(|message| message.value().is_some())
    }

    /// A message that names nothing.
    pub fn text(&self, id: &str) -> String {
        self.format(id, &BTreeMap::new())
    }

    /// A message with what it names. Numbers are handed over as numbers, so
    /// that plurals come out right. A missing message shows its own id, which
    /// a test finds before a person does.
    pub fn format(&self, id: &str, args: &BTreeMap<String, String>) -> String {
        let Some(pattern) = self.0.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        let args: FluentArgs<'_> = args
            .iter()
            .map(|(name, value)| match value.parse::<i64>() {
                Ok(number) => (Cow::from(name.as_str()), FluentValue::from(number)),
                Err(_) => (Cow::from(name.as_str()), FluentValue::from(value.as_str())),
            })
            .collect();
        let mut errors = Vec::new();
        let text = self.0.format_pattern(pattern, Some(&args), &mut errors);
        for error in errors {
            tracing::warn!(%error, id, "a message names something it wasn't given");
        }
        text.into_owned()
    }

    /// The sentence of a problem.
    pub fn problem(&self, problem: &Problem) -> String {
        self.format(&format!("error-{}", problem.code), &problem.args)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn ids(language: Language) -> BTreeSet<String> {
        let lines = language.sources().into_iter().flat_map(str::lines);
        let id = |line: &str| {
            let (id, _) = line.split_once(" =")?;
            let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            (plain && id.starts_with(|c: char| c.is_ascii_lowercase())).then(|| id.to_owned())
        };
        lines.filter_map(id).collect()
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let [english, swedish] = Language::ALL.map(ids);
        let only: Vec<_> = english.symmetric_difference(&swedish).collect();
        assert!(only.is_empty(), "in one language only: {only:?}");
        let [english_has, swedish_has] = Language::ALL.map(Messages::new);
        assert!(english.iter().all(|id| english_has.has(id) && swedish_has.has(id)));
    }

    #[test]
    fn plurals_follow_the_number() {
        let messages = Messages::new(Language::En);
        let args = |count: u32| BTreeMap::from([("count".to_owned(), count.to_string())]);
        assert_eq!(messages.format("cli-visits", &args(1)), "1 visit");
        assert_eq!(messages.format("cli-visits", &args(2)), "2 visits");
    }
}
