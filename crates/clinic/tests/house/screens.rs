//! No sentence stands in the screens themselves: every one comes from the
//! catalogue, so that it exists in every language.

use std::path::Path;

use super::script::literals;

/// Attributes that people read or hear.
const SPOKEN: [&str; 12] = [
    "alt",
    "aria-description",
    "aria-label",
    "aria-placeholder",
    "aria-roledescription",
    "aria-valuetext",
    "hint",
    "label",
    "note",
    "placeholder",
    "prefix",
    "title",
];

/// A name is the same in every language.
const NAMES: [&str; 1] = ["Chairside"];

#[test]
fn no_sentence_stands_in_the_screens() {
    let source = super::root().join("ui/src");
    let mut found = Vec::new();
    for path in super::files(&source, ".svelte") {
        found.extend(in_component(&super::read(&path)).into_iter().map(|(line, text)| place(&path, line, &text)));
    }
    let scripts: Vec<_> = super::files(&source, ".ts")
        .into_iter()
        .filter(|path| !path.to_str().is_some_and(|name| name.ends_with(".test.ts") || name.ends_with("api/types.ts")))
        .collect();
    let everything: String =
        super::files(&source, ".svelte").iter().chain(&scripts).map(|path| super::read(path)).collect();
    for path in scripts {
        // What only tests import is data for tests.
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let used = stem == "main" || stem == "index" || everything.contains(&format!("/{stem}'"));
        if !used {
            continue;
        }
        found.extend(in_script(&super::read(&path)).into_iter().map(|(line, text)| place(&path, line, &text)));
    }
    assert!(found.is_empty(), "these belong into crates/clinic/messages, in both languages:\n{}", found.join("\n"));
}

fn place(path: &Path, line: usize, text: &str) -> String {
    format!("{}:{line}: {text}", path.strip_prefix(super::root()).unwrap_or(path).display())
}

/// Sentences among a script's literals: several words, and a capital letter first.
fn in_script(source: &str) -> Vec<(usize, String)> {
    literals(source)
        .into_iter()
        // What only a developer reads, in a browser's console or a crash.
        .filter(|literal| !literal.before.contains("console.") && !literal.before.contains("Error("))
        .filter(|literal| {
            let text = literal.text.trim();
            text.contains(' ') && text.chars().next().is_some_and(char::is_uppercase) && has_word(text)
        })
        .map(|literal| (literal.line, literal.text))
        .collect()
}

/// Words in a component's markup, and sentences in its scripts and expressions.
fn in_component(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let markup = without(source, "<script", "</script>", Some(&mut found));
    let markup = without(&markup, "<style", "</style>", None);
    let markup = without(&markup, "<!--", "-->", None);
    Markup { chars: markup.chars().collect(), at: 0, line: 1, found }.read()
}

/// `source` with everything from `open` to `close` blanked, lines kept.
/// What was blanked is read as script if `scripts` wants it.
fn without(source: &str, open: &str, close: &str, mut scripts: Option<&mut Vec<(usize, String)>>) -> String {
    let (mut kept, mut rest) = (String::new(), source);
    while let Some(start) = rest.find(open) {
        let end = rest[start..].find(close).map_or(rest.len(), |end| start + end + close.len());
        kept.push_str(&rest[..start]);
        if let Some(found) = scripts.as_deref_mut() {
            let before = kept.matches('\n').count();
            // The tag's own attributes are not script.
            let body = start + rest[start..end].find('>').map_or(0, |at| at + 1);
            let skipped = rest[start..body].matches('\n').count();
            found.extend(in_script(&rest[body..end]).into_iter().map(|(line, text)| (before + skipped + line, text)));
        }
        kept.extend(rest[start..end].chars().filter(|c| *c == '\n'));
        rest = &rest[end..];
    }
    kept + rest
}

/// Markup without scripts, styles and comments.
struct Markup {
    chars: Vec<char>,
    at: usize,
    line: usize,
    found: Vec<(usize, String)>,
}

impl Markup {
    fn read(mut self) -> Vec<(usize, String)> {
        while self.at < self.chars.len() {
            match self.chars[self.at] {
                '<' if self.chars.get(self.at + 1).is_some_and(|next| next.is_alphabetic() || *next == '/') => {
                    self.tag();
                }
                '{' => self.expression(),
                _ => self.text(),
            }
        }
        self.found
    }

    fn next(&mut self) -> char {
        let here = self.chars[self.at];
        self.at += 1;
        if here == '\n' {
            self.line += 1;
        }
        here
    }

    fn text(&mut self) {
        let (line, mut text) = (self.line, String::new());
        while self.at < self.chars.len() && !matches!(self.chars[self.at], '<' | '{') {
            text.push(self.next());
        }
        // A lone `<` is text too, and has to be passed.
        if text.is_empty() && self.at < self.chars.len() {
            self.next();
        }
        self.keep_words(line, &text);
    }

    /// From `{` to its `}`: an expression, whose own literals are read as script.
    fn expression(&mut self) {
        let (line, start, mut depth) = (self.line, self.at, 0);
        let mut quote = None;
        while self.at < self.chars.len() {
            let here = self.next();
            match (here, quote) {
                ('\\', Some(_)) if self.at < self.chars.len() => {
                    self.next();
                }
                (c, Some(open)) if c == open => quote = None,
                ('\'' | '"' | '`', None) => quote = Some(here),
                ('{', None | Some('`')) => depth += 1,
                ('}', None | Some('`')) => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        let source: String = self.chars[start..self.at].iter().collect();
        self.found.extend(in_script(&source).into_iter().map(|(at, text)| (line + at - 1, text)));
    }

    fn tag(&mut self) {
        let mut name = String::new();
        self.next();
        while self.at < self.chars.len() && self.chars[self.at] != '>' {
            match self.chars[self.at] {
                '{' => self.expression(),
                quote @ ('"' | '\'') => self.value(quote, name.trim_end_matches('=')),
                c if c.is_whitespace() => {
                    name.clear();
                    self.next();
                }
                _ => name.push(self.next()),
            }
        }
        if self.at < self.chars.len() {
            self.next();
        }
    }

    fn value(&mut self, quote: char, name: &str) {
        let (line, mut text) = (self.line, String::new());
        self.next();
        while self.at < self.chars.len() && self.chars[self.at] != quote {
            if self.chars[self.at] == '{' {
                self.expression();
            } else {
                text.push(self.next());
            }
        }
        if self.at < self.chars.len() {
            self.next();
        }
        if SPOKEN.contains(&name) {
            self.keep_words(line, &text);
        }
    }

    fn keep_words(&mut self, line: usize, text: &str) {
        let text = text.trim();
        if has_word(&text.replace("&nbsp;", " ")) && !NAMES.contains(&text) {
            self.found.push((line, text.to_owned()));
        }
    }
}

/// Two letters in a row are a word somebody would have to translate.
fn has_word(text: &str) -> bool {
    text.chars().zip(text.chars().skip(1)).any(|(a, b)| a.is_alphabetic() && b.is_alphabetic())
}

#[test]
fn words_are_found_where_people_would_read_them() {
    let check = |source: &str, wanted: &[&str]| {
        let found: Vec<_> = in_component(source).into_iter().map(|(_, text)| text).collect();
        assert_eq!(found, wanted, "{source}");
    };
    check("<p>Book a visit</p>", &["Book a visit"]);
    check("<p>{t('book')}</p>", &[]);
    check("<p>{count} visits</p>", &["visits"]);
    check("<button aria-label=\"Close\">×</button>", &["Close"]);
    check("<button aria-label={t('close')} class=\"small quiet\">×</button>", &[]);
    check("<input {...wiring} placeholder='Find'>", &["Find"]);
    check("{#if a > b}<b>–</b>{:else}<i>None</i>{/if}", &["None"]);
    check("<p title={open ? 'Close the panel' : ''}></p>", &["Close the panel"]);
    check(
        "<script lang=\"ts\">\nconst a = 'The day is full';\nconst b = 'flex-start';\n</script>\n",
        &["The day is full"],
    );
    check("<!-- A comment in words -->\n<style>\n.a { color: red }\n</style>", &[]);
    check("<p class:late={late !== ''} onclick={() => (a = `${b} c`)}></p>", &[]);
    check("<h1>Chairside</h1>", &[]);
    assert_eq!(in_component("<p>\n</p>\n<b>Two words</b>")[0].0, 3, "lines are counted");
}
