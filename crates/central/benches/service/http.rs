//! A caller that keeps its connection.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;

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

    async fn more(&mut self) -> Outcome<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server went away".into()),
            _ => Ok(()),
        }
    }
}
