//! Deciding what waits: the visit and the verdict are one entry of one
//! transaction, which also gathered what was decided on.

use chairside_schedule::Status;
use chairside_schedule::appointment::{CancelledBy, Source};
use chairside_schedule::time::Instant;
use chairside_sync::body::{AppointmentRow, ConflictRow, Day, Hash32, PendingRow, VerdictRow};
use chairside_sync::decide::{Decision, Reason, Terms, decide, decide_pending};
use chairside_sync::hub::{Gate, Told};
use chairside_sync::{Proposal, ProposalId, Public, Wish};

use super::facts::Days;
use super::inbox::{self, About, AnsweredBy, Cursor, Waiting};
use super::put::{Doing, Put, is_sound, private_part, who_of};
use super::{HubSide, Settled};
use crate::error::StoreError;
use crate::store::Store;
use crate::tx::{Moment, Tx};

/// Decisions in one transaction, unless the desk wants to write: then the one
/// that is being made is the last.
const AT_ONCE: usize = 32;

/// How the hub decides just now.
#[derive(Clone, Copy, Debug)]
struct Rule<'a> {
    gate: &'a Gate,
    ask_staff: bool,
    now_ms: i64,
}

impl HubSide {
    pub(super) async fn decide(
        &self,
        gate: Gate,
        ask_staff: bool,
        now_ms: i64,
        moment: Moment,
    ) -> Result<Told, StoreError> {
        let queue = self.store.queue.clone();
        // Limits are set by the clock they are later compared with.
        let moment = Moment { at_ms: now_ms, ..moment };
        self.store
            .write(moment, async move |tx| {
                let rule = Rule { gate: &gate, ask_staff, now_ms };
                let more = tx.decide_waiting(rule, || queue.someone_waits()).await?;
                let next_limit_ms = tx.next_limit_ms(&gate).await?;
                Ok(Told::Decided { tip: tx.tip, more, next_limit_ms })
            })
            .await
    }

    /// As [`Store::settle`].
    ///
    /// # Errors
    /// The database's.
    pub async fn settle(&self, proposal: ProposalId, accept: bool, moment: Moment) -> Result<Settled, StoreError> {
        self.store.settle(proposal, accept, moment).await
    }
}

impl Store {
    /// A person settles a proposal that was put before staff. Once it is done
    /// the hub has to hear [`chairside_sync::hub::Input::Settled`], with the tip
    /// answered here: other proposals may have waited for this one.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle(&self, proposal: ProposalId, accept: bool, moment: Moment) -> Result<Settled, StoreError> {
        self.write(moment, async move |tx| {
            let waiting = inbox::by_id(&mut tx.conn, proposal).await?;
            let Some(waiting) = waiting.filter(|waiting| waiting.pending_until_ms.is_some()) else {
                return Ok(Settled::NotPending);
            };
            let mut days = Days::default();
            let gathered = tx.gather(&waiting.proposal, &mut days).await?;
            let now = Instant(tx.moment.at_ms.div_euclid(1_000));
            match decide_pending(&waiting.proposal, &gathered.facts(), accept, now) {
                Some(decision) => {
                    tx.write_decision(&waiting, decision, AnsweredBy::Person, &mut days).await?;
                    Ok(Settled::Done { tip: tx.tip })
                }
                None => Ok(Settled::Taken),
            }
        })
        .await
    }
}

impl Tx {
    /// Decides what may be decided, staff's first; true where there may be more.
    async fn decide_waiting(&mut self, rule: Rule<'_>, desk_waits: impl Fn() -> bool) -> Result<bool, StoreError> {
        let mut days = Days::default();
        let mut cursor = Cursor::START;
        let mut decided = 0;
        let mut dependents_wait = false;
        while let Some(page) = inbox::next_waiting(&mut self.conn, &mut cursor).await? {
            for mut waiting in page {
                if decided == AT_ONCE || (decided > 0 && desk_waits()) {
                    return Ok(true);
                }
                let decision = self.decision(&mut waiting, rule, &mut days).await?;
                if decision == Decision::Wait {
                    dependents_wait |= waiting.proposal.after.is_some();
                } else {
                    self.write_decision(&waiting, decision, AnsweredBy::Rule, &mut days).await?;
                    decided += 1;
                }
            }
        }
        // One that came before what it depends on had its turn too early.
        Ok(dependents_wait && decided > 0)
    }

    /// What becomes of a proposal, and whether only a person may decide it: both
    /// follow from the gate as it is now.
    async fn decision(
        &mut self,
        waiting: &mut Waiting,
        Rule { gate, ask_staff, now_ms }: Rule<'_>,
        days: &mut Days,
    ) -> Result<Decision, StoreError> {
        let proposal = &waiting.proposal;
        let now = Instant(now_ms.div_euclid(1_000));
        let touched = self.gate_days(proposal).await?;
        if let Some(until_ms) = waiting.pending_until_ms {
            // Behind a shut gate nobody would hear of it, and another life may have said otherwise.
            if until_ms > now_ms || waiting.disputed || !gate.lets_through(&touched, false) {
                return Ok(Decision::Wait);
            }
            let gathered = self.gather(proposal, days).await?;
            let decision = decide_pending(proposal, &gathered.facts(), true, now);
            return Ok(decision.unwrap_or_else(|| Decision::Reject(Reason::Taken, Vec::new())));
        }
        if !gate.lets_through(&touched, true) {
            return Ok(Decision::Wait);
        }
        waiting.disputed = !gate.lets_through(&touched, false);
        if let Wish::Edit(edit) = &proposal.wish
            && !is_sound(&edit.after, &self.clinic())
        {
            return Ok(Decision::Reject(Reason::NotPossible, Vec::new()));
        }
        let dependent = matches!(proposal.wish, Wish::Cancel | Wish::Move(_));
        let terms = Terms {
            now,
            ask_staff,
            all_resent: !dependent || all_resent(gate, &touched),
            disputed: waiting.disputed,
            clocks_apart: gate.clocks_apart,
        };
        let gathered = self.gather(proposal, days).await?;
        Ok(decide(proposal, &gathered.facts(), terms))
    }

    /// The days that have to be open before a proposal may be decided.
    async fn gate_days(&mut self, proposal: &Proposal) -> Result<Vec<Day>, StoreError> {
        let mut days = proposal.days();
        // Where the visit now is: what is moved away changes that day too.
        if matches!(proposal.wish, Wish::Move(_)) {
            days.extend(self.projected(proposal.appointment).await?.map(|row| row.day));
        }
        Ok(days)
    }

    /// When the next limit of what is before staff is reached, of days whose gates are open.
    async fn next_limit_ms(&mut self, gate: &Gate) -> Result<Option<i64>, StoreError> {
        let mut next: Option<i64> = None;
        for waiting in inbox::pending(&mut self.conn).await? {
            if waiting.disputed {
                continue;
            }
            let days = self.gate_days(&waiting.proposal).await?;
            if gate.lets_through(&days, false) {
                next = next.into_iter().chain(waiting.pending_until_ms).min();
            }
        }
        Ok(next)
    }

    /// Writes a decision: the visit and the verdict in one entry.
    async fn write_decision(
        &mut self,
        waiting: &Waiting,
        decision: Decision,
        by: AnsweredBy,
        days: &mut Days,
    ) -> Result<(), StoreError> {
        // The statement that looks at the rows has the last word, whatever the rules were told.
        let decision = match decision {
            Decision::Accept(Some(row)) if self.is_taken(&row).await? => Decision::Reject(Reason::Taken, Vec::new()),
            Decision::Ask(Some(row)) if self.is_taken(&row).await? => Decision::Ask(None),
            decision => decision,
        };
        match decision {
            Decision::Wait => Ok(()),
            Decision::Ask(row) => self.put_before_staff(waiting, row, days).await,
            Decision::Accept(row) => self.answer(waiting, Answer::yes(row, by), None, days).await,
            Decision::AcceptWithConflict(row, conflict) => {
                self.answer(waiting, Answer::yes(row, by), Some(conflict), days).await
            }
            Decision::Reject(reason, alternatives) => {
                let freed = self.freed(&waiting.proposal).await?;
                let answer = Answer { accepted: false, row: freed, reason: Some(reason), alternatives, by };
                self.answer(waiting, answer, None, days).await
            }
        }
    }

    /// Whether others stand where a visit would go that takes up new time.
    async fn is_taken(&mut self, row: &AppointmentRow) -> Result<bool, StoreError> {
        let before = self.projected(row.id).await?;
        let place = |row: &AppointmentRow| (row.practitioner, row.chair, row.start_s, row.end_s);
        let occupies = |row: &AppointmentRow| Status::parse(&row.status).is_some_and(Status::occupies);
        if before.is_some_and(|before| occupies(&before) && place(&before) == place(row)) {
            return Ok(false);
        }
        Ok(!self.in_the_way(row).await?.is_empty())
    }

    /// The visit that kept a place for a booking, as it is once the place is free again.
    async fn freed(&mut self, proposal: &Proposal) -> Result<Option<AppointmentRow>, StoreError> {
        if !matches!(proposal.wish, Wish::Book(_)) {
            return Ok(None);
        }
        let held = self.projected(proposal.appointment).await?;
        let held = held.filter(|row| row.status == Status::Pending.as_str());
        Ok(held.map(|row| AppointmentRow {
            version: row.version + 1,
            status: Status::Cancelled.as_str().to_owned(),
            ..row
        }))
    }

    async fn put_before_staff(
        &mut self,
        waiting: &Waiting,
        row: Option<AppointmentRow>,
        days: &mut Days,
    ) -> Result<(), StoreError> {
        let put = self.put_decided(waiting, row.as_ref(), true, days).await?;
        let body =
            PendingRow { proposal: waiting.proposal.id.0, content: Hash32::from(waiting.content.0), appointment: row };
        self.append_answer(&Public::Pending(Box::new(body)), put, waiting).await?;
        let limit_ms = i64::from(self.clinic().online.limit_minutes) * 60_000;
        self.now_pending(waiting, self.moment.at_ms + limit_ms).await
    }

    async fn answer(
        &mut self,
        waiting: &Waiting,
        answer: Answer,
        conflict: Option<ConflictRow>,
        days: &mut Days,
    ) -> Result<(), StoreError> {
        let put = self.put_decided(waiting, answer.row.as_ref(), answer.accepted, days).await?;
        let verdict = VerdictRow {
            proposal: waiting.proposal.id.0,
            content: Hash32::from(waiting.content.0),
            accepted: answer.accepted,
            appointment: answer.row,
            reason: answer.reason.map(|reason| reason.as_str().to_owned()),
            alternatives: answer.alternatives,
            again: false,
        };
        let about = About::proposal(&waiting.proposal, &verdict, self.today());
        let seq = self.append_answer(&Public::Verdict(Box::new(verdict.clone())), put, waiting).await?;
        self.answered(&verdict, seq, about, answer.by).await?;
        match conflict {
            Some(conflict) => self.write_conflict(&conflict).await,
            None => Ok(()),
        }
    }

    async fn put_decided(
        &mut self,
        waiting: &Waiting,
        row: Option<&AppointmentRow>,
        accepted: bool,
        days: &mut Days,
    ) -> Result<Option<Put>, StoreError> {
        let Some(row) = row else { return Ok(None) };
        let by_staff = matches!(waiting.proposal.wish, Wish::Edit(_));
        let doing = Doing {
            source: if by_staff { Source::Other } else { Source::Online },
            cancelled_by: match (by_staff, accepted) {
                (false, true) => CancelledBy::Patient,
                (false, false) => CancelledBy::Clinic,
                (true, _) => CancelledBy::Unknown,
            },
            wish: Some(waiting.content),
            who: who_of(&waiting.proposal, &self.clinic()),
        };
        let put = self.put(row, doing).await?;
        days.forget(row.day);
        if let Some(before) = &put.before {
            days.forget(crate::tx::day(before.time.day()));
        }
        Ok(Some(put))
    }

    async fn append_answer(&mut self, body: &Public, put: Option<Put>, waiting: &Waiting) -> Result<u64, StoreError> {
        let before = put.as_ref().and_then(|put| put.before.as_ref());
        let private = private_part(before, put.as_ref().map(|put| &put.after), Some(&waiting.bytes));
        let subject = put.as_ref().map(|put| put.after.id.0);
        self.append_bytes(body, private, subject).await
    }
}

/// A verdict to be.
struct Answer {
    accepted: bool,
    row: Option<AppointmentRow>,
    reason: Option<Reason>,
    alternatives: Vec<chairside_sync::body::Alternative>,
    by: AnsweredBy,
}

impl Answer {
    fn yes(row: Option<AppointmentRow>, by: AnsweredBy) -> Self {
        Self { accepted: true, row, reason: None, alternatives: Vec::new(), by }
    }
}

/// Whether whatever a dependent proposal waits for would have come by now.
fn all_resent(gate: &Gate, touched: &[Day]) -> bool {
    if touched.is_empty() {
        // A cancel of nothing that is known here: any day could be its own.
        return !gate.resent.is_empty() && gate.open.iter().all(|day| gate.resent.contains(day));
    }
    gate.is_resent(touched)
}
