//! From a command to its use case and its answer.

use std::process::ExitCode;

use chairside_schedule::appointment::Source;
use chairside_schedule::id::AppointmentId;

use super::args::{Cli, Command};
use super::bring::{Import, import};
use super::demo::{demo, list_demos};
use super::listen::{Asked, pair, serve};
use super::output::Output;
use super::place::{Place, clock_at, fresh_ids};
use super::show::{finish, kind_named, line, minute, one_patient, practitioner_named, shown};
use super::state::{backup, restore, status, verify};
use crate::api::{Accept, BookVisit, CancelVisit, DayRequest, MoveVisit, NewPatient, NextOpenings, VisitWish};
use crate::clock::{self, Clock};
use crate::desk::Desk;
use crate::founding;
use crate::problem::Problem;

/// Runs one command.
///
/// # Errors
/// Whatever its use case answers.
pub async fn run(cli: Cli, output: &Output) -> Result<ExitCode, Problem> {
    let place = Place { key_file: cli.key_file, acting: cli.acting };
    match cli.command {
        Command::Found { data, name, zone } => {
            let mut fresh = fresh_ids();
            let clinic = founding::clinic(&name, zone, &mut fresh);
            let desk = Desk::found(place.options(&data, Clock::system())?, clinic).await?;
            output.note("cli-founded", &[("name", name), ("path", data.display().to_string())]);
            desk.close().await;
        }
        Command::Import { path, data, map, zone, dry_run } => {
            import(&place, &data, Import { path, map, zone, dry_run }, output).await?;
        }
        Command::Export { path, data } => {
            let desk = place.open(&data).await?;
            desk.export(&path).await?;
            desk.close().await;
            output.note("cli-exported", &[("path", path.display().to_string())]);
        }
        Command::Day { date, data, all } => {
            let desk = place.open(&data).await?;
            let date = date.unwrap_or_else(|| desk.local_now().date());
            let board = desk.day_board(DayRequest { date }).await?;
            output.answer(&board, |_| {
                let clinic = desk.store().clinic();
                board.visits.iter().filter(|card| all || shown(card)).map(|card| line(&clinic, card)).collect()
            })?;
            desk.close().await;
        }
        Command::Openings { kind, from, practitioner, minutes, limit, data } => {
            let desk = place.open(&data).await?;
            let clinic = desk.store().clinic();
            let request = NextOpenings {
                kind: kind_named(&clinic, &kind)?,
                minutes,
                practitioner: practitioner.map(|name| practitioner_named(&clinic, &name)).transpose()?,
                from,
                limit,
            };
            let openings = desk.next_openings(request).await?;
            output.answer(&openings, |_| {
                let name = |id| clinic.practitioner(id).map(|found| found.name.clone()).unwrap_or_default();
                openings
                    .iter()
                    .map(|opening| {
                        format!("{}  {:>3} min  {}", minute(opening.start), opening.minutes, name(opening.practitioner))
                    })
                    .collect()
            })?;
            desk.close().await;
        }
        Command::Book {
            data,
            patient,
            new_patient,
            birth,
            personnummer,
            phone,
            practitioner,
            kind,
            start,
            minutes,
            note,
            accept,
            overbook_reason,
            id,
        } => {
            let desk = place.open(&data).await?;
            let clinic = desk.store().clinic();
            let kind = kind_named(&clinic, &kind)?;
            let wish = VisitWish {
                patient: match &patient {
                    Some(text) => Some(one_patient(&desk, text).await?),
                    None => None,
                },
                practitioner: practitioner_named(&clinic, &practitioner)?,
                chair: None,
                kind,
                start,
                minutes: minutes.or(clinic.kind(kind).map(|kind| kind.minutes)).unwrap_or_default(),
            };
            let new_patient = new_patient.map(|name| {
                let (given, family) = name.rsplit_once(' ').unwrap_or((name.as_str(), ""));
                NewPatient {
                    given: given.to_owned(),
                    family: family.to_owned(),
                    birth: birth.unwrap_or_default(),
                    personnummer: personnummer.unwrap_or_default(),
                    phone: phone.unwrap_or_default(),
                    email: String::new(),
                }
            });
            let id = AppointmentId(id.unwrap_or_else(|| clock::fresh_id(desk.clock().now_ms())));
            let accept = Accept { warnings: accept, overbook_reason };
            let saved =
                desk.book_visit(BookVisit { id, wish, new_patient, note, source: Source::Other, accept }).await?;
            finish(desk, output, &saved).await?;
        }
        Command::Move { id, data, start, practitioner, minutes, accept, overbook_reason } => {
            let desk = place.open(&data).await?;
            let clinic = desk.store().clinic();
            let id = AppointmentId(id);
            let visit = desk.store().appointment(id).await?.ok_or_else(|| Problem::new("unknown-visit"))?;
            let saved = desk
                .move_visit(MoveVisit {
                    id,
                    version: visit.version,
                    practitioner: match practitioner {
                        Some(name) => practitioner_named(&clinic, &name)?,
                        None => visit.practitioner,
                    },
                    start: start.unwrap_or(visit.time.local),
                    minutes: minutes.unwrap_or(visit.time.minutes),
                    accept: Accept { warnings: accept, overbook_reason },
                })
                .await?;
            finish(desk, output, &saved).await?;
        }
        Command::Cancel { id, data, by, reason } => {
            let desk = place.open(&data).await?;
            let id = AppointmentId(id);
            let visit = desk.store().appointment(id).await?.ok_or_else(|| Problem::new("unknown-visit"))?;
            let saved = desk.cancel_visit(CancelVisit { id, version: visit.version, by, reason }).await?;
            finish(desk, output, &saved).await?;
        }
        Command::Status { data } => status(place.open(&data).await?, output).await?,
        Command::Verify { data } => return verify(place.open(&data).await?, output).await,
        Command::Backup { file, data } => backup(place.open(&data).await?, &file, output).await?,
        Command::Restore { file, data, overwrite_newer } => {
            restore(&place, &data, &file, overwrite_newer, output).await?;
        }
        Command::Demo { data, clinic, list: _, now } => match data {
            Some(data) => demo(&place, &data, clinic.as_deref(), now, output).await?,
            None => list_demos(output)?,
        },
        Command::Pair { data, central, code, broker } => {
            pair(place.open(&data).await?, &central, &code, broker.as_deref(), output).await?;
        }
        Command::Serve { http, data, ui, central, code, central_file, ask_staff, end_with_input, now } => {
            let clock = match now {
                Some(now) => clock_at(&place, &data, now).await?,
                None => Clock::system(),
            };
            let desk = Desk::open(place.options(&data, clock)?).await?;
            let central = Asked { central, code, file: central_file, ask_staff };
            serve(desk, http, ui, central, end_with_input, output).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
