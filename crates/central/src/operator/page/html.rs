//! Pieces of HTML. Whatever isn't written here goes through [`text`].

use crate::mails::words::Language;
use crate::operator::speech::Speech;

/// Text that is shown as it is, whatever stands in it.
pub fn text(raw: &str) -> String {
    let mut safe = String::with_capacity(raw.len());
    for letter in raw.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

/// A cell: what stands in it, as HTML, and how it is set.
pub struct Cell {
    html: String,
    class: &'static str,
}

impl Cell {
    /// Plain text.
    pub fn text(raw: &str) -> Self {
        Self { html: text(raw), class: "" }
    }

    /// A number or an age, set to the right; nothing where it is nought.
    pub fn number(raw: &str) -> Self {
        Self { html: text(raw), class: "number" }
    }

    /// An id, small.
    pub fn id(id: uuid::Uuid) -> Self {
        Self { html: text(&id.to_string()), class: "id" }
    }

    /// HTML that was made here.
    pub const fn html(html: String) -> Self {
        Self { html, class: "" }
    }

    /// Set as the row's name.
    #[must_use]
    pub fn name(self) -> Self {
        Self { class: "name", ..self }
    }
}

/// A moment as an age; the moment itself to whoever points at it.
pub fn age(speech: &Speech, at_ms: i64, now_ms: i64) -> String {
    let moment = speech.moment(at_ms);
    let machine = chrono::DateTime::from_timestamp_millis(at_ms).unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ");
    format!("<time datetime=\"{machine}\" title=\"{}\">{}</time>", text(&moment), text(&speech.age(at_ms, now_ms)))
}

/// A table: on a narrow screen each row becomes a card, where every cell says its head.
pub fn table(speech: &Speech, label: &str, heads: &[&str], rows: &[Vec<Cell>]) -> String {
    let heads: Vec<String> = heads.iter().map(|head| text(&speech.text(head))).collect();
    let numeric =
        |column: usize| rows.first().and_then(|row| row.get(column)).is_some_and(|cell| cell.class == "number");
    let mut html = format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{label}\">\
         <table role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">",
        label = text(label)
    );
    for (column, head) in heads.iter().enumerate() {
        let class = if numeric(column) { " class=\"number\"" } else { "" };
        html.push_str(&format!("<th role=\"columnheader\" scope=\"col\"{class}>{head}</th>"));
    }
    html.push_str("</tr></thead><tbody role=\"rowgroup\">");
    for row in rows {
        html.push_str("<tr role=\"row\">");
        for (cell, head) in row.iter().zip(&heads) {
            let empty = if cell.html.is_empty() { " empty" } else { "" };
            html.push_str(&format!(
                "<td role=\"cell\" class=\"{}{empty}\" data-head=\"{head}\">{}</td>",
                cell.class, cell.html
            ));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
    html
}

/// What is said where there is nothing to show: what is so, and what comes next.
pub fn empty(said: &str, next: &str) -> String {
    format!("<div class=\"empty\"><p><strong>{}</strong></p><p>{}</p></div>", text(said), text(next))
}

/// A drawing in a line of text; it says nothing that the word beside it doesn't.
pub fn icon(paths: &str) -> String {
    format!(
        "<svg class=\"icon\" viewBox=\"0 0 16 16\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" \
         stroke-width=\"1.6\" stroke-linecap=\"round\" stroke-linejoin=\"round\"><path d=\"{paths}\"/></svg>"
    )
}

/// The whole page around `body`.
pub fn document(speech: &Speech, body: &str, moment: &str, anew_s: Option<u32>) -> String {
    let say = |id: &str| text(&speech.text(id));
    let (here, there) = match speech.language() {
        Language::En => ("en", "sv"),
        Language::Sv => ("sv", "en"),
    };
    let refresh =
        anew_s.map_or_else(String::new, |anew_s| format!("<meta http-equiv=\"refresh\" content=\"{anew_s}\">"));
    let (anew, anew_word) = match anew_s {
        Some(_) => ("", say("page-anew-stop")),
        None => ("&amp;anew=1", say("page-anew")),
    };
    let keep = if anew_s.is_some() { "&amp;anew=1" } else { "" };
    let title = say("page-title");
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "<!doctype html><html lang=\"{here}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">{refresh}<title>{title}</title>\
         <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/operator.css\"></head><body>\
         <a class=\"skip\" href=\"#main\">{skip}</a>\
         <header><h1>{title}</h1><p class=\"when\">{when}</p>\
         <nav aria-label=\"{about}\"><a href=\"/operator?language={here}{keep}\">{now}</a>\
         <a href=\"/operator?language={here}{anew}\">{anew_word}</a>\
         <a lang=\"{there}\" href=\"/operator?language={there}{keep}\">{other}</a></nav></header>\
         <main id=\"main\">{body}</main></body></html>",
        skip = say("page-skip"),
        when = text(&speech.say("page-when", &[("moment", moment), ("version", version)])),
        about = say("page-about"),
        now = say("page-now"),
        other = say("page-other-language"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clinic_with_a_wicked_name_stays_text() {
        let wicked = "<script>alert('&\"')</script>";
        assert_eq!(text(wicked), "&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;");
        let speech = Speech::new(Language::En);
        let html = table(&speech, wicked, &["column-clinic"], &[vec![Cell::text(wicked)]]);
        assert!(!html.contains("<script"), "{html}");
    }
}
