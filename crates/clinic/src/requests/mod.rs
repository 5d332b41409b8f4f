//! What patients ask online, as staff meet it: what waits for somebody's
//! answer, what central holds, what was answered, and how the clinic answers.
//!
//! **Promise.** A person's answer is a verdict like any other, written in one
//! transaction with the visit; nothing here decides by itself. What central
//! holds is shown and not touched: it comes once both sides are in step.
//!
//! **Reading order.** [`Desk::requests`] and [`Desk::answer_request`]; `read`
//! (a request in people's words), `places` (what central holds, on the board),
//! `ledger` (what was answered, and through which outage), `ended` (what never got
//! that far).

mod ended;
mod ledger;
pub(crate) mod places;
pub(crate) mod read;

use std::sync::Arc;

use chairside_schedule::clinic::OnlineRule;
use chairside_schedule::id::RequestId;
use chairside_store::sync::Settled;
use chairside_sync::ProposalId;
use chairside_sync::body::Id;

use crate::api::{AnswerRequest, ClinicView, RequestView, RequestsView};
use crate::desk::Desk;
use crate::problem::Problem;
use read::Reader;

impl Desk {
    /// What is asked online and not answered yet.
    ///
    /// # Errors
    /// The store's.
    pub async fn requests(&self, (): ()) -> Result<RequestsView, Problem> {
        let (held, held_count) = self.held().await?;
        let mut reader = Reader::new(self).await?;
        let mut asked = Vec::new();
        for waiting in self.store.asked().await? {
            asked.extend(reader.asked(waiting).await?);
        }
        Ok(RequestsView {
            asked,
            held,
            held_count,
            conflicts: self.store.open_conflicts().await?,
            rule: self.store.clinic().online,
        })
    }

    /// A person answers a request that was put before staff.
    ///
    /// # Errors
    /// `request-answered` where it waits no longer, `request-taken` where
    /// somebody else has the place; the store's.
    pub async fn answer_request(&self, answer: AnswerRequest) -> Result<RequestView, Problem> {
        let proposal = ProposalId(Id::from(*answer.id.bytes()));
        match self.store.settle(proposal, answer.accept, self.moment()).await? {
            Settled::Done { tip } => {
                self.line.settled(tip).await;
                // The last verdict of that transaction is this one.
                let answered = self.store.answered(Some(tip.seq + 1), 1).await?.pop();
                let answered = answered.ok_or_else(|| Problem::new("internal"))?;
                let view = Reader::new(self).await?.answered(answered).await?;
                view.ok_or_else(|| Problem::new("internal"))
            }
            Settled::NotPending => Err(Problem::new("request-answered")),
            Settled::Taken => Err(Problem::new("request-taken")),
        }
    }

    /// How the clinic answers online requests from now on.
    ///
    /// # Errors
    /// `online-limit` outside [`OnlineRule::LIMITS`]; the store's.
    pub async fn online_rule(&self, rule: OnlineRule) -> Result<ClinicView, Problem> {
        if !OnlineRule::LIMITS.contains(&rule.limit_minutes) {
            let (least, most) = (OnlineRule::LIMITS.start(), OnlineRule::LIMITS.end());
            return Err(Problem::new("online-limit").with("least", least).with("most", most / 60));
        }
        self.store
            .write(self.moment(), async move |tx| {
                let clinic = chairside_schedule::Clinic { online: rule, ..Arc::unwrap_or_clone(tx.clinic()) };
                tx.save_settings(clinic).await
            })
            .await?;
        self.line.ask_staff(rule.ask_staff).await;
        self.clinic(()).await
    }
}

/// A proposal's id, as screens name it.
pub(crate) fn request_id(id: ProposalId) -> RequestId {
    RequestId(uuid::Uuid::from_bytes(*id.0))
}
