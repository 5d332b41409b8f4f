//! The protocol broken on purpose, one line each, to see whether the
//! simulator notices.
//!
//! Compiled in with the feature `mutants` only, which nothing that is
//! delivered turns on; without it [`on`] is always false.

macro_rules! mutants {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// A way to break the protocol.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Mutant {
            $($(#[$doc])* $name),+
        }

        impl Mutant {
            /// Every mutant.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word it is called by.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word),+
                }
            }
        }
    };
}

mutants! {
    /// Entries are applied although some before them are missing.
    ApplyAcrossGap = "apply-across-gap",
    /// Another hash at the same seq is taken for the same entry.
    IgnoreOtherHash = "ignore-other-hash",
    /// An entry of an epoch that has ended is applied.
    DropEpochCheck = "drop-epoch-check",
    /// Entries leave the hub before their transaction is committed.
    PublishBeforeCommit = "publish-before-commit",
    /// The verdict is written in a second transaction, after the visit.
    VerdictInSecondTransaction = "verdict-in-second-transaction",
    /// The hub forgets which proposals it has seen.
    ForgetDedupe = "forget-dedupe",
    /// A repeated id with other content gets the first one's verdict.
    SkipContentComparison = "skip-content-comparison",
    /// Requests are released as soon as there is a session.
    ReleaseBeforeVerification = "release-before-verification",
    /// A day's digest is the one computed last time.
    TrustCachedDigest = "trust-cached-digest",
    /// What an earlier session said is believed.
    BelieveRetained = "believe-retained",
    /// Rows that only the mirror has are deleted when a day is put in place.
    DeleteOrphans = "delete-orphans",
    /// Rows are compared as they are now, not as they were at the mark.
    CompareMovingTip = "compare-moving-tip",
    /// A submitted claim ends after half an hour.
    LimitOnClaim = "limit-on-claim",
    /// A request whose time has come expires although it was sent.
    ExpireSent = "expire-sent",
    /// A request can be withdrawn although it was sent.
    WithdrawSent = "withdraw-sent",
    /// Mails are sent before the state they speak of is committed.
    MailBeforeCommit = "mail-before-commit",
    /// A proposal the hub refuses is sent again for ever.
    RetryPoison = "retry-poison",
    /// Rejections count as failures of the line.
    CountRejections = "count-rejections",
    /// The hub decides proposals of days that aren't verified.
    DecideBehindShutGate = "decide-behind-shut-gate",
    /// Gates stay open when a session ends.
    KeepGatesOpen = "keep-gates-open",
    /// Bulk entries leave the gates of their days open.
    BulkKeepsGates = "bulk-keeps-gates",
    /// The entries after the mark are not applied again to a day that was put in place.
    ForgetLaterEntries = "forget-later-entries",
    /// A birth is accepted wherever it comes from.
    AnyBirth = "any-birth",
    /// The hub makes its mark before the lost entries are back.
    MarkBeforeTail = "mark-before-tail",
    /// Sent proposals are not proposed again when a gate opens.
    ForgetOutstanding = "forget-outstanding",
    /// A mirror's store takes writes of an owner whose time is over.
    IgnoreToken = "ignore-token",
    /// Overlapping visits of one practitioner are accepted.
    SkipClash = "skip-clash",
    /// A restored verdict is decided anew instead of standing as given.
    DecideTailAnew = "decide-tail-anew",
    /// A cancel is decided before the booking it cancels.
    CancelBeforeFirst = "cancel-before-first",
    /// A page of older verdicts that was lost is never asked for again.
    LoseOlderVerdicts = "lose-older-verdicts",
    /// Nothing is broken, and a violation is reported all the same.
    Canary = "canary",
}

#[cfg(feature = "mutants")]
mod switch {
    use std::cell::Cell;

    use super::Mutant;

    thread_local! {
        static ON: Cell<Option<Mutant>> = const { Cell::new(None) };
    }

    /// Breaks the protocol in this way on this thread, or in none.
    pub fn set(mutant: Option<Mutant>) {
        ON.set(mutant);
    }

    /// Whether the protocol is broken in this way.
    pub fn on(mutant: Mutant) -> bool {
        ON.get() == Some(mutant)
    }
}

#[cfg(feature = "mutants")]
pub use switch::{on, set};

/// Whether the protocol is broken in this way: never.
#[cfg(not(feature = "mutants"))]
pub const fn on(_mutant: Mutant) -> bool {
    false
}
