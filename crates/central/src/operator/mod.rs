//! What an operator can have done: one table of operations, answered by the
//! running service, or over a store at rest.
//!
//! **Promise.** Both ways run the same code ([`work`]) and answer the same. One
//! process owns the store: while `serve` runs, it is asked over a socket in its
//! folder that only the folder's owner may speak to. What is shown names no
//! patient: an address is masked, a request's sealed words aren't read.
//!
//! **Reading order.** [`ask`] (what can be asked and answered), [`work`] (how it
//! is done), [`door`] (the socket), [`asked`] (which of both ways).
//!
//! **To add an operation:** 1. a variant of [`Ask`] and one of [`Answer`]; 2.
//! its arm in [`Operator::answer`]; 3. its command in `cli/operator.rs`, and how
//! its answer reads there (words in `messages/{en,sv}/operator.ftl`).

pub mod ask;
pub mod door;
pub mod work;

use std::path::Path;
use std::time::Duration;

pub use ask::{Answer, Ask, Refused};
pub use door::Door;
pub use work::Operator;

use crate::clock::{Clock, fresh_id};
use crate::mails::words::{Language, Words};
use crate::store::{SqliteStorage, StorageError};

/// How long a process that has the store may take to open its door: it may
/// still be starting, or be another short command.
const PATIENCE_MS: u64 = 10_000;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Asks whoever has the store in `folder`; nobody having it, opens it meanwhile.
///
/// # Errors
/// [`Refused`], also where the store can't be opened or its owner doesn't answer.
pub async fn asked(folder: &Path, ask: Ask, clock: &Clock) -> Result<Answer, Refused> {
    if !ask.may_found() && !folder.join(crate::store::sqlite::DATABASE).is_file() {
        return Err(Refused::new("no_store", folder.display()));
    }
    let give_up_ms = clock.now().steady_after(PATIENCE_MS);
    loop {
        match SqliteStorage::open(folder, fresh_id(clock.now().wall_ms)).await {
            Ok(storage) => {
                let operator = Operator { storage: storage.clone(), clock: clock.clone(), service: None };
                let answer = operator.answer(ask).await;
                storage.close().await;
                return answer;
            }
            Err(error @ StorageError::InUse(_)) => match door::knock(folder).await {
                Ok(visit) => return visit.ask(&ask).await,
                Err(_) if clock.now().steady_ms < give_up_ms => tokio::time::sleep(PAUSE).await,
                Err(_) => return Err(error.into()),
            },
            Err(error) => return Err(error.into()),
        }
    }
}

/// What an operator reads, in a language.
pub fn words(language: Language) -> Words {
    Words::read(language, source(language))
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
            let lines =
                source(language).lines().filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
            lines.filter_map(|line| Some(line.split_once(" =")?.0)).collect()
        };
        let [english, swedish] = Language::ALL.map(ids);
        assert_eq!(english, swedish);
        let words = Language::ALL.map(words);
        assert!(english.iter().all(|id| words.iter().all(|words| words.has(id))));
    }
}
