//! A caller that keeps its connection.

use std::net::SocketAddr;

use chairside_schedule::id::{ClinicId, PractitionerId};
use chrono::NaiveDateTime;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;
use crate::clinic::kind;

/// A connection that is asked one thing after another.
pub struct Caller {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Caller {
    /// Connects.
    pub async fn to(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Asks; the status and the body of the answer.
    pub async fn ask(&mut self, head: &str, body: &str) -> Outcome<(u16, &[u8])> {
        let length = body.len();
        let said = format!("{head}Host: localhost\r\nContent-Length: {length}\r\n\r\n{body}");
        self.stream.write_all(said.as_bytes()).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let (mut status, mut whole) = (0, head);
        for line in std::str::from_utf8(&self.buffer[..head])?.lines() {
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3).unwrap_or_default().parse()?;
            } else if let Some(length) = line.strip_prefix("content-length: ") {
                whole += length.parse::<usize>()?;
            }
        }
        while self.buffer.len() < whole {
            self.more().await?;
        }
        Ok((status, &self.buffer[head..whole]))
    }

    /// The `number`th patient books at a clinic, with somebody, at a time.
    pub async fn book(
        &mut self,
        number: u64,
        clinic: ClinicId,
        with: PractitionerId,
        at: NaiveDateTime,
    ) -> Outcome<()> {
        let body = json!({ "clinic": clinic, "slot": format!("{}@{}", with.0, at.format("%Y-%m-%dT%H:%M")),
            "kind": kind(), "language": "sv", "contact": format!("patient{number}@example.org"), "sealed": "00ff" });
        let head =
            format!("POST /api/v1/bookings HTTP/1.1\r\nBooking-Secret: {number:064x}\r\nIdempotency-Key: {number}\r\n");
        match self.ask(&head, &body.to_string()).await? {
            (201, _) => Ok(()),
            (_, said) => Err(String::from_utf8_lossy(said).into_owned().into()),
        }
    }

    async fn more(&mut self) -> Outcome<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server went away".into()),
            _ => Ok(()),
        }
    }
}
