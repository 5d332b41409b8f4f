//! Cells of rows, read strictly: what doesn't fit its type is damage, by name.

use chairside_schedule::time::{Instant, MinuteOfDay, day_from_number};
use chrono::NaiveDate;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, ValueRef};
use uuid::Uuid;

use crate::error::StoreError;

/// A cell that isn't what its column holds.
pub fn damaged(table: &str, column: &str) -> StoreError {
    StoreError::Damaged(format!("{table}.{column} holds something else than it should"))
}

/// Reads one row cell by cell, in order.
pub struct Cells<'a> {
    table: &'static str,
    row: &'a SqliteRow,
    at: usize,
}

impl<'a> Cells<'a> {
    /// From the first cell, or from `at`.
    pub fn new(table: &'static str, row: &'a SqliteRow, at: usize) -> Self {
        Self { table, row, at }
    }

    fn next<T>(&mut self) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'a, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        let at = self.at;
        self.at += 1;
        self.row.try_get(at).map_err(|_| damaged(self.table, &format!("cell {at}")))
    }

    /// An id.
    pub fn id<T: From<Uuid>>(&mut self) -> Result<T, StoreError> {
        let at = self.at;
        self.optional_id()?.ok_or_else(|| damaged(self.table, &format!("cell {at}")))
    }

    /// An id, or none.
    pub fn optional_id<T: From<Uuid>>(&mut self) -> Result<Option<T>, StoreError> {
        let at = self.at;
        let bytes: Option<&[u8]> = self.next()?;
        bytes
            .map(|bytes| Uuid::from_slice(bytes).map(T::from))
            .transpose()
            .map_err(|_| damaged(self.table, &format!("cell {at}")))
    }

    /// Text.
    pub fn text(&mut self) -> Result<String, StoreError> {
        self.next()
    }

    /// Text, or none.
    pub fn optional_text(&mut self) -> Result<Option<String>, StoreError> {
        self.next()
    }

    /// A whole number.
    pub fn number<T: TryFrom<i64>>(&mut self) -> Result<T, StoreError> {
        let at = self.at;
        let number: i64 = self.next()?;
        T::try_from(number).map_err(|_| damaged(self.table, &format!("cell {at}")))
    }

    /// A whole number, or none.
    pub fn optional_number<T: TryFrom<i64>>(&mut self) -> Result<Option<T>, StoreError> {
        let at = self.at;
        let number: Option<i64> = self.next()?;
        number.map(T::try_from).transpose().map_err(|_| damaged(self.table, &format!("cell {at}")))
    }

    /// A yes or no.
    pub fn flag(&mut self) -> Result<bool, StoreError> {
        Ok(self.number::<i64>()? != 0)
    }

    /// A local day.
    pub fn day(&mut self) -> Result<NaiveDate, StoreError> {
        let at = self.at;
        self.optional_day()?.ok_or_else(|| damaged(self.table, &format!("cell {at}")))
    }

    /// A local day, or none.
    pub fn optional_day(&mut self) -> Result<Option<NaiveDate>, StoreError> {
        let at = self.at;
        let Some(number) = self.optional_number::<i32>()? else { return Ok(None) };
        day_from_number(number).map(Some).ok_or_else(|| damaged(self.table, &format!("cell {at}")))
    }

    /// An instant in seconds.
    pub fn instant(&mut self) -> Result<Instant, StoreError> {
        Ok(Instant(self.number()?))
    }

    /// An instant in seconds, or none.
    pub fn optional_instant(&mut self) -> Result<Option<Instant>, StoreError> {
        Ok(self.optional_number()?.map(Instant))
    }

    /// A time of day.
    pub fn minute(&mut self) -> Result<MinuteOfDay, StoreError> {
        let at = self.at;
        MinuteOfDay::new(self.number()?).ok_or_else(|| damaged(self.table, &format!("cell {at}")))
    }

    /// A word of a closed list.
    pub fn word<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
        let at = self.at;
        let word: &str = self.next()?;
        parse(word).ok_or_else(|| damaged(self.table, &format!("cell {at}")))
    }

    /// A word of a closed list, or none.
    pub fn optional_word<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, StoreError> {
        let is_null = self.row.try_get_raw(self.at).is_ok_and(|value| value.is_null());
        if is_null {
            self.at += 1;
            return Ok(None);
        }
        self.word(parse).map(Some)
    }
}
