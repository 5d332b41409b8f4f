//! Cells of rows, read strictly: what doesn't fit its type is damage, by name.

use chairside_sync::Hash;
use chairside_sync::body::{Hash32, Id};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::store::StorageError;

/// A cell that isn't what its column holds.
pub fn damaged(table: &str, what: &str) -> StorageError {
    StorageError::Damaged(format!("{table}: {what} holds something else than it should"))
}

/// Reads one row cell by cell, in order.
pub struct Cells<'a> {
    table: &'static str,
    row: &'a SqliteRow,
    at: usize,
}

impl<'a> Cells<'a> {
    /// From the first cell on.
    pub fn new(table: &'static str, row: &'a SqliteRow) -> Self {
        Self { table, row, at: 0 }
    }

    fn next<T>(&mut self) -> Result<T, StorageError>
    where
        T: sqlx::Decode<'a, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        let at = self.at;
        self.at += 1;
        self.row.try_get(at).map_err(|_| damaged(self.table, &format!("cell {at}")))
    }

    fn damage(&self) -> StorageError {
        damaged(self.table, &format!("cell {}", self.at - 1))
    }

    fn array<const N: usize>(&mut self) -> Result<Option<[u8; N]>, StorageError> {
        let bytes: Option<&[u8]> = self.next()?;
        bytes.map(|bytes| bytes.try_into().map_err(|_| self.damage())).transpose()
    }

    /// An id of the protocol.
    pub fn id(&mut self) -> Result<Id, StorageError> {
        self.optional_id()?.ok_or_else(|| self.damage())
    }

    /// An id of the protocol, or none.
    pub fn optional_id(&mut self) -> Result<Option<Id>, StorageError> {
        Ok(self.array::<16>()?.map(Id::from))
    }

    /// An id of another type.
    pub fn uuid<T: From<Uuid>>(&mut self) -> Result<T, StorageError> {
        let bytes = self.array::<16>()?.ok_or_else(|| self.damage())?;
        Ok(T::from(Uuid::from_bytes(bytes)))
    }

    /// An id of another type, or none.
    pub fn optional_uuid<T: From<Uuid>>(&mut self) -> Result<Option<T>, StorageError> {
        Ok(self.array::<16>()?.map(|bytes| T::from(Uuid::from_bytes(bytes))))
    }

    /// A hash.
    pub fn hash(&mut self) -> Result<Hash, StorageError> {
        self.array::<32>()?.map(Hash).ok_or_else(|| self.damage())
    }

    /// A hash, as messages carry it.
    pub fn hash32(&mut self) -> Result<Hash32, StorageError> {
        Ok(Hash32::from(self.hash()?.0))
    }

    /// Bytes.
    pub fn bytes(&mut self) -> Result<Vec<u8>, StorageError> {
        self.next()
    }

    /// Bytes, or none.
    pub fn optional_bytes(&mut self) -> Result<Option<Vec<u8>>, StorageError> {
        self.next()
    }

    /// Text.
    pub fn text(&mut self) -> Result<String, StorageError> {
        self.next()
    }

    /// Text, or none.
    pub fn optional_text(&mut self) -> Result<Option<String>, StorageError> {
        self.next()
    }

    /// A whole number.
    pub fn number<T: TryFrom<i64>>(&mut self) -> Result<T, StorageError> {
        let number: i64 = self.next()?;
        T::try_from(number).map_err(|_| self.damage())
    }

    /// A whole number, or none.
    pub fn optional_number<T: TryFrom<i64>>(&mut self) -> Result<Option<T>, StorageError> {
        let number: Option<i64> = self.next()?;
        number.map(|number| T::try_from(number).map_err(|_| self.damage())).transpose()
    }

    /// A yes or no.
    pub fn flag(&mut self) -> Result<bool, StorageError> {
        Ok(self.number::<i64>()? != 0)
    }

    /// A word of a closed list.
    pub fn word<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<T, StorageError> {
        let word: &str = self.next()?;
        parse(word).ok_or_else(|| self.damage())
    }
}

/// Numbers as one JSON array, for `json_each`.
pub fn list<'a, T: std::fmt::Display + 'a>(numbers: impl IntoIterator<Item = &'a T>) -> String {
    let numbers: Vec<String> = numbers.into_iter().map(ToString::to_string).collect();
    format!("[{}]", numbers.join(","))
}
