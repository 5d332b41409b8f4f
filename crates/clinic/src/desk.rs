//! The desk.
use crate::api::*;
use crate::problem::Problem;
/// The desk.
pub struct Desk;
macro_rules! later { ($($n:ident($a:ty) -> $b:ty;)+) => { impl Desk { $(
  /// later
  pub async fn $n(&self, _: $a) -> Result<$b, Problem> { todo!() })+ } } }
later! {
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
    cancel_visit(CancelVisit) -> Saved;
    undo(Undo) -> Saved;
}
