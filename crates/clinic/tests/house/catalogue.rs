//! The catalogue has a sentence for everything that can go wrong, and says the
//! same in every language.

use std::collections::{BTreeMap, BTreeSet};

use chairside_schedule::rules::Code;

use super::script::literals;

const LANGUAGES: [&str; 2] = ["en", "sv"];

/// Of each message, the variables it shows. One that only chooses between
/// forms is grammar, and a language may do without it.
type Catalogue = BTreeMap<String, BTreeSet<String>>;

fn catalogue(language: &str) -> Catalogue {
    let folder = super::root().join("crates/clinic/messages").join(language);
    let mut messages = Catalogue::new();
    for path in super::files(&folder, ".ftl") {
        let mut current = None;
        for line in super::read(&path).lines() {
            let begins = line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-');
            if let (true, Some((id, _))) = (begins, line.split_once('=')) {
                let id = id.trim().to_owned();
                assert!(!messages.contains_key(&id), "{} stands twice in {language}", id);
                messages.insert(id.clone(), BTreeSet::new());
                current = Some(id);
            }
            if line.starts_with('#') {
                continue;
            }
            if let Some(variables) = current.as_ref().and_then(|id| messages.get_mut(id)) {
                variables.extend(line.split('$').skip(1).filter_map(|rest| {
                    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
                    let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
                    (!after.trim_start().starts_with("->")).then(|| name.to_owned())
                }));
            }
        }
    }
    assert!(messages.len() > 100, "the catalogue is read");
    messages
}

#[test]
fn every_language_has_the_same_messages_with_the_same_variables() {
    let [first, rest @ ..] = LANGUAGES.map(|language| (language, catalogue(language)));
    for (language, messages) in rest {
        for (id, variables) in &first.1 {
            let there = messages.get(id).unwrap_or_else(|| panic!("{id} is in {}, not in {language}", first.0));
            assert_eq!(there, variables, "what {id} names in {language} and in {}", first.0);
        }
        for id in messages.keys() {
            assert!(first.1.contains_key(id), "{id} is in {language}, not in {}", first.0);
        }
    }
}

#[test]
fn everything_that_goes_wrong_has_its_sentence() {
    let mut codes = BTreeSet::new();
    for (path, source) in rust_sources() {
        for code in problem_codes(&path, &source) {
            let kebab = code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(kebab, "{path}: a problem's code is no sentence: {code:?}");
            codes.insert(code);
        }
    }
    assert!(codes.len() > 40, "problems are found in the sources");
    for language in LANGUAGES {
        let messages = catalogue(language);
        let missing: Vec<_> = codes
            .iter()
            // A message's own id is no problem's code.
            .filter(|code| !messages.contains_key(*code) && !messages.contains_key(&format!("error-{code}")))
            .collect();
        assert!(missing.is_empty(), "no error-… in {language} for {missing:?}");
    }
}

#[test]
fn everything_that_stands_against_a_visit_has_its_sentence() {
    for language in LANGUAGES {
        let messages = catalogue(language);
        for code in Code::ALL {
            for kind in ["error", "finding"] {
                let id = format!("{kind}-{}", code.as_str());
                assert!(messages.contains_key(&id), "no {id} in {language}");
            }
        }
    }
}

#[test]
fn what_a_problem_names_is_no_sentence() {
    for (path, source) in rust_sources() {
        for (line, text) in source.lines().enumerate() {
            let named =
                text.split(".with(\"").skip(1).filter_map(|rest| rest.split_once(", \"")).map(|(_, value)| value);
            for value in named {
                let value = value.split('"').next().unwrap_or_default();
                assert!(!value.contains(' '), "{path}:{}: {value:?} belongs into the catalogue", line + 1);
            }
        }
    }
}

#[test]
fn what_the_screens_ask_the_catalogue_for_is_there() {
    let messages = catalogue("en");
    let source = super::root().join("ui/src");
    let mut missing = Vec::new();
    for path in super::files(&source, ".ts").into_iter().chain(super::files(&source, ".svelte")) {
        if path.to_str().is_some_and(|name| name.ends_with(".test.ts")) {
            continue;
        }
        for literal in literals(&super::read(&path)) {
            let asked =
                literal.before.ends_with(" t(") || literal.before.ends_with("{t(") || literal.before.ends_with("(t(");
            // A template's id is put together where it is used.
            if asked && !literal.text.contains(' ') && !messages.contains_key(&literal.text) {
                missing.push(format!("{}:{}: {}", path.display(), literal.line, literal.text));
            }
        }
    }
    assert!(missing.is_empty(), "asked for, and in no catalogue:\n{}", missing.join("\n"));
}

/// Our own sources, tests left out.
fn rust_sources() -> Vec<(String, String)> {
    let root = super::root();
    let mut sources = Vec::new();
    for folder in ["src-tauri", "crates/clinic/src", "crates/store/src"] {
        for path in super::files(&root.join(folder), ".rs") {
            let text = super::read(&path);
            let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            sources.push((path.strip_prefix(&root).unwrap_or(&path).display().to_string(), code));
        }
    }
    sources
}

/// The codes of problems made in `source`: `Problem::new("…")`, the arms of a
/// `Problem::new(match …)`, and those of an import or an export, which go
/// through helpers.
fn problem_codes(path: &str, source: &str) -> Vec<String> {
    let quoted = |text: &str| text.split('"').nth(1).map(str::to_owned);
    let mut codes = Vec::new();
    for rest in source.split("Problem::new(").skip(1) {
        let rest = rest.trim_start();
        if rest.starts_with('"') {
            codes.extend(quoted(rest));
        } else if rest.starts_with("match ") {
            let arms = rest.split("})").next().unwrap_or_default();
            codes.extend(arms.split("=>").skip(1).filter_map(quoted));
        }
    }
    if !path.contains("src/import/") && !path.ends_with("src/export.rs") {
        return codes;
    }
    for prefix in ["\"import-", "\"export-"] {
        for rest in source.split(prefix).skip(1) {
            let code = rest.split('"').next().unwrap_or_default();
            // An id that is put together is of the report, not of a problem.
            if code.contains('{') {
                continue;
            }
            codes.push(format!("{}{code}", &prefix[1..]));
        }
    }
    codes
}
