//! Demo clinics: invented people, believable days.
//!
//! **Promise.** A demo clinic breaks no rule of the schedule: nobody is in two
//! chairs, nobody treats while the clinic is closed. Tandhuset, for the window,
//! is open and busy right now, whenever that is, and is drawn from the second it
//! is founded in. The four in Gothenburg, for the central service's demo, keep
//! their own hours; their ids are the same wherever they are founded, and a day
//! founds the same visits whatever its hour.
//!
//! **Reading order.** [`profile`] (what tells one clinic from another),
//! [`gothenburg`], `diary` (a clinic and its visits, made from a profile),
//! `today` (what has become of them by now), `names`.
//!
//! **To add a clinic:** 1. a [`Profile`] beside the others; 2. its line in
//! [`Profile::named`]'s list.

mod diary;
pub mod gothenburg;
mod names;
pub mod profile;
#[cfg(test)]
mod tests;
mod today;

use crate::desk::{Desk, DeskOptions};
use crate::problem::Problem;
use diary::Demo;
pub use profile::Profile;

impl Desk {
    /// Founds the demo clinic in which it is a busy day right now.
    ///
    /// # Errors
    /// `store-exists` and the store's.
    pub async fn found_demo(options: DeskOptions) -> Result<Self, Problem> {
        Self::found_demo_of(options, &profile::TANDHUSET).await
    }

    /// Founds a demo clinic from its profile.
    ///
    /// # Errors
    /// `store-exists` and the store's.
    pub async fn found_demo_of(options: DeskOptions, profile: &'static Profile) -> Result<Self, Problem> {
        let mut demo = Demo::new(profile, options.clock.now());
        let clinic = demo.clinic();
        let options = DeskOptions { acting: Some(profile.receptionist.to_owned()), ..options };
        let desk = Self::found(options, clinic.clone()).await?;
        let batch = demo.batch(&clinic);
        desk.store
            .write(desk.moment(), async move |tx| {
                let there = tx.already_there(&batch).await?;
                tx.bring(batch, &there, |_| ()).await?;
                Ok::<_, Problem>(())
            })
            .await?;
        Ok(desk)
    }
}
