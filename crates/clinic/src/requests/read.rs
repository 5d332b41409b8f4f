//! A request in people's words: who, what, when, and what became of it.

use std::collections::HashMap;

use chairside_schedule::id::{AppointmentId, KindId, PatientId, PractitionerId, RequestId, StaffId};
use chairside_schedule::patient::full_name;
use chairside_schedule::time::Instant;
use chairside_schedule::{Appointment, Patient, Status};
use chairside_store::sync::{Answered, Asked, who_of};
use chairside_sync::body::Id;
use chairside_sync::proposal::Place;
use chairside_sync::sealed::Who;
use chairside_sync::{Author, Proposal, ProposalId, Wish};
use chrono::{DateTime, NaiveDateTime};
use uuid::Uuid;

use super::request_id;
use crate::api::{Opening, PatientCard, RequestAnswer, RequestView, RequestWish};
use crate::desk::Desk;
use crate::problem::Problem;
use crate::view;

/// Reads requests, each person and member of staff once.
pub struct Reader<'a> {
    desk: &'a Desk,
    staff: HashMap<StaffId, String>,
    patients: HashMap<PatientId, Option<Patient>>,
}

/// Who a request or a visit is about.
pub struct About {
    pub card: PatientCard,
    pub phone: Option<String>,
}

impl<'a> Reader<'a> {
    pub async fn new(desk: &'a Desk) -> Result<Self, Problem> {
        let staff = desk.store().staff().await?;
        let staff = staff.into_iter().map(|member| (member.id, member.name)).collect();
        Ok(Self { desk, staff, patients: HashMap::new() })
    }

    /// One that waits for staff. `None` for a colleague's edit, which is no request.
    pub async fn asked(&mut self, asked: Asked) -> Result<Option<RequestView>, Problem> {
        let Asked { wish, until_ms, disputed } = asked;
        let here = self.desk.store().appointment(AppointmentId(uuid(wish.appointment))).await?;
        let Some(mut view) = self.view(&wish, here.as_ref(), here.as_ref()).await? else { return Ok(None) };
        view.until = until_ms.map(|at_ms| self.local(at_ms));
        view.disputed = disputed;
        Ok(Some(view))
    }

    /// One that was answered. `None` for a colleague's edit, and where nothing
    /// is left of what was asked or became of it.
    pub async fn answered(&mut self, answered: Answered) -> Result<Option<RequestView>, Problem> {
        let Answered { seq, at_ms, by, verdict, wish, visit: (before, after) } = answered;
        let view = match &wish {
            Some(wish) => self.view(wish, before.as_ref().or(after.as_ref()), after.as_ref()).await?,
            None => self.given_back(verdict.proposal, before.as_ref(), after.as_ref()).await?,
        };
        let Some(view) = view else { return Ok(None) };
        let zone_local = |local_s: i64| DateTime::from_timestamp(local_s, 0).map(|at| at.naive_utc());
        let instead = verdict.alternatives.iter().filter_map(|place| {
            let practitioner = PractitionerId(uuid(place.practitioner));
            Some(Opening { practitioner, start: zone_local(place.local_s)?, minutes: place.minutes })
        });
        Ok(Some(RequestView {
            answer: if verdict.accepted { RequestAnswer::Accepted } else { RequestAnswer::Rejected },
            reason: verdict.reason.as_ref().map(|reason| reason.replace('_', "-")),
            instead: instead.collect(),
            answered: Some(self.local(at_ms)),
            by: self.name_of(by),
            seq: Some(seq),
            ..view
        }))
    }

    async fn view(
        &mut self,
        wish: &Proposal,
        before: Option<&Appointment>,
        after: Option<&Appointment>,
    ) -> Result<Option<RequestView>, Problem> {
        let clinic = self.desk.store().clinic();
        let who = who_of(wish, &clinic);
        let visit = after.or(before);
        let (what, patient, wanted) = match &wish.wish {
            Wish::Book(place) => (RequestWish::Book, Some(PatientId(uuid(place.patient))), Wanted::place(place)),
            Wish::Move(to) => {
                let wanted = Wanted {
                    practitioner: Some(PractitionerId(uuid(to.practitioner))),
                    start: local(to.local_s),
                    from: local(to.from_local_s),
                    ..Wanted::of(visit)
                };
                (RequestWish::Move, visit.map(|visit| visit.patient), wanted)
            }
            Wish::Cancel => (RequestWish::Cancel, visit.map(|visit| visit.patient), Wanted::of(before.or(after))),
            Wish::Edit(_) => return Ok(None),
        };
        let about = self.about(patient, who.as_ref()).await?;
        Ok(Some(RequestView {
            asked: wish.asked_ms.map(|at_ms| self.local(at_ms)),
            urgent: wish.urgent,
            note: who.map(|who| who.note).unwrap_or_default(),
            ..wanted.asked_by(about, request_id(wish.id), what, after)
        }))
    }

    /// One whose answer came back with a lost life, and not what was asked: the
    /// visit still tells what the answer made of it.
    async fn given_back(
        &mut self,
        proposal: Id,
        before: Option<&Appointment>,
        after: Option<&Appointment>,
    ) -> Result<Option<RequestView>, Problem> {
        let Some(visit) = after.or(before) else { return Ok(None) };
        let wanted = Wanted::of(Some(visit));
        let (what, wanted) = match before {
            None => (RequestWish::Book, wanted),
            Some(_) if visit.status == Status::Cancelled => (RequestWish::Cancel, wanted),
            Some(before) => (RequestWish::Move, Wanted { from: Some(before.time.local), ..wanted }),
        };
        let about = self.about(Some(visit.patient), None).await?;
        Ok(Some(wanted.asked_by(about, request_id(ProposalId(proposal)), what, after)))
    }

    /// Somebody the clinic knows, or who they say they are.
    pub async fn about(&mut self, id: Option<PatientId>, who: Option<&Who>) -> Result<About, Problem> {
        if let Some(id) = id
            && !self.patients.contains_key(&id)
        {
            let patient = self.desk.store().patient(id).await?;
            self.patients.insert(id, patient);
        }
        if let Some(Some(patient)) = id.map(|id| self.patients.get(&id).and_then(Option::as_ref)) {
            let phone = patient.phone.as_ref().filter(|_| !patient.protected);
            return Ok(About {
                card: view::patient_card(patient),
                phone: phone.map(|number| number.as_str().to_owned()),
            });
        }
        let name = who.map(|who| full_name(&who.given, &who.family)).unwrap_or_default();
        let phone = who.map(|who| who.phone.clone()).filter(|phone| !phone.is_empty());
        let card = PatientCard {
            id: id.unwrap_or(PatientId(Uuid::nil())),
            name,
            external_id: None,
            protected: false,
            alert: String::new(),
        };
        Ok(About { card, phone })
    }

    /// A member of staff, by name; `None` for an installation that followed the rule.
    pub fn name_of(&self, by: Author) -> Option<String> {
        match by {
            Author::Staff(id) => self.staff.get(&id).cloned(),
            Author::Node(_) => None,
        }
    }

    /// The clinic's local time.
    pub fn local(&self, at_ms: i64) -> NaiveDateTime {
        Instant(at_ms.div_euclid(1_000)).local(&self.desk.store().clinic().zone)
    }
}

/// What is wished for, as far as anybody knows.
#[derive(Default)]
struct Wanted {
    practitioner: Option<PractitionerId>,
    kind: Option<KindId>,
    start: Option<NaiveDateTime>,
    minutes: Option<u32>,
    from: Option<NaiveDateTime>,
}

impl Wanted {
    fn place(place: &Place) -> Self {
        Self {
            practitioner: Some(PractitionerId(uuid(place.practitioner))),
            kind: Some(KindId(uuid(place.kind))),
            start: local(place.local_s),
            minutes: Some(place.minutes),
            from: None,
        }
    }

    /// A request for it that nobody has answered, of somebody who says no more.
    fn asked_by(self, about: About, id: RequestId, wish: RequestWish, visit: Option<&Appointment>) -> RequestView {
        RequestView {
            id,
            wish,
            asked: None,
            urgent: false,
            patient: about.card,
            phone: about.phone,
            note: String::new(),
            practitioner: self.practitioner,
            kind: self.kind,
            start: self.start,
            minutes: self.minutes,
            from: self.from,
            answer: RequestAnswer::Waiting,
            reason: None,
            instead: Vec::new(),
            answered: None,
            by: None,
            until: None,
            disputed: false,
            appointment: visit.map(|visit| visit.id),
            seq: None,
        }
    }

    fn of(visit: Option<&Appointment>) -> Self {
        let Some(visit) = visit else { return Self::default() };
        Self {
            practitioner: Some(visit.practitioner),
            kind: Some(visit.kind),
            start: Some(visit.time.local),
            minutes: Some(visit.time.minutes),
            from: None,
        }
    }
}

/// A time on the clinic's wall.
fn local(local_s: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp(local_s, 0).map(|at| at.naive_utc())
}

pub fn uuid(id: Id) -> Uuid {
    Uuid::from_bytes(*id)
}
