//! Requests that ended at central and were never decided here: taken back by
//! the patient, or their time came.

use chairside_store::sync::{Asked, Ended};
use chairside_sync::wire::HowEnded;

use super::read::Reader;
use crate::api::{RequestAnswer, RequestView};
use crate::problem::Problem;

impl Reader<'_> {
    /// One that ended without an answer. `None` for what is no request.
    pub async fn ended(&mut self, ended: Ended) -> Result<Option<RequestView>, Problem> {
        // It would have been put before staff like this.
        let asked = Asked { wish: ended.wish, until_ms: None, disputed: false };
        let Some(view) = self.asked(asked).await? else { return Ok(None) };
        let answer = match ended.how {
            HowEnded::Withdrawn => RequestAnswer::Withdrawn,
            HowEnded::Expired => RequestAnswer::Expired,
        };
        Ok(Some(RequestView { answer, answered: Some(self.local(ended.at_ms)), ..view }))
    }
}
