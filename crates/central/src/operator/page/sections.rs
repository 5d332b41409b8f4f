//! The parts of the page: what is in hand, then clinics, what waits, what was
//! set aside, mails that weren't delivered, orphans, desks.

use super::facts::{Facts, SHOWN};
use super::html::{Cell, age, empty, icon, table, text};
use crate::operator::Refused;
use crate::operator::speech::Speech;
use crate::operator::view::{ClinicLine, DeviceLine, MailLine, OrphanLine, RequestLine};

/// Everything, one under the other.
pub fn all(speech: &Speech, facts: &Facts, now_ms: i64) -> String {
    [
        figures(speech, facts, now_ms),
        clinics(speech, &facts.clinics, now_ms),
        queue(speech, facts, now_ms),
        aside(speech, &facts.aside, now_ms),
        mails(speech, &facts.mails, now_ms),
        orphans(speech, &facts.orphans, now_ms),
        devices(speech, &facts.devices, now_ms),
    ]
    .concat()
}

/// The store can't be read.
pub fn failed(speech: &Speech, refused: &Refused) -> String {
    format!(
        "<div class=\"alert\" role=\"alert\"><p><strong>{}</strong></p><p>{} <code>{}</code></p></div>",
        text(&speech.text("page-failed")),
        text(&speech.refused(refused)),
        text(&refused.code)
    )
}

/// How a number stands out.
#[derive(Clone, Copy)]
enum Tone {
    Calm,
    Look,
    Bad,
}

/// What is in hand, in a few numbers. Each word leads to its part.
fn figures(speech: &Speech, facts: &Facts, now_ms: i64) -> String {
    let oldest_ms = facts.clinics.iter().filter_map(|clinic| clinic.oldest_ms).min();
    let oldest = oldest_ms.map(|oldest_ms| speech.say("figure-oldest", &[("age", &speech.age(oldest_ms, now_ms))]));
    let (aside, orphans) = (facts.sum(|clinic| clinic.aside), facts.sum(|clinic| clinic.orphans));
    let dead = facts.sum(|clinic| clinic.mails_dead);
    let look = |count: u64| if count > 0 { Tone::Look } else { Tone::Calm };
    let dead_said = (dead > 0).then(|| speech.say("note-mails-dead", &[("count", &dead.to_string())]));
    let live = format!("{}/{}", facts.live(), facts.clinics.len());
    let all_live = facts.live() == facts.clinics.len();
    let broker = match facts.broker_up {
        Some(true) => ("broker-up", Tone::Calm),
        Some(false) => ("broker-down", Tone::Bad),
        None => ("broker-none", Tone::Look),
    };
    let (backup, backup_said, backup_tone) = backup(speech, facts, now_ms);
    let figures = [
        figure(&speech.text("figure-live"), "#clinics", &live, None, if all_live { Tone::Calm } else { Tone::Look }),
        figure(
            &speech.text("figure-waiting"),
            "#queue",
            &facts.sum(|clinic| clinic.held).to_string(),
            oldest,
            Tone::Calm,
        ),
        figure(&speech.text("figure-sent"), "#queue", &facts.sum(|clinic| clinic.sent).to_string(), None, Tone::Calm),
        figure(&speech.text("figure-aside"), "#aside", &aside.to_string(), None, look(aside)),
        figure(&speech.text("figure-orphans"), "#orphans", &orphans.to_string(), None, look(orphans)),
        figure(
            &speech.text("figure-mails"),
            "#mails",
            &facts.sum(|clinic| clinic.mails_waiting).to_string(),
            dead_said,
            look(dead),
        ),
        figure(&speech.text("figure-broker"), "", &speech.text(broker.0), None, broker.1),
        figure(&speech.text("figure-backup"), "", &backup, backup_said, backup_tone),
    ];
    format!(
        "<section aria-label=\"{}\"><ul class=\"figures\">{}</ul></section>",
        text(&speech.text("page-figures")),
        figures.concat()
    )
}

fn figure(name: &str, link: &str, value: &str, more: Option<String>, tone: Tone) -> String {
    let class = match tone {
        Tone::Calm => "figure",
        Tone::Look => "figure look",
        Tone::Bad => "figure bad",
    };
    let name = if link.is_empty() { text(name) } else { format!("<a href=\"{link}\">{}</a>", text(name)) };
    let more = more.map_or_else(String::new, |more| format!("<span class=\"more\">{}</span>", text(&more)));
    format!("<li class=\"{class}\"><span class=\"label\">{name}</span><strong>{}</strong>{more}</li>", text(value))
}

/// The latest backup: when, how long or what went wrong, and how bad that is.
fn backup(speech: &Speech, facts: &Facts, now_ms: i64) -> (String, Option<String>, Tone) {
    let Some(told) = &facts.backups else {
        return (speech.text("backup-none"), Some(speech.text("backup-not-set")), Tone::Look);
    };
    let when = told.last.map_or_else(|| speech.text("backup-none"), |last| speech.age(last.made_ms, now_ms));
    match (&told.failed, told.last) {
        (Some((failed_ms, code)), _) => {
            let age = speech.age(*failed_ms, now_ms);
            (when, Some(speech.say("backup-failed", &[("age", &age), ("code", code)])), Tone::Bad)
        }
        (None, Some(last)) => (when, Some(speech.size(last.bytes)), Tone::Calm),
        (None, None) => (when, None, Tone::Calm),
    }
}

fn section(speech: &Speech, id: &str, title: &str, count: usize, body: &str) -> String {
    let more = if count >= SHOWN as usize && id != "clinics" && id != "devices" {
        let shown = SHOWN.to_string();
        format!("<p class=\"more\">{}</p>", text(&speech.say("page-first", &[("count", &shown)])))
    } else {
        String::new()
    };
    format!(
        "<section id=\"{id}\" aria-labelledby=\"{id}-title\"><h2 id=\"{id}-title\">{}</h2>{body}{more}</section>",
        text(title)
    )
}

fn clinics(speech: &Speech, lines: &[ClinicLine], now_ms: i64) -> String {
    let title = speech.text("title-clinics");
    let body = if lines.is_empty() {
        empty(&speech.text("empty-clinics"), &speech.text("empty-clinics-next"))
    } else {
        let heads = [
            "column-clinic",
            "column-state",
            "column-since",
            "column-waiting",
            "column-oldest",
            "column-sent",
            "column-mails",
            "column-notes",
        ];
        let rows: Vec<_> = lines.iter().map(|line| clinic(speech, line, now_ms)).collect();
        table(speech, &title, &heads, &rows)
    };
    section(speech, "clinics", &title, lines.len(), &body)
}

fn clinic(speech: &Speech, line: &ClinicLine, now_ms: i64) -> Vec<Cell> {
    let notes: Vec<String> =
        speech.notes(line).iter().map(|note| format!("<span class=\"note\">{}</span>", text(note))).collect();
    let count = |count: u64| Cell::number(&if count == 0 { String::new() } else { count.to_string() });
    vec![
        Cell::html(format!("{}<span class=\"id\">{}</span>", text(&line.name), line.clinic)).name(),
        Cell::html(state(speech, &line.state)),
        Cell::html(age(speech, line.since_ms, now_ms)),
        count(line.held),
        Cell::html(line.oldest_ms.map_or_else(String::new, |oldest_ms| age(speech, oldest_ms, now_ms))),
        count(line.sent),
        count(line.mails_waiting),
        Cell::html(if notes.is_empty() { String::new() } else { format!("<div>{}</div>", notes.concat()) }),
    ]
}

/// How a clinic is reached: a drawing and a word.
fn state(speech: &Speech, word: &str) -> String {
    let drawing = match word {
        "live" => "M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 0 1 0-12.4M5.2 8.2l2 2l3.8-4.2",
        "checking" => "M7 2.2a4.8 4.8 0 1 1 0 9.6a4.8 4.8 0 0 1 0-9.6M10.6 10.6l3.4 3.4",
        "catching_up" => "M8 2v7.4M4.8 6.4L8 9.6l3.2-3.2M3 13.6h10",
        "reconnecting" => "M13.4 8a5.4 5.4 0 1 1-1.7-3.9M13.6 1.8v2.9h-2.9",
        _ => "M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 0 1 0-12.4M3.7 12.3l8.6-8.6",
    };
    let class = word.replace('_', "-");
    format!("<span class=\"state {}\">{}{}</span>", text(&class), icon(drawing), text(&speech.word("state", word)))
}

fn queue(speech: &Speech, facts: &Facts, now_ms: i64) -> String {
    let title = speech.text("title-queue");
    let body = if facts.queue.is_empty() {
        empty(&speech.text("queue-none"), &speech.text("empty-queue-next"))
    } else {
        let heads = ["column-clinic", "column-request", "column-age", "column-wish", "column-contact", "column-id"];
        let row = |line: &RequestLine| {
            vec![
                Cell::text(&line.name).name(),
                Cell::text(&speech.word("request", &line.state)),
                Cell::html(age(speech, line.arrived_ms, now_ms)),
                Cell::text(&speech.wish(line)),
                Cell::text(line.contact.as_deref().unwrap_or_default()),
                Cell::id(line.request),
            ]
        };
        table(speech, &title, &heads, &facts.queue.iter().map(row).collect::<Vec<_>>())
    };
    section(speech, "queue", &title, facts.queue.len(), &body)
}

fn aside(speech: &Speech, lines: &[RequestLine], now_ms: i64) -> String {
    let title = speech.text("title-aside");
    let body = if lines.is_empty() {
        empty(&speech.text("quarantine-none"), &speech.text("empty-aside-next"))
    } else {
        let heads = ["column-clinic", "column-why", "column-since", "column-wish", "column-contact", "column-id"];
        let row = |line: &RequestLine| {
            vec![
                Cell::text(&line.name).name(),
                Cell::text(&line.why.as_deref().map_or_else(String::new, |why| speech.word("why", why))),
                Cell::html(line.aside_ms.map_or_else(String::new, |aside_ms| age(speech, aside_ms, now_ms))),
                Cell::text(&speech.wish(line)),
                Cell::text(line.contact.as_deref().unwrap_or_default()),
                Cell::id(line.request),
            ]
        };
        let next = format!("<p class=\"next\">{}</p>", text(&speech.text("aside-next")));
        next + &table(speech, &title, &heads, &lines.iter().map(row).collect::<Vec<_>>())
    };
    section(speech, "aside", &title, lines.len(), &body)
}

fn mails(speech: &Speech, lines: &[MailLine], now_ms: i64) -> String {
    let title = speech.text("title-mails");
    let body = if lines.is_empty() {
        empty(&speech.text("mails-none"), &speech.text("empty-mails-next"))
    } else {
        let heads = ["column-clinic", "column-why", "column-says", "column-tried", "column-contact", "column-booking"];
        let row = |line: &MailLine| {
            vec![
                Cell::text(&line.name).name(),
                Cell::text(&speech.undelivered(line)),
                Cell::text(&speech.word("outcome", &line.outcome)),
                Cell::html(age(speech, line.tried_ms, now_ms)),
                Cell::text(line.contact.as_deref().unwrap_or_default()),
                Cell::id(line.booking),
            ]
        };
        let next = format!("<p class=\"next\">{}</p>", text(&speech.text("mails-next")));
        next + &table(speech, &title, &heads, &lines.iter().map(row).collect::<Vec<_>>())
    };
    section(speech, "mails", &title, lines.len(), &body)
}

fn orphans(speech: &Speech, lines: &[OrphanLine], now_ms: i64) -> String {
    let title = speech.text("title-orphans");
    let body = if lines.is_empty() {
        empty(&speech.text("orphans-none"), &speech.text("empty-orphans-next"))
    } else {
        let heads = ["column-clinic", "column-visit", "column-known", "column-found", "column-id"];
        let row = |line: &OrphanLine| {
            vec![
                Cell::text(&line.name).name(),
                // Nobody books by the second.
                Cell::text(&line.at.replace('T', " ").chars().take(16).collect::<String>()),
                Cell::text(&speech.orphan(line)),
                Cell::html(age(speech, line.found_ms, now_ms)),
                Cell::id(line.appointment),
            ]
        };
        table(speech, &title, &heads, &lines.iter().map(row).collect::<Vec<_>>())
    };
    section(speech, "orphans", &title, lines.len(), &body)
}

fn devices(speech: &Speech, lines: &[DeviceLine], now_ms: i64) -> String {
    let title = speech.text("title-devices");
    let body = if lines.is_empty() {
        empty(&speech.text("devices-none"), &speech.text("empty-devices-next"))
    } else {
        let heads = ["column-clinic", "column-device", "column-state", "column-paired", "column-until"];
        let row = |line: &DeviceLine| {
            vec![
                Cell::text(&line.name).name(),
                Cell::id(line.device),
                Cell::text(&speech.device(line, now_ms)),
                Cell::text(&speech.moment(line.paired_ms)),
                Cell::text(&speech.moment(line.until_ms)),
            ]
        };
        table(speech, &title, &heads, &lines.iter().map(row).collect::<Vec<_>>())
    };
    section(speech, "devices", &title, lines.len(), &body)
}
