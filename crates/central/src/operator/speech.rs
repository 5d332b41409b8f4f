//! What an operator reads, in words: on the command line and on the page.

use super::ask::Refused;
use super::view::{ClinicLine, DeviceLine, MailLine, OrphanLine, RequestLine};
use crate::mails::words::{Language, Words};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The operator's catalogue in one language.
pub struct Speech(Words);

impl Speech {
    /// In a language.
    pub fn new(language: Language) -> Self {
        Self(Words::read(language, source(language)))
    }

    /// The language.
    pub const fn language(&self) -> Language {
        self.0.language()
    }

    /// A sentence that names nothing.
    pub fn text(&self, id: &str) -> String {
        self.0.text(id)
    }

    /// A sentence with what it names.
    pub fn say(&self, id: &str, named: &[(&str, &str)]) -> String {
        self.0.format(id, named)
    }

    /// A word of a closed list, `kind-word`; the word itself where none is
    /// known for it, as for a newer clinic's.
    pub fn word(&self, kind: &str, word: &str) -> String {
        let id = format!("{kind}-{}", word.replace('_', "-"));
        if self.0.has(&id) { self.0.text(&id) } else { word.to_owned() }
    }

    /// How long ago a moment was.
    pub fn age(&self, at_ms: i64, now_ms: i64) -> String {
        let (unit, count) = match now_ms - at_ms {
            ..MINUTE_MS => return self.text("age-now"),
            gone @ MINUTE_MS..HOUR_MS => ("age-minutes", gone / MINUTE_MS),
            gone @ HOUR_MS..DAY_MS => ("age-hours", gone / HOUR_MS),
            gone => ("age-days", gone / DAY_MS),
        };
        self.say(unit, &[("count", &count.to_string())])
    }

    /// A moment, by the clock in Greenwich.
    pub fn moment(&self, at_ms: i64) -> String {
        let at = chrono::DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
        at.format("%Y-%m-%d %H:%MZ").to_string()
    }

    /// Bytes as people say them.
    pub fn size(&self, bytes: u64) -> String {
        let tenths = bytes.saturating_mul(10) / (1 << 20);
        self.say("size-megabytes", &[("count", &format!("{}.{}", tenths / 10, tenths % 10))])
    }

    /// What needs somebody's eye at a clinic, each in a few words; empty where nothing does.
    pub fn notes(&self, clinic: &ClinicLine) -> Vec<String> {
        let counted = |id: &str, count: u64| (count > 0).then(|| self.say(id, &[("count", &count.to_string())]));
        let when = |id: &str, is: bool| is.then(|| self.text(id));
        [
            counted("note-aside", clinic.aside),
            counted("note-orphans", clinic.orphans),
            counted("note-mails-dead", clinic.mails_dead),
            when("note-clocks-apart", clinic.clocks_apart),
            counted("note-disputed", clinic.disputed as u64),
            when("note-breaker-open", clinic.breaker == "open"),
            when("note-breaker-half-open", clinic.breaker == "half_open"),
            when("note-replaying", clinic.replaying),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// What a request wishes, for which days.
    pub fn wish(&self, request: &RequestLine) -> String {
        let wish = self.word("wish", &request.wish);
        let urgent = if request.urgent { format!(" {}", self.text("urgent")) } else { String::new() };
        format!("{wish} {}{urgent}", request.days.join(", "))
    }

    /// Why a mail wasn't delivered.
    pub fn undelivered(&self, mail: &MailLine) -> String {
        mail.why.as_deref().map_or_else(String::new, |why| self.word("undelivered", why))
    }

    /// What became of an orphan.
    pub fn orphan(&self, orphan: &OrphanLine) -> String {
        self.text(if orphan.heard { "orphan-heard" } else { "orphan-unheard" })
    }

    /// What a desk may do, and what came of renewing its certificate.
    pub fn device(&self, device: &DeviceLine, now_ms: i64) -> String {
        let may = self.text(match device.revoked_ms {
            Some(_) => "desk-revoked",
            None if device.until_ms < now_ms => "desk-expired",
            None => "desk-allowed",
        });
        match (&device.refused, device.refused_ms) {
            (Some(refused), Some(at_ms)) if device.revoked_ms.is_none() => {
                let (age, why) = (self.age(at_ms, now_ms), self.word("renewal", refused));
                format!("{may}; {}", self.say("desk-not-renewed", &[("age", &age), ("why", &why)]))
            }
            _ => may,
        }
    }

    /// What wasn't done, and what to do.
    pub fn refused(&self, refused: &Refused) -> String {
        let id = format!("refused-{}", refused.code.replace('_', "-"));
        let id = if self.0.has(&id) { id.as_str() } else { "refused-otherwise" };
        self.say(id, &[("about", &refused.about)])
    }
}

const fn source(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("../../messages/en/operator.ftl"),
        Language::Sv => include_str!("../../messages/sv/operator.ftl"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn both_languages_say_the_same_things() {
        let ids = |language: Language| -> BTreeSet<&'static str> {
            let is_id = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
            source(language).lines().filter(is_id).filter_map(|line| Some(line.split_once(" =")?.0)).collect()
        };
        let [english, swedish] = Language::ALL.map(ids);
        assert_eq!(english, swedish);
        let speech = Language::ALL.map(Speech::new);
        assert!(english.iter().all(|id| speech.iter().all(|speech| speech.0.has(id))));
    }

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let speech = Speech::new(Language::En);
        for (gone_ms, told) in [
            (-5, "just now"),
            (59_999, "just now"),
            (MINUTE_MS, "1 min"),
            (HOUR_MS - 1, "59 min"),
            (25 * HOUR_MS, "1 d"),
            (5 * HOUR_MS, "5 h"),
        ] {
            assert_eq!(speech.age(0, gone_ms), told);
        }
    }

    #[test]
    fn a_word_nobody_knows_is_shown_as_it_is() {
        let speech = Speech::new(Language::Sv);
        assert_eq!(speech.word("why", "refused"), "kliniken kunde inte ta emot den");
        assert_eq!(speech.word("why", "from_the_future"), "from_the_future");
    }
}
