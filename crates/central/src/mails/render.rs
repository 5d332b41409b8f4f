//! A letter as text and as HTML. The HTML says all that the text says, brings
//! no picture or style from anywhere, and reads well where styles are dropped.

use std::fmt::Write as _;

use chairside_sync::mails::Outcome;

use super::letter::{Letter, Offer};
use super::words::Words;

/// A mail's words, ready to be put in an envelope.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// Plain text, lines ended by `\n`.
    pub text: String,
    /// A whole HTML document.
    pub html: String,
}

/// Writes a letter in one language.
pub fn render(letter: &Letter, words: &Words) -> Rendered {
    let when = words.moment(letter.starts);
    let named = [("clinic", letter.clinic.as_str()), ("when", when.as_str())];
    let of_outcome = |part: &str| words.format(&format!("mail-{}-{part}", letter.outcome.as_str()), &named);
    let page = Page {
        title: of_outcome("title"),
        sentences: sentences(letter, words, of_outcome("lead")),
        facts: facts(letter, words, &when),
        offers: letter.alternatives.iter().map(|offer| (offer_line(offer, words), offer.link.clone())).collect(),
        link: letter.link.clone(),
    };
    // A line break in a name would end the header.
    let subject = of_outcome("subject").replace(['\r', '\n'], " ");
    Rendered { subject, text: page.text(words), html: page.html(words) }
}

fn sentences(letter: &Letter, words: &Words, lead: String) -> Vec<String> {
    let mut sentences = vec![lead];
    sentences.extend(letter.code.as_ref().map(|code| words.format("mail-verify-code", &[("code", code)])));
    if let Some(reason) = letter.reason {
        sentences.push(words.text(&format!("mail-reason-{}", reason.as_str())));
    }
    if letter.outcome == Outcome::Held {
        let since = letter.away_since.map(|since| words.moment(since));
        sentences.extend(since.map(|since| words.format("mail-held-since", &[("since", &since)])));
        let opens = letter.opens.map(|opens| words.moment(opens));
        sentences.extend(opens.map(|opens| words.format("mail-held-opens", &[("opens", &opens)])));
    }
    sentences
}

fn facts(letter: &Letter, words: &Words, when: &str) -> Vec<(String, String)> {
    let mut facts = vec![
        (words.text("mail-label-when"), when.to_owned()),
        (words.text("mail-label-clinic"), letter.clinic.clone()),
    ];
    facts.extend(letter.practitioner.clone().map(|name| (words.text("mail-label-with"), name)));
    facts.extend(letter.kind.clone().map(|name| (words.text("mail-label-kind"), name)));
    facts
}

fn offer_line(offer: &Offer, words: &Words) -> String {
    let when = words.moment(offer.starts);
    match &offer.practitioner {
        Some(name) => words.format("mail-alternative-with", &[("when", &when), ("name", name)]),
        None => when,
    }
}

/// What both forms are made of.
struct Page {
    title: String,
    sentences: Vec<String>,
    facts: Vec<(String, String)>,
    offers: Vec<(String, String)>,
    link: String,
}

impl Page {
    fn text(&self, words: &Words) -> String {
        let mut text = format!("{}\n\n{}\n\n", self.title, self.sentences.join("\n"));
        for (label, value) in &self.facts {
            push(&mut text, format_args!("{label}: {value}\n"));
        }
        if !self.offers.is_empty() {
            push(&mut text, format_args!("\n{}\n", words.text("mail-alternatives")));
        }
        for (line, link) in &self.offers {
            push(&mut text, format_args!("- {line}\n  {link}\n"));
        }
        push(&mut text, format_args!("\n{}\n{}\n\n", words.text("mail-see-booking"), self.link));
        push(&mut text, format_args!("{}\n", words.text("mail-footer")));
        text
    }

    fn html(&self, words: &Words) -> String {
        let title = escape(&self.title);
        let mut html = format!(
            "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\n\
             <body style=\"{BODY}\">\n<h1 style=\"{HEADING}\">{title}</h1>\n",
            words.language().tag(),
        );
        for sentence in &self.sentences {
            push(&mut html, format_args!("<p>{}</p>\n", escape(sentence)));
        }
        html.push_str("<dl>\n");
        for (label, value) in &self.facts {
            push(&mut html, format_args!("<dt style=\"{LABEL}\">{}</dt><dd>{}</dd>\n", escape(label), escape(value)));
        }
        html.push_str("</dl>\n");
        if !self.offers.is_empty() {
            push(&mut html, format_args!("<p>{}</p>\n<ul>\n", escape(&words.text("mail-alternatives"))));
            for (line, link) in &self.offers {
                push(&mut html, format_args!("<li><a href=\"{}\">{}</a></li>\n", escape(link), escape(line)));
            }
            html.push_str("</ul>\n");
        }
        let see = escape(&words.text("mail-see-booking"));
        push(&mut html, format_args!("<p><a href=\"{}\">{see}</a></p>\n", escape(&self.link)));
        push(&mut html, format_args!("<p>{}</p>\n</body>\n</html>\n", escape(&words.text("mail-footer"))));
        html
    }
}

/// Dark on light, with room around it, as wide as reads well.
const BODY: &str = "margin:24px auto;max-width:36em;padding:0 16px;font-family:sans-serif;font-size:16px;\
                    line-height:1.5;color:#1c2321;background:#ffffff";
const HEADING: &str = "font-size:22px;line-height:1.3;margin:0 0 16px";
const LABEL: &str = "font-weight:bold";

fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a string takes everything");
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
