//! A day's rows as a database hands them over: in a few values instead of row by
//! row, cell by cell, which takes several times as long; a comparison reads
//! hundreds of thousands. Ids of visits come as bytes, one behind the other,
//! all else as one JSON array of a day with an array for each row.

use std::fmt;

use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use uuid::Uuid;

use crate::body::{AppointmentRow, BlockoutRow, Day, Id};

/// What was read of a day, in the order of its ids.
#[derive(Debug)]
pub struct Gathered<T> {
    /// The rows that can be read.
    pub rows: Vec<T>,
    /// Why others can't. A day that lacks one differs from the other side's.
    pub unreadable: Vec<serde_json::Error>,
}

/// A day of which nothing can be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// An id isn't as long as it should be: nobody knows whose the others are.
    #[error("an id isn't sixteen bytes")]
    Ids,
    /// The rest is no JSON.
    #[error(transparent)]
    Rest(#[from] serde_json::Error),
}

/// The visits of a day: `ids` are all of their own, of their practitioners,
/// kinds and patients; a line of `rest` is version, chair, status, local_s,
/// zone, start_s and end_s, ids in it in hexadecimal.
///
/// # Errors
/// [`Unreadable`].
pub fn visits(day: Day, ids: &[Vec<u8>; 4], rest: &str) -> Result<Gathered<AppointmentRow>, Unreadable> {
    match serde_json::from_str::<Vec<Visit<&str>>>(rest) {
        Ok(lines) => together(day, ids, lines.into_iter().map(Ok)),
        // Something is damaged, or stands in JSON otherwise than in memory.
        Err(_) => together(day, ids, each_line::<Visit<String>>(rest)?.into_iter()),
    }
}

/// The blockouts of a day that stand: a line is id, practitioner, chair,
/// start_s, end_s and for_emergencies (0 or 1), ids in hexadecimal.
///
/// # Errors
/// [`Unreadable::Rest`].
pub fn blockouts(day: Day, lines: &str) -> Result<Gathered<BlockoutRow>, Unreadable> {
    let mut gathered = match serde_json::from_str::<Vec<Blockout>>(lines) {
        Ok(lines) => parted(lines.into_iter().map(|line| Ok(line.on(day)))),
        Err(_) => parted(each_line::<Blockout>(lines)?.into_iter().map(|line| Ok(line?.on(day)))),
    };
    gathered.rows.sort_unstable_by_key(|row| row.id);
    Ok(gathered)
}

fn together<S: Into<String>>(
    day: Day,
    ids: &[Vec<u8>; 4],
    lines: impl ExactSizeIterator<Item = Result<Visit<S>, serde_json::Error>>,
) -> Result<Gathered<AppointmentRow>, Unreadable> {
    if ids.iter().any(|all| all.len() != lines.len() * size_of::<Id>()) {
        return Err(Unreadable::Ids);
    }
    let [ids, practitioners, kinds, patients] = ids.each_ref().map(|all| all.as_chunks::<{ size_of::<Id>() }>().0);
    let ids = ids.iter().zip(practitioners).zip(kinds).zip(patients);
    let rows = ids.zip(lines).map(|((((id, practitioner), kind), patient), line)| {
        let Visit(version, chair, status, local_s, zone, start_s, end_s) = line?;
        Ok(AppointmentRow {
            id: Id::from(*id),
            version,
            practitioner: Id::from(*practitioner),
            chair: chair.map(|chair| chair.0),
            kind: Id::from(*kind),
            status: status.into(),
            day,
            local_s,
            zone: zone.into(),
            start_s,
            end_s,
            patient: Id::from(*patient),
        })
    });
    let mut gathered = parted(rows);
    gathered.rows.sort_unstable_by_key(|row| row.id);
    Ok(gathered)
}

fn parted<T>(lines: impl ExactSizeIterator<Item = Result<T, serde_json::Error>>) -> Gathered<T> {
    let mut gathered = Gathered { rows: Vec::with_capacity(lines.len()), unreadable: Vec::new() };
    for line in lines {
        match line {
            Ok(row) => gathered.rows.push(row),
            Err(error) => gathered.unreadable.push(error),
        }
    }
    gathered
}

/// Each line in its place: one that is damaged leaves the others be.
fn each_line<T: DeserializeOwned>(text: &str) -> Result<Vec<Result<T, serde_json::Error>>, serde_json::Error> {
    let lines: Vec<Value> = serde_json::from_str(text)?;
    Ok(lines.into_iter().map(serde_json::from_value).collect())
}

/// What is no id of one visit.
#[derive(Deserialize)]
struct Visit<S>(u32, Option<Hex>, S, i64, S, i64, i64);

/// One blockout.
#[derive(Deserialize)]
struct Blockout(Hex, Option<Hex>, Option<Hex>, i64, i64, u8);

impl Blockout {
    fn on(self, day: Day) -> BlockoutRow {
        let Self(id, practitioner, chair, start_s, end_s, for_emergencies) = self;
        BlockoutRow {
            id: id.0,
            practitioner: practitioner.map(|id| id.0),
            chair: chair.map(|id| id.0),
            day,
            start_s,
            end_s,
            for_emergencies: for_emergencies != 0,
            lifted: false,
        }
    }
}

/// Sixteen bytes in hexadecimal.
struct Hex(Id);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(HexVisitor)
    }
}

struct HexVisitor;

impl Visitor<'_> for HexVisitor {
    type Value = Hex;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("32 hexadecimal digits")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hex, E> {
        let id = Uuid::try_parse_ascii(text.as_bytes()).map_err(E::custom)?;
        Ok(Hex(Id::from(id.into_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Day = 20_781;
    const CHAIR: &str = "0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F0F";

    fn ids(numbers: &[u8]) -> Vec<u8> {
        numbers.iter().flat_map(|number| [*number; 16]).collect()
    }

    fn read(own: &[u8], rest: &str) -> Result<Gathered<AppointmentRow>, Unreadable> {
        let others = vec![7; own.len()];
        visits(DAY, &[ids(own), ids(&others), ids(&others), ids(&others)], rest)
    }

    fn line(start_s: &str) -> String {
        format!(r#"[1,"{CHAIR}","booked",9,"Europe/Stockholm",{start_s},20]"#)
    }

    #[test]
    fn rows_come_in_the_order_of_their_ids() {
        let gathered = read(&[2, 1], &format!("[{},{}]", line("10"), line("11"))).expect("read");
        let rows: Vec<_> =
            gathered.rows.iter().map(|row| (row.id[0], row.start_s, row.chair.map(|id| id[0]))).collect();
        assert_eq!(rows, [(1, 11, Some(0x0f)), (2, 10, Some(0x0f))]);
        assert!(gathered.unreadable.is_empty());
        assert!(read(&[], "[]").expect("read").rows.is_empty());
        let lines = format!(r#"["{CHAIR}",null,null,1,2,1]"#).replace(CHAIR, &"02".repeat(16));
        let both = format!(r#"[{lines},["{}",null,"{CHAIR}",3,4,0]]"#, "01".repeat(16));
        let rows = blockouts(DAY, &both).expect("read").rows;
        let rows: Vec<_> = rows.iter().map(|row| (row.id[0], row.start_s, row.for_emergencies)).collect();
        assert_eq!(rows, [(1, 3, false), (2, 1, true)]);
    }

    #[test]
    fn a_damaged_row_leaves_the_others_be() {
        let gathered = read(&[1, 2, 3], &format!("[{},{},{}]", line("10"), line("\"ten\""), line("12"))).expect("read");
        assert_eq!(gathered.rows.iter().map(|row| row.id[0]).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(gathered.unreadable.len(), 1);
        let gathered = blockouts(DAY, &format!(r#"[["{CHAIR}",null,null,1,2,0],["short",null,null,1,2,0]]"#));
        assert_eq!(gathered.expect("read").rows.len(), 1);
    }

    #[test]
    fn words_with_escapes_are_read_too() {
        let gathered = read(&[1], &line("10").replace("booked", "bo\\\"oked")).map(|gathered| gathered.rows);
        assert!(gathered.is_err(), "a line is no list");
        let gathered = read(&[1], &format!("[{}]", line("10").replace("booked", "bo\\\"oked"))).expect("read");
        assert_eq!(gathered.rows[0].status, "bo\"oked");
    }

    #[test]
    fn where_an_id_is_short_nobody_knows_whose_the_others_are() {
        let all = [ids(&[1, 2]), ids(&[7, 7]), ids(&[7, 7])[..31].to_vec(), ids(&[7, 7])];
        let read = visits(DAY, &all, &format!("[{},{}]", line("10"), line("11")));
        assert!(matches!(read, Err(Unreadable::Ids)));
        assert!(matches!(visits(DAY, &all, "[nothing"), Err(Unreadable::Rest(_))));
    }
}
