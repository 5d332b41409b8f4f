//! How much one address may ask: a bucket that fills again, for each.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use chairside_sync::Now;

use crate::settings::Limits;

/// Addresses that are remembered at most; then those whose bucket is full again go.
const REMEMBERED: usize = 50_000;

/// Counts by address.
#[derive(Debug)]
pub struct Limiter {
    per_minute: u64,
    /// What a bucket holds, in thousandths of a request per minute's milliseconds.
    full: u64,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: u64,
    steady_ms: u64,
}

/// What one request takes: a minute's milliseconds, so that a bucket fills by
/// `per_minute` each millisecond and nothing is rounded.
const REQUEST: u64 = 60_000;

impl Limiter {
    /// Full buckets for everybody.
    pub fn new(limits: Limits) -> Self {
        Self {
            per_minute: limits.requests_per_minute.into(),
            full: u64::from(limits.requests_at_once) * REQUEST,
            buckets: Mutex::default(),
        }
    }

    /// Takes one request from an address's bucket.
    ///
    /// # Errors
    /// The seconds after which there is one again.
    pub fn take(&self, from: IpAddr, now: Now) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED {
            buckets.retain(|_, bucket| self.filled(*bucket, now) < self.full);
            // A flood from more addresses than are remembered forgets who was good: nobody is shut out for that.
            if buckets.len() >= REMEMBERED {
                buckets.clear();
            }
        }
        let fresh = Bucket { left: self.full, steady_ms: now.steady_ms };
        let bucket = buckets.entry(network(from)).or_insert(fresh);
        let left = self.filled(*bucket, now);
        *bucket = Bucket { left, steady_ms: now.steady_ms };
        match left.checked_sub(REQUEST) {
            Some(left) => {
                bucket.left = left;
                Ok(())
            }
            None => Err((REQUEST - left).div_ceil(self.per_minute * 1_000).max(1)),
        }
    }

    fn filled(&self, bucket: Bucket, now: Now) -> u64 {
        let gone_ms = now.steady_ms.saturating_sub(bucket.steady_ms);
        bucket.left.saturating_add(gone_ms.saturating_mul(self.per_minute)).min(self.full)
    }
}

/// Who is counted together: with IPv6 everybody has a whole network to ask from.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_limited_and_others_are_served() {
        let limits = Limits { requests_per_minute: 60, requests_at_once: 3, ..Limits::default() };
        let limiter = Limiter::new(limits);
        let at = |steady_ms| Now { steady_ms, wall_ms: 0 };
        let (loud, calm) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        assert_eq!((0..5).map(|_| limiter.take(loud, at(0))).filter(Result::is_ok).count(), 3);
        assert_eq!(limiter.take(loud, at(0)), Err(1));
        assert_eq!(limiter.take(calm, at(0)), Ok(()));
        assert_eq!(limiter.take(loud, at(1_000)), Ok(()));
        assert_eq!(limiter.take(loud, at(1_000)), Err(1));
    }

    #[test]
    fn a_network_of_the_new_kind_counts_as_one() {
        let limiter = Limiter::new(Limits { requests_at_once: 1, ..Limits::default() });
        let now = Now::default();
        assert_eq!(limiter.take("2001:db8::1".parse().expect("an address"), now), Ok(()));
        assert!(limiter.take("2001:db8::2".parse().expect("an address"), now).is_err());
        assert_eq!(limiter.take("2001:db8:0:1::1".parse().expect("an address"), now), Ok(()));
    }
}
