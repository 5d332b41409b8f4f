//! The one table of commands. The window and `serve` both answer from it, and
//! the screens' typed client is generated from it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ts_rs::{Config, TS};

use crate::api::*;
use crate::desk::Desk;
use crate::problem::Problem;

/// One command, as the bindings need it.
pub struct Command {
    /// What it is called by, in snake case.
    pub name: &'static str,
    /// The TypeScript type of its arguments; `null` for none.
    pub args: fn(&Config) -> String,
    /// The TypeScript type of its answer.
    pub answer: fn(&Config) -> String,
}

macro_rules! commands {
    ($($name:ident($args:ty) -> $answer:ty;)+) => {
        /// Every command there is.
        pub const COMMANDS: &[Command] = &[
            $(Command { name: stringify!($name), args: <$args as TS>::name, answer: <$answer as TS>::name }),+
        ];

        /// Answers one command.
        ///
        /// # Errors
        /// `unknown-command`, `bad-request` where the arguments don't fit, and
        /// whatever the use case answers.
        pub async fn dispatch(desk: &Desk, name: &str, args: Value) -> Result<Value, Problem> {
            match name {
                $(stringify!($name) => answer(desk.$name(read::<$args>(args)?).await?),)+
                _ => Err(Problem::new("unknown-command").with("name", name)),
            }
        }
    };
}

commands! {
    clinic(()) -> ClinicView;
    day_board(DayRequest) -> DayBoard;
    month_load(MonthRequest) -> Vec<DayLoad>;
    find_patients(FindPatients) -> Vec<PatientHit>;
    patient(PatientRequest) -> PatientView;
    next_openings(NextOpenings) -> Vec<Opening>;
    check_visit(CheckVisit) -> Checked;
    book_visit(BookVisit) -> Saved;
    move_visit(MoveVisit) -> Saved;
    set_status(SetStatus) -> Saved;
    describe_visit(DescribeVisit) -> Saved;
    likely_same(PatientRequest) -> Vec<PatientHit>;
    this_is(ThisIs) -> Saved;
    cancel_visit(CancelVisit) -> Saved;
    undo(Undo) -> Saved;
    connection(()) -> ConnectionView;
    pair_with(PairWith) -> ConnectionView;
    compare_again(()) -> ();
    requests(()) -> RequestsView;
    answer_request(AnswerRequest) -> RequestView;
    online_rule(OnlineRule) -> ClinicView;
    ledger(LedgerRequest) -> LedgerView;
    conflicts(()) -> Vec<ConflictView>;
    settle_conflict(SettleConflict) -> SettledConflict;
    reopen_conflict(ReopenConflict) -> ();
    since(SinceRequest) -> SinceView;
    unsent(UnsentRequest) -> Vec<SinceItem>;
}

fn read<T: DeserializeOwned>(args: Value) -> Result<T, Problem> {
    serde_json::from_value(args).map_err(|error| Problem::new("bad-request").with("detail", error))
}

fn answer<T: Serialize>(answer: T) -> Result<Value, Problem> {
    serde_json::to_value(answer).map_err(|error| Problem::new("internal").with("detail", error))
}
