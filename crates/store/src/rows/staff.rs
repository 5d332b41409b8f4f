//! People who work at the desk.

use chairside_schedule::StaffId;
use sqlx::sqlite::SqliteConnection;

use super::cells::Cells;
use crate::error::StoreError;

/// Somebody who works at the desk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Staff {
    /// Their id.
    pub id: StaffId,
    /// As colleagues know them; no two have the same.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they still work here.
    pub active: bool,
}

/// What somebody may do. Rights come with a later version; the word is kept from the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Everything.
    Owner,
    /// The front desk.
    Receptionist,
    /// Their own day.
    Practitioner,
    /// Imports and other programs.
    System,
}

impl Role {
    const ALL: [Self; 4] = [Self::Owner, Self::Receptionist, Self::Practitioner, Self::System];

    fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Receptionist => "receptionist",
            Self::Practitioner => "practitioner",
            Self::System => "system",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

pub(crate) async fn all(conn: &mut SqliteConnection) -> Result<Vec<Staff>, StoreError> {
    let rows = sqlx::query("SELECT id, name, role, active FROM staff ORDER BY rowid").fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            let mut cells = Cells::new("staff", row, 0);
            Ok(Staff { id: cells.id()?, name: cells.text()?, role: cells.word(Role::parse)?, active: cells.flag()? })
        })
        .collect()
}

pub(crate) async fn insert(conn: &mut SqliteConnection, staff: &Staff) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO staff (id, name, role, active) VALUES (?, ?, ?, ?)")
        .bind(staff.id.bytes().as_slice())
        .bind(&staff.name)
        .bind(staff.role.as_str())
        .bind(staff.active)
        .execute(conn)
        .await?;
    Ok(())
}
