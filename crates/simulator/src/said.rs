//! What entries say to others, read once: disks are copied, searched and given
//! back far more often than an entry is written.

use chairside_sync::Public;

/// The public part of an entry.
#[derive(Clone, Debug)]
pub struct Said {
    /// As it came.
    pub bytes: Vec<u8>,
    /// What it says; none where this version can't read it.
    pub body: Option<Public>,
}

impl From<Public> for Said {
    fn from(body: Public) -> Self {
        Self { bytes: body.to_bytes(), body: Some(body) }
    }
}
