//! Things that have to happen now and then, or a run of nothing but peace
//! would look like a proof.

macro_rules! goals {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What has happened in a run.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct Goals {
            $($(#[$doc])* pub $name: bool),+
        }

        impl Goals {
            /// Each goal by name.
            pub fn each(&self) -> [(&'static str, bool); goals!(@count $($name)+)] {
                [$((stringify!($name), self.$name)),+]
            }
        }
    };
    (@count $($name:ident)+) => { [$(stringify!($name)),+].len() };
}

goals! {
    /// Something stood in Conflicts.
    conflict,
    /// A process died between an effect and the next.
    crash_in_apply,
    /// A row only the mirror had was offered to the hub.
    orphan,
    /// A day was sent again.
    day_resent,
    /// A hub got back what it had lost.
    tail_taken_back,
    /// A hub began a new life because a mirror was ahead of it.
    birth_by_proof,
    /// A request was rejected.
    rejected,
    /// A request was put before staff.
    pending,
    /// A request was withdrawn before it was sent.
    withdrawn,
    /// A request expired.
    expired,
    /// Of two owners the older was refused.
    fenced,
    /// Clocks were too far apart.
    clocks_apart,
    /// A day was disputed.
    disputed,
    /// The circuit breaker opened.
    breaker_opened,
    /// Central went on from an older copy.
    centre_restored,
    /// A store was carried to another machine.
    copied,
    /// The hub decided an edit made at another desktop.
    edited_elsewhere,
    /// Another desktop became the hub.
    taken_over,
    /// A cancel of something sent.
    cancelled_after_sending,
}
