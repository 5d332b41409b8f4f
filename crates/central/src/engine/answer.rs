//! From what a mirror asks to what the store does.

use std::sync::Arc;

use chairside_sync::mirror::{Applied, Ask, Told};
use chairside_sync::{Hash, Now};

use crate::store::{Effects, MirrorStorage, Owner, StorageError};

/// Whether a signature over this hash is the clinic's.
pub type Verifying = Arc<dyn Fn(Hash, &[u8]) -> bool + Send + Sync>;

/// Does what a mirror asks: one transaction, or one read.
///
/// # Errors
/// The store's; the mirror is then told [`Told::NotOwner`] or [`Told::Failed`].
pub async fn answer<S: MirrorStorage>(
    storage: &S,
    owner: Owner,
    verifying: &Verifying,
    ask: Ask,
    now: Now,
) -> Result<(Told, Effects), StorageError> {
    let quiet = |told| (told, Effects::default());
    Ok(match ask {
        Ask::Load => {
            let loaded = storage.load(owner).await?;
            quiet(Told::Loaded {
                at: loaded.at,
                granted: loaded.granted,
                left: loaded.left,
                node: loaded.node,
                surplus: loaded.surplus,
                surplus_kept: loaded.surplus_kept,
                // Only those on its own requests are kept here.
                lacks_verdicts: false,
            })
        }
        Ask::Apply { after, followed, signature, speaker } => {
            let tip = followed.entries.last().map(|last| last.hash);
            if !tip.is_some_and(|tip| verifying(tip, &signature)) {
                return Ok(quiet(Told::Applied(Applied::Forged)));
            }
            let (applied, effects) = storage.apply(owner, after, *followed, speaker, now).await?;
            (Told::Applied(applied), effects)
        }
        Ask::Begin(begin, speaker) => {
            let (applied, effects) = storage.begin(owner, begin, speaker, now).await?;
            (Told::Applied(applied), effects)
        }
        Ask::Digest(mark, window) => quiet(Told::Digested(storage.digest(owner, mark, window).await?)),
        Ask::Replace { mark, day: Some(day), rows, .. } => {
            let (digest, effects) = storage.replace_day(owner, mark, day, rows, now).await?;
            (Told::Replaced(digest), effects)
        }
        Ask::Replace { mark, day: None, settings, .. } => {
            let (digest, effects) = storage.replace_settings(owner, mark, settings).await?;
            (Told::Replaced(digest), effects)
        }
        Ask::Outstanding { days, from } => quiet(Told::Proposals(storage.outstanding(owner, days, from).await?)),
        Ask::Release { days, disputed, limit } => {
            let (days, disputed) = (days.into_iter().collect(), disputed.into_iter().collect());
            let (sent, effects) = storage.release(owner, days, disputed, limit, now).await?;
            (Told::Proposals(sent), effects)
        }
        Ask::Verdict { verdict, epoch } => (Told::Done, storage.verdict(owner, epoch, *verdict, now).await?),
        // Written one by one, and all of them once more where one of them failed.
        Ask::OlderVerdicts { verdicts, epoch, .. } => {
            let mut effects = Effects::default();
            for verdict in verdicts {
                effects.add(storage.verdict(owner, epoch, verdict, now).await?);
            }
            (Told::Done, effects)
        }
        Ask::Quarantine(proposal, code) => {
            storage.quarantine(owner, proposal, code, now).await?;
            quiet(Told::Done)
        }
        Ask::Surplus(from) => quiet(Told::Surplus(storage.surplus(owner, from).await?)),
        Ask::SurplusKept(upto) => {
            storage.surplus_kept(owner, upto).await?;
            quiet(Told::Done)
        }
        Ask::Orphans => quiet(Told::Orphans(storage.orphans(owner).await?)),
        Ask::Trail => quiet(Told::Trail(storage.trail(owner).await?)),
    })
}
