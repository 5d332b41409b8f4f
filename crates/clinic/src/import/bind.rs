//! Fits a map to the tables that are there: which table is which, which column is which.

use std::collections::BTreeMap;

use super::map::{Column, Map, TableMap};
use super::report::Role;
use super::table::{Row, Table};
use crate::problem::Problem;

/// The maps that come with the program, the most particular first.
const READY: [(&str, &str); 3] = [
    ("dental-practice-export", include_str!("../../maps/dental-practice-export.toml")),
    ("chairside", include_str!("../../maps/chairside.toml")),
    ("common", include_str!("../../maps/common.toml")),
];

/// The map of last resort: common column names, in English and Swedish.
const COMMON: &str = "common";

/// The ready maps.
///
/// # Errors
/// None that a test would let pass; the maps are checked like anyone's.
pub fn ready() -> Result<Vec<Map>, Problem> {
    READY.iter().map(|(name, text)| Map::parse(name, text)).collect()
}

/// Which table plays which role.
pub type Roles = BTreeMap<Role, usize>;

/// Fits one map; the table of visits must be there.
///
/// # Errors
/// `import-columns-missing`, naming the map, the table and the columns.
pub fn fit(map: &Map, tables: &[Table]) -> Result<Roles, Problem> {
    let mut roles = Roles::new();
    // Visits first: a lone table is theirs.
    for role in Role::ALL.into_iter().rev() {
        let Some(table_map) = map.tables.get(&role) else { continue };
        let taken: Vec<usize> = roles.values().copied().collect();
        let best = (0..tables.len())
            .filter(|at| !taken.contains(at))
            .filter(|&at| missing(role, table_map, &tables[at]).is_empty())
            .max_by_key(|&at| (named(table_map, &tables[at]), found(table_map, &tables[at]), std::cmp::Reverse(at)));
        // Other tables than that of the visits must also look like what they
        // are: an `id` alone makes no patient.
        let convincing = |at: usize| {
            role == Role::Appointments || named(table_map, &tables[at]) || found(table_map, &tables[at]) >= 2
        };
        if let Some(at) = best.filter(|&at| convincing(at)) {
            roles.insert(role, at);
        }
    }
    if roles.contains_key(&Role::Appointments) {
        return Ok(roles);
    }
    Err(columns_missing("import-columns-missing", map, tables))
}

/// The ready map whose headers fit.
///
/// # Errors
/// `import-no-map`, naming the nearest map and the columns it misses. A file
/// that is nearly one a particular map knows is not left to the common one:
/// half of it would be understood.
pub fn choose(maps: Vec<Map>, tables: &[Table]) -> Result<(Map, Roles), Problem> {
    let mut nearest: Option<(usize, Problem)> = None;
    for map in maps {
        if map.name == COMMON
            && let Some((_, problem)) = nearest.take_if(|(percent, _)| *percent >= 60)
        {
            return Err(problem);
        }
        match fit(&map, tables) {
            Ok(roles) => return Ok((map, roles)),
            Err(_) => {
                let percent = nearness(&map, tables);
                if nearest.as_ref().is_none_or(|(best, _)| percent > *best) {
                    nearest = Some((percent, columns_missing("import-no-map", &map, tables)));
                }
            }
        }
    }
    Err(nearest.map_or_else(|| Problem::new("import-no-map"), |(_, problem)| problem))
}

fn columns_missing(code: &str, map: &Map, tables: &[Table]) -> Problem {
    let problem = Problem::new(code).with("map", &map.name);
    let Some(table_map) = map.tables.get(&Role::Appointments) else {
        return problem.with("table", Role::Appointments.as_str()).with("columns", "");
    };
    let nearest = tables.iter().min_by_key(|table| {
        let misses = missing(Role::Appointments, table_map, table).len();
        (misses, !named(table_map, table), std::cmp::Reverse(found(table_map, table)))
    });
    let columns = nearest.map(|table| missing(Role::Appointments, table_map, table)).unwrap_or_default();
    problem.with("table", nearest.map_or("", |table| table.file.as_str())).with("columns", columns.join(", "))
}

/// How many of a hundred required columns the best table has.
fn nearness(map: &Map, tables: &[Table]) -> usize {
    let Some(table_map) = map.tables.get(&Role::Appointments) else { return 0 };
    let wanted = table_map.required.len().max(1);
    let misses = tables.iter().map(|table| missing(Role::Appointments, table_map, table).len()).min();
    wanted.saturating_sub(misses.unwrap_or(wanted)) * 100 / wanted
}

/// The required columns a table lacks, by the first name each goes by. A visit
/// needs a start or a date whatever the map requires.
fn missing(role: Role, map: &TableMap, table: &Table) -> Vec<String> {
    let lacks = |field: &str| match map.columns.get(field) {
        Some(column) => !column.is_always_there() && position(column, table).is_none(),
        None => true,
    };
    let name = |field: &str| {
        let column = map.columns.get(field).and_then(|column| column.names().first());
        column.map_or_else(|| field.to_owned(), Clone::clone)
    };
    let mut missing: Vec<String> = map.required.iter().filter(|field| lacks(field)).map(|field| name(field)).collect();
    let needs: &[&str] = match role {
        Role::Appointments => &["start", "date"],
        Role::Patients | Role::Practitioners | Role::Kinds => &["id", "name", "personnummer"],
    };
    if !needs.iter().any(|field| !lacks(field)) {
        let named = needs.iter().find(|field| map.columns.contains_key(**field)).unwrap_or(&needs[0]);
        let named = name(named);
        if !missing.contains(&named) {
            missing.push(named);
        }
    }
    missing
}

fn named(map: &TableMap, table: &Table) -> bool {
    map.names.as_slice().iter().any(|pattern| matches(&plain(pattern), &plain(&table.name)))
}

fn found(map: &TableMap, table: &Table) -> usize {
    map.columns.values().filter(|column| position(column, table).is_some()).count()
}

/// Names compare without case, space and the signs people put between words.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-' | '.')).flat_map(char::to_lowercase).collect()
}

/// Whether a name fits a pattern in which `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, rest)) => name.strip_prefix(head).is_some_and(|tail| {
            tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| matches(rest, &tail[at..]))
        }),
    }
}

fn position(column: &Column, table: &Table) -> Option<usize> {
    column.names().iter().find_map(|name| {
        let name = plain(name);
        table.headers.iter().position(|header| plain(header) == name)
    })
}

/// A field of one table: its column, its constant or its default.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// The column's place.
    pub at: Option<usize>,
    /// The column as the file names it; the field's own name where there is none.
    pub column: String,
    otherwise: String,
    empty: Vec<String>,
}

impl Field {
    /// Binds a field of a table; one the map doesn't know is always empty.
    pub fn bind(map: &Map, role: Role, table: &Table, field: &str) -> Self {
        let Some(column) = map.tables.get(&role).and_then(|table| table.columns.get(field)) else {
            return Self { column: field.to_owned(), ..Self::default() };
        };
        if let Some(constant) = column.constant() {
            return Self { column: field.to_owned(), otherwise: constant.to_owned(), ..Self::default() };
        }
        let at = position(column, table);
        Self {
            at,
            column: at.map_or_else(|| field.to_owned(), |at| table.headers[at].clone()),
            otherwise: column.default().unwrap_or_default().to_owned(),
            empty: map.empty.clone(),
        }
    }

    /// Whether it can ever say anything.
    pub fn is_bound(&self) -> bool {
        self.at.is_some() || !self.otherwise.is_empty()
    }

    /// What stands in a row, without surrounding space; empty where nothing does.
    pub fn of<'a>(&'a self, row: &'a Row) -> &'a str {
        let text = self.at.map_or("", |at| row.cell(at).trim());
        if text.is_empty() || self.empty.iter().any(|empty| empty == text) { &self.otherwise } else { text }
    }

    /// As [`Self::of`]; `None` where nothing stands.
    pub fn some<'a>(&'a self, row: &'a Row) -> Option<&'a str> {
        Some(self.of(row)).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_names() {
        for (pattern, name, fits) in [
            ("visits", "visits", true),
            ("visit*", "visits2024", true),
            ("*visits*", "myvisits1", true),
            ("visits", "visit", false),
            ("*a*b", "xaxb", true),
            ("*a*b", "xbxa", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn every_ready_map_is_a_map_under_its_own_name() {
        let names: Vec<String> = ready().expect("maps").into_iter().map(|map| map.name).collect();
        assert_eq!(names, READY.map(|ready| ready.0));
    }
}
