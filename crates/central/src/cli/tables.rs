//! How the operator's answers read on a terminal.

use crate::operator::Answer;
use crate::operator::speech::Speech;
use crate::operator::view::{ClinicLine, DeviceLine, MailLine, OrphanLine, RequestLine};

/// An answer for people. `now_ms` is what ages are counted to.
pub fn text(speech: &Speech, answer: &Answer, now_ms: i64) -> String {
    match answer {
        Answer::ClinicAdded { clinic, code, .. } => {
            speech.say("clinic-added", &[("clinic", &clinic.to_string()), ("code", code)])
        }
        Answer::CodeDrawn { code, .. } => speech.say("code-drawn", &[("code", code)]),
        Answer::PartnerKeyDrawn { clinic, key } => {
            speech.say("partner-key-drawn", &[("clinic", &clinic.to_string()), ("key", key)])
        }
        Answer::PartnerKeyRevoked { clinic } => speech.say("partner-key-revoked", &[("clinic", &clinic.to_string())]),
        Answer::DeviceRevoked { device } => speech.say("device-revoked", &[("device", &device.to_string())]),
        Answer::BrokerFilesWritten { folder } => {
            speech.say("broker-files-written", &[("folder", &folder.display().to_string())])
        }
        Answer::Clinics { serving, clinics } => {
            let mut text = table(
                speech,
                &["column-clinic", "column-state", "column-since", "column-waiting", "column-oldest"],
                &["column-sent", "column-mails", "column-notes", "column-id"],
                clinics.iter().map(|line| clinic(speech, line, now_ms)),
                "clinics-none",
            );
            if !serving {
                text.push_str("\n\n");
                text.push_str(&speech.text("not-serving"));
            }
            text
        }
        Answer::Devices { devices } => table(
            speech,
            &["column-clinic", "column-device", "column-paired", "column-until", "column-state"],
            &[],
            devices.iter().map(|line| device(speech, line, now_ms)),
            "devices-none",
        ),
        Answer::Queue { requests } => table(
            speech,
            &["column-clinic", "column-state", "column-age", "column-wish", "column-contact", "column-id"],
            &[],
            requests.iter().map(|line| waiting(speech, line, now_ms)),
            "queue-none",
        ),
        Answer::Orphans { orphans } => table(
            speech,
            &["column-clinic", "column-visit", "column-state", "column-found", "column-id"],
            &[],
            orphans.iter().map(|line| orphan(speech, line, now_ms)),
            "orphans-none",
        ),
        Answer::Quarantine { requests } => table(
            speech,
            &["column-clinic", "column-why", "column-since", "column-wish", "column-contact", "column-id"],
            &[],
            requests.iter().map(|line| aside(speech, line, now_ms)),
            "quarantine-none",
        ),
        Answer::Mails { mails } => table(
            speech,
            &["column-clinic", "column-why", "column-says", "column-tried", "column-contact", "column-booking"],
            &[],
            mails.iter().map(|line| mail(speech, line, now_ms)),
            "mails-none",
        ),
        Answer::MailsBackInLine { booking, mails } => {
            speech.say("mails-back-in-line", &[("booking", &booking.to_string()), ("count", &mails.to_string())])
        }
        Answer::BackInLine { request } => speech.say("back-in-line", &[("request", &request.to_string())]),
        Answer::BackedUp { to, bytes, clinics, bookings, requests } => {
            let (to, size) = (to.display().to_string(), speech.size(*bytes));
            let counts = [clinics, bookings, requests].map(ToString::to_string);
            let [clinics, bookings, requests] = counts.each_ref().map(String::as_str);
            let named = [("to", to.as_str()), ("size", &size), ("clinics", clinics), ("bookings", bookings)];
            speech.say("backed-up", &[&named[..], &[("requests", requests)]].concat())
        }
    }
}

fn clinic(speech: &Speech, line: &ClinicLine, now_ms: i64) -> Vec<String> {
    vec![
        line.name.clone(),
        speech.word("state", &line.state),
        speech.age(line.since_ms, now_ms),
        line.held.to_string(),
        line.oldest_ms.map_or_else(String::new, |oldest_ms| speech.age(oldest_ms, now_ms)),
        line.sent.to_string(),
        line.mails_waiting.to_string(),
        speech.notes(line).join(", "),
        line.clinic.to_string(),
    ]
}

fn device(speech: &Speech, line: &DeviceLine, now_ms: i64) -> Vec<String> {
    vec![
        line.name.clone(),
        line.device.to_string(),
        speech.moment(line.paired_ms),
        speech.moment(line.until_ms),
        speech.device(line, now_ms),
    ]
}

fn waiting(speech: &Speech, line: &RequestLine, now_ms: i64) -> Vec<String> {
    vec![
        line.name.clone(),
        speech.word("request", &line.state),
        speech.age(line.arrived_ms, now_ms),
        speech.wish(line),
        line.contact.clone().unwrap_or_default(),
        line.request.to_string(),
    ]
}

fn aside(speech: &Speech, line: &RequestLine, now_ms: i64) -> Vec<String> {
    vec![
        line.name.clone(),
        line.why.as_deref().map_or_else(String::new, |why| speech.word("why", why)),
        line.aside_ms.map_or_else(String::new, |aside_ms| speech.age(aside_ms, now_ms)),
        speech.wish(line),
        line.contact.clone().unwrap_or_default(),
        line.request.to_string(),
    ]
}

fn mail(speech: &Speech, line: &MailLine, now_ms: i64) -> Vec<String> {
    vec![
        line.name.clone(),
        speech.undelivered(line),
        speech.word("outcome", &line.outcome),
        speech.age(line.tried_ms, now_ms),
        line.contact.clone().unwrap_or_default(),
        line.booking.to_string(),
    ]
}

fn orphan(speech: &Speech, line: &OrphanLine, now_ms: i64) -> Vec<String> {
    vec![
        line.name.clone(),
        line.at.replace('T', " "),
        speech.orphan(line),
        speech.age(line.found_ms, now_ms),
        line.appointment.to_string(),
    ]
}

/// Columns as wide as their widest cell, two spaces apart; a sentence where there is no row.
fn table(
    speech: &Speech,
    heads: &[&str],
    more: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    none: &str,
) -> String {
    let heads: Vec<String> = heads.iter().chain(more).map(|head| speech.text(head)).collect();
    let mut lines = vec![heads];
    lines.extend(rows);
    if lines.len() == 1 {
        return speech.text(none);
    }
    let columns = lines[0].len();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |cells: &Vec<String>| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::mails::words::Language;

    #[test]
    fn columns_line_up_and_nothing_is_said_in_a_sentence() {
        let speech = Speech::new(Language::En);
        let device = |name: &str| DeviceLine {
            clinic: Uuid::nil(),
            name: name.to_owned(),
            device: Uuid::nil(),
            paired_ms: 0,
            until_ms: 10,
            revoked_ms: None,
            refused_ms: None,
            refused: None,
        };
        let answer = Answer::Devices { devices: vec![device("Ö"), device("Provhuset")] };
        let text = text(&speech, &answer, 5);
        let places: Vec<_> = text.lines().map(|line| line.split("  ").next().map(str::trim_end)).collect();
        assert_eq!(places, [Some("Clinic"), Some("Ö"), Some("Provhuset")]);
        assert!(text.contains("Ö          00000000-"), "{text}");
        assert!(text.contains("may speak"), "{text}");
        assert_eq!(super::text(&speech, &Answer::Queue { requests: vec![] }, 0), "Nothing waits.");
    }
}
