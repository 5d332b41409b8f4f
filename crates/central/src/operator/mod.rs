//! What an operator can have done: one table of operations, answered by the
//! running service, or over a store at rest.
//!
//! **Promise.** Both ways run the same code ([`work`]) and answer the same. One
//! process owns the store: while `serve` runs, it is asked over a socket in its
//! folder that only the folder's owner may speak to. What is shown names no
//! patient: an address is masked, a request's sealed words aren't read.
//!
//! **Reading order.** [`ask`] (what can be asked and answered), [`view`] (how
//! things are shown), [`speech`] (in words), [`work`] (how it is done), [`door`]
//! (the socket), [`asked`] (which of both ways); [`page`] (all of it in a browser).
//!
//! **To add an operation:** 1. a variant of [`Ask`] and one of [`Answer`]; 2.
//! its arm in [`Operator::answer`]; 3. its command in `cli/operator.rs`, and how
//! its answer reads in `cli/tables.rs` (words in `messages/{en,sv}/operator.ftl`).

pub mod ask;
pub mod door;
pub mod page;
pub mod speech;
pub mod view;
pub mod work;

use std::path::Path;
use std::time::Duration;

pub use ask::{Answer, Ask, Refused};
pub use door::Door;
pub use work::Operator;

use crate::clock::{Clock, fresh_id};
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
                let operator = Operator {
                    storage: storage.clone(),
                    folder: folder.to_owned(),
                    clock: clock.clone(),
                    service: None,
                };
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
