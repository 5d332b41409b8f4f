//! How often, as people write it: `30m`, `1h`, `7d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A time between two of something: whole minutes, hours or days, not none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Every(Duration);

/// It isn't a number and `m`, `h` or `d`, or it is too long or nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a time like 30m, 1h or 7d")]
pub struct NotATime;

/// Nobody means more.
const MOST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

impl Every {
    /// An hour.
    pub const HOUR: Self = Self(Duration::from_secs(60 * 60));

    /// The time.
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Every {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let unit_s = match text.chars().next_back() {
            Some('m') => 60,
            Some('h') => 60 * 60,
            Some('d') => 24 * 60 * 60,
            _ => return Err(NotATime),
        };
        let digits = &text[..text.len() - 1];
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let count: u64 = if is_number { digits.parse().map_err(|_| NotATime)? } else { return Err(NotATime) };
        let time = Duration::from_secs(count.checked_mul(unit_s).ok_or(NotATime)?);
        if time.is_zero() || time > MOST { Err(NotATime) } else { Ok(Self(time)) }
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.as_secs() / 60;
        match (minutes % (24 * 60), minutes % 60) {
            (0, _) => write!(f, "{}d", minutes / (24 * 60)),
            (_, 0) => write!(f, "{}h", minutes / 60),
            _ => write!(f, "{minutes}m"),
        }
    }
}

impl TryFrom<String> for Every {
    type Error = NotATime;

    fn try_from(text: String) -> Result<Self, NotATime> {
        text.parse()
    }
}

impl From<Every> for String {
    fn from(every: Every) -> Self {
        every.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_written() {
        for text in ["1m", "30m", "1h", "36h", "1d", "90m", "366d"] {
            assert_eq!(text.parse::<Every>().expect("a time").to_string(), text);
        }
        assert_eq!("60m".parse(), Ok(Every::HOUR));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "h", "1", "0m", "-1h", "+1h", "1.5h", "1 h", "1w", "367d", "99999999999999999999d", "1ö", "m1"]
        {
            assert_eq!(text.parse::<Every>(), Err(NotATime), "{text}");
        }
    }
}
