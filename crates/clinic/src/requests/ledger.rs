//! The release ledger: what was answered or ended without an answer, and
//! through which outage it waited.

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

    /// A page of answers, the latest first, with what ended meanwhile between
    /// them; whether more were answered earlier.
    async fn answers(&self, before: Option<u64>, limit: u32) -> Result<(Vec<RequestView>, bool), Problem> {
        let answered = self.store.answered(before, limit).await?;
        let more = answered.len() == usize::try_from(limit).unwrap_or(usize::MAX);
        // A page reaches back to its last answer, and the next one on from there.
        let from_ms = answered.last().filter(|_| more).map_or(i64::MIN, |last| last.at_ms);
        let before_ms = match before {
            Some(seq) => self.store.log_at(seq).await?.map_or(i64::MAX, |record| record.entry.header.at_ms),
            None => i64::MAX,
        };
        let mut ended = self.store.ended(from_ms, before_ms, MOST_OF_OUTAGE).await?.into_iter().peekable();
        let mut reader = Reader::new(self).await?;
        let mut requests: Vec<RequestView> = Vec::with_capacity(answered.len());
        for answered in answered {
            while let Some(later) = ended.next_if(|ended| ended.at_ms >= answered.at_ms) {
                requests.extend(reader.ended(later).await?);
            }
            let Some(view) = reader.answered(answered).await? else { continue };
            // What was answered again, after a restore, is told as it was told last.
            if requests.iter().all(|told| told.id != view.id) {
                requests.push(view);
            }
        }
        for earlier in ended {
            requests.extend(reader.ended(earlier).await?);
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
        let released = || requests.iter().filter(|view| view.answer.is_ours());
        outage.released = u32::try_from(released().count()).unwrap_or(u32::MAX);
        outage.released_at = released().next_back().and_then(|last| last.answered);
        let asked = self.requests(()).await?.asked;
        requests.extend(asked.into_iter().filter(through));
        Ok(requests)
    }
}
