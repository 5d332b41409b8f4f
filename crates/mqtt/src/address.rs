//! Where a broker listens.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

const PLAIN_PORT: u16 = 1883;
const TLS_PORT: u16 = 8883;

/// A broker's address, `mqtt://host[:port]` or `mqtts://host[:port]`.
///
/// Plain text is for brokers on this machine alone: an address that would
/// carry it across a network can't be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    tls: bool,
}

/// Why something is no [`Address`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It begins with neither `mqtt://` nor `mqtts://`.
    #[error("a broker's address begins with mqtt:// or mqtts://")]
    Scheme,
    /// The host is missing, or holds what no host's name holds.
    #[error("a broker's address names a host")]
    Host,
    /// What follows the last colon is no port.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// Plain text to another machine.
    #[error("mqtt:// is for a broker on this machine; another needs mqtts://")]
    PlainTextAway,
    /// A certificate is checked against a name or an IPv4 address.
    #[error("mqtts:// needs a host's name or an IPv4 address")]
    TlsToIpv6,
}

impl Address {
    /// Reads an address; the port is 1883, with TLS 8883, where none is named.
    ///
    /// # Errors
    /// [`AddressError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (tls, rest) = match text.split_once("://") {
            Some(("mqtt", rest)) => (false, rest),
            Some(("mqtts", rest)) => (true, rest),
            _ => return Err(AddressError::Scheme),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            // The colons of `[::1]` belong to the host.
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let port = match port.map(str::parse::<u16>) {
            None if tls => TLS_PORT,
            None => PLAIN_PORT,
            Some(Ok(port)) if port > 0 => port,
            Some(_) => return Err(AddressError::Port),
        };
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        let fits = match bracketed {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.chars().all(is_name),
        };
        if !fits {
            return Err(AddressError::Host);
        }
        if tls && bracketed.is_some() {
            return Err(AddressError::TlsToIpv6);
        }
        if !tls && !is_loopback(bracketed.unwrap_or(host)) {
            return Err(AddressError::PlainTextAway);
        }
        Ok(Self { host: host.to_owned(), port, tls })
    }

    /// The host; an IPv6 address stands in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the line is encrypted.
    pub fn tls(&self) -> bool {
        self.tls
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "mqtts" } else { "mqtt" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_refused_by_name() {
        let cases = [
            ("mqtt://127.0.0.1:1884", Ok("mqtt://127.0.0.1:1884")),
            ("mqtt://localhost", Ok("mqtt://localhost:1883")),
            ("mqtt://[::1]:9", Ok("mqtt://[::1]:9")),
            ("mqtt://[::1]", Ok("mqtt://[::1]:1883")),
            ("mqtts://broker.example.org/", Ok("mqtts://broker.example.org:8883")),
            ("mqtts://10.0.0.4:444", Ok("mqtts://10.0.0.4:444")),
            ("mqtt://broker.example.org", Err(AddressError::PlainTextAway)),
            ("mqtt://10.0.0.4", Err(AddressError::PlainTextAway)),
            ("mqtts://[::1]", Err(AddressError::TlsToIpv6)),
            ("http://localhost", Err(AddressError::Scheme)),
            ("localhost:1883", Err(AddressError::Scheme)),
            ("mqtt://", Err(AddressError::Host)),
            ("mqtt://:1883", Err(AddressError::Host)),
            ("mqtt://user@localhost", Err(AddressError::Host)),
            ("mqtt://localhost/path", Err(AddressError::Host)),
            ("mqtt://localhost:0", Err(AddressError::Port)),
            ("mqtt://localhost:70000", Err(AddressError::Port)),
            ("mqtt://localhost:", Err(AddressError::Port)),
        ];
        for (text, expected) in cases {
            let read = Address::parse(text).map(|address| address.to_string());
            assert_eq!(read.as_deref(), expected.as_ref().map(|shown| *shown), "{text}");
        }
    }
}
