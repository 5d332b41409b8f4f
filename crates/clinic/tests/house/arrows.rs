//! Which crate may know which.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

/// What each crate of the workspace may depend on, of the workspace.
const ARROWS: [(&str, &[&str]); 8] = [
    ("chairside", &["chairside-clinic"]),
    ("chairside-central", &["chairside-mqtt", "chairside-sync", "chairside-schedule"]),
    ("chairside-clinic", &["chairside-store", "chairside-mqtt", "chairside-sync", "chairside-schedule"]),
    ("chairside-store", &["chairside-sync", "chairside-schedule"]),
    ("chairside-mqtt", &[]),
    ("chairside-simulator", &["chairside-sync", "chairside-schedule"]),
    ("chairside-sync", &["chairside-schedule"]),
    ("chairside-schedule", &[]),
];

/// What tests alone may depend on besides: the real other side.
const IN_TESTS: [(&str, &str); 3] = [
    ("chairside-central", "chairside-store"),
    ("chairside-central", "chairside-clinic"),
    // What patients seal.
    ("chairside", "chairside-sync"),
];

/// Crates without input or output: neither these nor anything below them.
const PURE: [&str; 2] = ["chairside-schedule", "chairside-sync"];
const NOT_PURE: [&str; 8] = ["tokio", "sqlx", "tauri", "axum", "reqwest", "rumqttc", "rand", "getrandom"];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(super::root().join("Cargo.toml"))
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .expect("cargo tells of the workspace")
}

#[test]
fn arrows_between_crates_go_one_way() {
    let metadata = metadata();
    let allowed: BTreeMap<_, BTreeSet<_>> =
        ARROWS.iter().map(|(from, to)| (*from, to.iter().copied().collect())).collect();
    let members: BTreeSet<_> = metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let may = allowed.get(name).unwrap_or_else(|| panic!("{name} is new: give it its place in ARROWS"));
        for dependency in &package.dependencies {
            let to = dependency.name.as_str();
            let in_tests = dependency.kind == DependencyKind::Development && IN_TESTS.contains(&(name, to));
            // A crate that depends on itself in tests asks for its own features.
            let itself = dependency.kind == DependencyKind::Development && to == name;
            if members.contains(to) && !in_tests && !itself {
                assert!(may.contains(to), "{name} must not depend on {to}");
            }
        }
    }
}

#[test]
fn only_the_application_knows_tauri() {
    for package in metadata().workspace_packages() {
        let knows = package.dependencies.iter().any(|dependency| dependency.name.starts_with("tauri"));
        assert_eq!(knows, package.name.as_str() == "chairside", "{}", package.name);
    }
}

#[test]
fn pure_crates_stay_pure_all_the_way_down() {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().expect("dependencies are resolved");
    let names: BTreeMap<&PackageId, &str> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let below: BTreeMap<&PackageId, Vec<&PackageId>> = resolve
        .nodes
        .iter()
        .map(|node| {
            let normal =
                node.deps.iter().filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
            (&node.id, normal.map(|dep| &dep.pkg).collect())
        })
        .collect();
    for pure in PURE {
        let start = metadata.packages.iter().find(|package| package.name.as_str() == pure).expect("a crate of ours");
        let (mut seen, mut next) = (BTreeSet::new(), vec![&start.id]);
        while let Some(id) = next.pop() {
            if seen.insert(id) {
                // An id is drawn by whoever calls; `uuid` may bring a source of randomness that nobody here asks.
                next.extend(below[id].iter().filter(|_| names[id] != "uuid"));
            }
        }
        let impure: Vec<_> = seen.iter().map(|id| names[*id]).filter(|name| NOT_PURE.contains(name)).collect();
        assert!(impure.is_empty(), "{pure} depends on {impure:?}");
    }
}
