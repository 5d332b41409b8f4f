//! The checkers share no code with what they watch: they may name the standard
//! library and each other, nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const PRIMITIVES: [&str; 10] = ["bool", "char", "f64", "i32", "i64", "str", "u128", "u32", "u64", "usize"];

/// The lower-case names that paths in `source` begin with.
fn roots(source: &str) -> BTreeSet<String> {
    let code: Vec<&str> = source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let word_before = |at: usize| &code[code[..at].rfind(|letter| !is_word(letter)).map_or(0, |end| end + 1)..at];
    let paths = code.match_indices("::").filter_map(|(at, _)| {
        let word = word_before(at);
        let goes_on = code[..at - word.len()].strip_suffix("::");
        let is_root = goes_on.is_none_or(|before| !before.ends_with(|letter| is_word(letter) || letter == '>'));
        is_root.then_some(word)
    });
    let whole = code.match_indices("use ").filter_map(|(at, used)| {
        let after = &code[at + used.len()..];
        after.find(|letter| !is_word(letter)).map(|end| &after[..end])
    });
    let is_lower = |word: &&str| word.starts_with(|letter: char| letter.is_lowercase() || letter == '_');
    paths.chain(whole).filter(is_lower).map(str::to_owned).collect()
}

#[test]
fn checkers_name_nothing_but_each_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check");
    let files: Vec<_> = fs::read_dir(&folder).expect("the checkers").map(|file| file.expect("a file").path()).collect();
    assert!(files.len() >= 3, "only {} checkers", files.len());
    let name = |file: &Path| file.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
    let each_other: BTreeSet<_> = files.iter().map(|file| name(file)).collect();
    for file in &files {
        let source = fs::read_to_string(file).expect("a checker's source");
        assert!(!source.contains("extern crate") && !source.contains("include!"), "{file:?} takes code from elsewhere");
        assert!(!source.contains("super::super"), "{file:?} reaches out of its folder");
        for root in roots(&source) {
            // Above the first of them stands the simulator itself.
            let is_above = root == "super" && name(file) != "mod";
            let is_own = root == "std" || root == "self" || is_above || each_other.contains(&root);
            assert!(is_own || PRIMITIVES.contains(&root.as_str()), "{file:?} names `{root}`");
        }
    }
}

#[test]
fn a_name_from_elsewhere_is_seen() {
    let check = |source: &str, root: &str| assert!(roots(source).contains(root), "{source}");
    check("use chairside_sync::Hash;", "chairside_sync");
    check("pub use crate::desk;", "crate");
    check("fn of(row: &crate::desk::Row) {}", "crate");
    check("let _: ::blake3::Hash;", "blake3");
    check("use chairside_sync as watched;", "chairside_sync");
    check("let now = chairside_schedule::time::now();", "chairside_schedule");
    assert!(roots("// use chairside_sync::Hash;\nuse std::fmt;").iter().eq(["std"]));
}
