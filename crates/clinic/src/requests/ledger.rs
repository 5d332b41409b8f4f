//! The release ledger: what was answered, and through which outage it waited.

use chrono::{NaiveDateTime, TimeDelta};

use super::read::Reader;
use crate::api::{LedgerRequest, LedgerView, OutageView, RequestView};
use crate::desk::Desk;
use crate::problem::Problem;

/// The longest page.
const MOST: u32 = 500;

/// Answers looked through for one outage: a morning's release has hundreds.
const MOST_OF_OUTAGE: u32 = 2_000;

/// How long after both sides were equal what was held has been answered, at most.
const RELEASED_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// Outages that are named.
const OUTAGES: usize = 20;

impl Desk {
    /// What was answered, all of it or through one outage.
    ///
    /// # Errors
    /// `unknown-outage`; the store's.
    pub async fn ledger(&self, request: LedgerRequest) -> Result<LedgerView, Problem> {
        let mut outages = self.line.outages(&self.store.clinic().zone);
        outages.truncate(OUTAGES);
        let Some(began) = request.outage else {
            let limit = request.limit.clamp(1, MOST);
            let (requests, more) = self.answers(request.before, limit).await?;
            return Ok(LedgerView { requests, more, outages });
        };
        let outage = outages.iter_mut().find(|outage| outage.began == began);
        let outage = outage.ok_or_else(|| Problem::new("unknown-outage"))?;
        let requests = self.released(outage).await?;
        Ok(LedgerView { requests, more: false, outages })
    }

    async fn answers(&self, before: Option<u64>, limit: u32) -> Result<(Vec<RequestView>, bool), Problem> {
        let answered = self.store.answered(before, limit).await?;
        let more = answered.len() == usize::try_from(limit).unwrap_or(usize::MAX);
        let mut reader = Reader::new(self).await?;
        let mut requests: Vec<RequestView> = Vec::with_capacity(answered.len());
        for answered in answered {
            let Some(view) = reader.answered(answered).await? else { continue };
            // What was answered again, after a restore, is told as it was told last.
            if requests.iter().all(|told| told.id != view.id) {
                requests.push(view);
            }
        }
        Ok((requests, more))
    }

    /// The requests that were asked while the line was down: answered since, in
    /// that order, then those that still wait.
    async fn released(&self, outage: &mut OutageView) -> Result<Vec<RequestView>, Problem> {
        let (began, back, equal) = (outage.began, outage.line_back, outage.equal);
        let asked_through = |asked: NaiveDateTime| asked >= began && equal.is_none_or(|equal| asked <= equal);
        // A change of a booking doesn't say when it was asked: it counts if its answer came with the others.
        let released = |at: NaiveDateTime| {
            back.is_some_and(|back| at >= back) && equal.is_none_or(|equal| at <= equal + RELEASED_WITHIN)
        };
        let through = |view: &RequestView| match (view.asked, view.answered) {
            (Some(asked), _) => asked_through(asked),
            (None, answered) => answered.is_some_and(released),
        };
        let (answers, _) = self.answers(None, MOST_OF_OUTAGE).await?;
        let mut requests: Vec<RequestView> = answers.into_iter().filter(through).collect();
        requests.reverse();
        outage.released = u32::try_from(requests.len()).unwrap_or(u32::MAX);
        outage.released_at = requests.last().and_then(|last| last.answered);
        let asked = self.requests(()).await?.asked;
        requests.extend(asked.into_iter().filter(through));
        Ok(requests)
    }
}
