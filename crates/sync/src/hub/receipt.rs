//! What becomes of a proposal that comes in.

use super::Receipt;
use crate::body::VerdictRow;
use crate::chain::Hash;
use crate::mutant::{self, Mutant};
use crate::proposal::{Proposal, content_hash};
use crate::wire::Propose;

/// What the hub has under a proposal's id.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The hash of the content it came with.
    pub content: Hash,
    /// Its verdict, once there is one.
    pub verdict: Option<VerdictRow>,
}

/// The answer, and the proposal if it is to be kept.
pub fn receipt(propose: &Propose, seen: Option<&Seen>) -> (Receipt, Option<Proposal>) {
    let seen = seen.filter(|_| !mutant::on(Mutant::ForgetDedupe));
    if let Some(seen) = seen {
        if seen.content != content_hash(&propose.content) && !mutant::on(Mutant::SkipContentComparison) {
            return (Receipt::Refused("repeated_id"), None);
        }
        return match &seen.verdict {
            Some(verdict) => (Receipt::Decided(Box::new(verdict.clone())), None),
            None => (Receipt::Noted, None),
        };
    }
    match Proposal::from_bytes(&propose.content) {
        Ok(proposal) if proposal.id == propose.id => (Receipt::Noted, Some(proposal)),
        Ok(_) => (Receipt::Refused("other_id"), None),
        Err(_) => (Receipt::Refused("unreadable"), None),
    }
}
