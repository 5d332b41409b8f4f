//! The map: which column of another system is what here, and what its words
//! mean. A TOML file; `docs/IMPORT.md` is its handbook.

use std::collections::BTreeMap;

use chairside_schedule::appointment::{CancelledBy, Source, Status};
use chairside_schedule::kind::KindColour;
use chairside_schedule::patient::Gender;
use chrono_tz::Tz;
use serde::Deserialize;

use super::report::Role;
use super::value::{DATES, Format, TIMES};
use crate::problem::Problem;

/// A map, read and checked.
#[derive(Debug)]
pub struct Map {
    /// Its name. Goes into the ids made under it, so renaming a map makes
    /// another source of it.
    pub name: String,
    /// The zone the other system's clocks showed.
    pub zone: Option<Tz>,
    /// Ids in the files that are UUIDs are taken as they are.
    pub keep_ids: bool,
    /// Cells that mean nothing was there.
    pub empty: Vec<String>,
    /// How dates are written, with or without a time.
    pub dates: Vec<Format>,
    /// How times of day are written.
    pub times: Vec<Format>,
    /// The tables it knows of.
    pub tables: BTreeMap<Role, TableMap>,
    /// What words mean.
    pub words: Words,
}

/// How one table is found and read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableMap {
    /// Names of the file (without its ending) or of the database's table; `*` stands for anything.
    #[serde(default)]
    pub names: OneOrMany,
    /// Fields without which the map doesn't fit.
    #[serde(default)]
    pub required: Vec<String>,
    /// What to call somebody whose row has no name; `{id}` and `{role}` are filled in.
    pub unnamed: Option<String>,
    /// Field → column.
    #[serde(default)]
    pub columns: BTreeMap<String, Column>,
}

/// One or several.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// None.
    #[default]
    None,
    /// One.
    One(String),
    /// Several, the first that is there counts.
    Many(Vec<String>),
}

impl OneOrMany {
    /// As a slice.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// Where a field comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Column {
    /// From the first of these columns that is there.
    From(OneOrManyNames),
    /// With more said about it.
    Full(FullColumn),
}

/// As [`OneOrMany`], never none.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrManyNames {
    /// One column.
    One(String),
    /// One column under several names.
    Many(Vec<String>),
}

/// A column with a default, or a constant instead of one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullColumn {
    /// The columns, as in the short form.
    #[serde(default)]
    pub from: OneOrMany,
    /// What counts where the column is missing or its cell empty.
    pub default: Option<String>,
    /// What counts in every row, whatever the file says.
    pub constant: Option<String>,
}

impl Column {
    /// The names the column may have.
    pub fn names(&self) -> &[String] {
        match self {
            Self::From(OneOrManyNames::One(one)) => std::slice::from_ref(one),
            Self::From(OneOrManyNames::Many(many)) => many,
            Self::Full(full) => full.from.as_slice(),
        }
    }

    /// What counts where nothing stands.
    pub fn default(&self) -> Option<&str> {
        if let Self::Full(full) = self { full.default.as_deref() } else { None }
    }

    /// What counts in every row.
    pub fn constant(&self) -> Option<&str> {
        if let Self::Full(full) = self { full.constant.as_deref() } else { None }
    }

    /// Whether the field is there even without any of its columns.
    pub fn is_always_there(&self) -> bool {
        self.default().is_some() || self.constant().is_some()
    }
}

/// The other system's words, in lower case, and what they mean here. `"*"`
/// stands for every word not named, `""` for an empty cell.
#[derive(Debug, Default)]
pub struct Words {
    /// How a visit stands.
    pub status: BTreeMap<String, StatusWord>,
    /// What a visit is for.
    pub kind: BTreeMap<String, KindWord>,
    /// How a booking came in.
    pub source: BTreeMap<String, Source>,
    /// Why a visit was called off.
    pub reason: BTreeMap<String, ReasonWord>,
    /// Genders.
    pub gender: BTreeMap<String, Gender>,
    /// What somebody who treats is.
    pub role: BTreeMap<String, String>,
    /// Whether a patient still comes, whether a practitioner still works here.
    pub active: BTreeMap<String, bool>,
}

/// What a status word means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatusWord {
    /// Ours.
    pub status: Status,
    /// Why it was called off, where the word says so and the row doesn't.
    pub reason: Option<String>,
    /// Whose wish it was, likewise.
    pub by: Option<CancelledBy>,
    /// Whether the patient has said yes.
    pub confirmed: bool,
}

/// What a word for a kind of visit means.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindWord {
    /// As the clinic will call it; the word itself where absent.
    pub name: Option<String>,
    /// How long it usually takes; what its visits mostly take where absent.
    pub minutes: Option<u32>,
    /// Its colour.
    pub colour: Option<KindColour>,
    /// Whether patients may ask for it online.
    #[serde(default)]
    pub online: bool,
    /// Whether it may take time kept free for emergencies.
    #[serde(default)]
    pub emergency: bool,
}

/// What a reason means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReasonWord {
    /// As people say it.
    pub reason: String,
    /// Whose wish it was.
    pub by: Option<CancelledBy>,
}

/// The fields each table can have.
pub fn fields(role: Role) -> &'static [&'static str] {
    match role {
        Role::Practitioners => &["id", "name", "given", "family", "role", "room", "from", "until", "active", "online"],
        Role::Kinds => &["id", "name", "minutes", "colour", "online", "emergency", "active"],
        Role::Patients => &[
            "id",
            "external_id",
            "name",
            "given",
            "family",
            "personnummer",
            "birth",
            "phone",
            "email",
            "gender",
            "alert",
            "note",
            "protected",
            "guardian",
            "active",
            "created",
        ],
        Role::Appointments => &[
            "id",
            "external_id",
            "start",
            "date",
            "time",
            "end",
            "minutes",
            "seconds",
            "practitioner",
            "practitioner_name",
            "patient",
            "patient_name",
            "patient_given",
            "patient_family",
            "personnummer",
            "birth",
            "phone",
            "email",
            "kind",
            "status",
            "source",
            "reason",
            "cancelled_by",
            "confirmed",
            "overbooked",
            "note",
            "chair",
            "created",
            "arrived",
            "seated",
            "done",
            "left",
            "follows",
        ],
    }
}

// ---- the file ---------------------------------------------------------------

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    zone: Option<String>,
    #[serde(default)]
    keep_ids: bool,
    empty: Option<Vec<String>>,
    #[serde(default)]
    formats: Formats,
    practitioners: Option<TableMap>,
    kinds: Option<TableMap>,
    patients: Option<TableMap>,
    appointments: Option<TableMap>,
    #[serde(default)]
    words: WordsFile,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Formats {
    dates: Option<Vec<String>>,
    times: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WordsFile {
    status: BTreeMap<String, StatusFile>,
    kind: BTreeMap<String, KindFile>,
    source: BTreeMap<String, Source>,
    reason: BTreeMap<String, ReasonFile>,
    gender: BTreeMap<String, Gender>,
    role: BTreeMap<String, String>,
    active: BTreeMap<String, bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StatusFile {
    Word(Status),
    Full {
        status: Status,
        reason: Option<String>,
        by: Option<CancelledBy>,
        #[serde(default)]
        confirmed: bool,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum KindFile {
    Name(String),
    Full(KindWord),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ReasonFile {
    Text(String),
    Full { reason: String, by: Option<CancelledBy> },
}

/// What exports write where nothing was.
const EMPTY: [&str; 3] = ["NULL", "\\N", "NaN"];

impl Map {
    /// Reads a map. `file` is its name as a person would say it.
    ///
    /// # Errors
    /// `import-map-unreadable` (the detail says where), `import-map-zone`,
    /// `import-map-format`, `import-map-field`.
    pub fn parse(file: &str, text: &str) -> Result<Self, Problem> {
        let problem = |code: &str| Problem::new(code).with("file", file);
        let read: File = toml::from_str(text)
            .map_err(|error| problem("import-map-unreadable").with("detail", error.to_string().trim_end()))?;
        let zone = match read.zone {
            Some(name) => Some(name.parse::<Tz>().map_err(|_| problem("import-map-zone").with("zone", name))?),
            None => None,
        };
        let compile = |texts: Option<Vec<String>>, otherwise: &[&str]| {
            let texts = texts.unwrap_or_else(|| otherwise.iter().map(|&text| text.to_owned()).collect());
            texts
                .iter()
                .map(|text| Format::compile(text).ok_or_else(|| problem("import-map-format").with("format", text)))
                .collect::<Result<Vec<_>, _>>()
        };
        let mut tables = BTreeMap::new();
        let given = [
            (Role::Practitioners, read.practitioners),
            (Role::Kinds, read.kinds),
            (Role::Patients, read.patients),
            (Role::Appointments, read.appointments),
        ];
        for (role, table) in given {
            let Some(table) = table else { continue };
            if let Some(field) =
                table.columns.keys().chain(&table.required).find(|f| !fields(role).contains(&f.as_str()))
            {
                return Err(problem("import-map-field").with("table", role.as_str()).with("field", field));
            }
            tables.insert(role, table);
        }
        Ok(Self {
            name: read.name,
            zone,
            keep_ids: read.keep_ids,
            empty: read.empty.unwrap_or_else(|| EMPTY.map(str::to_owned).to_vec()),
            dates: compile(read.formats.dates, DATES)?,
            times: compile(read.formats.times, TIMES)?,
            tables,
            words: read.words.into(),
        })
    }
}

impl From<WordsFile> for Words {
    fn from(file: WordsFile) -> Self {
        Self {
            status: lower(file.status, |word| match word {
                StatusFile::Word(status) => StatusWord { status, reason: None, by: None, confirmed: false },
                StatusFile::Full { status, reason, by, confirmed } => StatusWord { status, reason, by, confirmed },
            }),
            kind: lower(file.kind, |word| match word {
                KindFile::Name(name) => KindWord { name: Some(name), ..KindWord::default() },
                KindFile::Full(word) => word,
            }),
            reason: lower(file.reason, |word| match word {
                ReasonFile::Text(reason) => ReasonWord { reason, by: None },
                ReasonFile::Full { reason, by } => ReasonWord { reason, by },
            }),
            source: lower(file.source, |word| word),
            gender: lower(file.gender, |word| word),
            role: lower(file.role, |word| word),
            active: lower(file.active, |word| word),
        }
    }
}

fn lower<A, B>(words: BTreeMap<String, A>, meaning: impl Fn(A) -> B) -> BTreeMap<String, B> {
    words.into_iter().map(|(word, means)| (word.trim().to_lowercase(), meaning(means))).collect()
}

/// What a word means: as the map says, word for word or by `"*"`.
pub fn meaning<'m, T>(words: &'m BTreeMap<String, T>, word: &str) -> Option<&'m T> {
    if words.is_empty() {
        return None;
    }
    // Almost every word of a machine's export is in lower case already.
    words.get(word).or_else(|| words.get(&word.to_lowercase())).or_else(|| words.get("*").filter(|_| !word.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Map::parse("my.toml", text).expect_err(text).code
    }

    #[test]
    fn a_map_that_means_nothing_is_refused_with_a_reason() {
        assert_eq!(code("name = 1"), "import-map-unreadable");
        assert_eq!(code("name = \"x\"\nsurprise = 1"), "import-map-unreadable");
        assert_eq!(code("name = \"x\"\nzone = \"Europe/Göteborg\""), "import-map-zone");
        assert_eq!(code("name = \"x\"\n[formats]\ndates = [\"%Q\"]"), "import-map-format");
        assert_eq!(code("name = \"x\"\n[patients.columns]\nshoe = \"Shoe\""), "import-map-field");
        assert_eq!(code("name = \"x\"\n[words.status]\ndone = \"finished\""), "import-map-unreadable");
    }

    #[test]
    fn every_form_of_a_column_and_a_word_is_read() {
        let text = r#"
            name = "x"
            zone = "Europe/Helsinki"
            [appointments]
            names = "bok*"
            [appointments.columns]
            start = "Datum"
            patient = ["Pnr", "Patient"]
            source = { constant = "phone" }
            status = { from = "Status", default = "ny" }
            [words.status]
            Klar = "fulfilled"
            Flyttad = { status = "cancelled", reason = "Flyttad", by = "patient" }
            "*" = "booked"
            [words.kind]
            und = "Undersökning"
        "#;
        let map = Map::parse("my.toml", text).expect("a map");
        let columns = &map.tables[&Role::Appointments].columns;
        assert_eq!(columns["patient"].names(), ["Pnr", "Patient"]);
        assert_eq!(columns["source"].constant(), Some("phone"));
        assert_eq!(columns["status"].default(), Some("ny"));
        let status = |word| meaning(&map.words.status, word).map(|word| word.status);
        assert_eq!(status("KLAR"), Some(Status::Fulfilled));
        assert_eq!(status("whatever"), Some(Status::Booked));
        assert_eq!(status(""), None);
    }
}
