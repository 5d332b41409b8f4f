//! A caller: one connection for each request, bytes as they are.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// What JSON said; other text as it is.
    pub body: Value,
    pub head: String,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// Asks and reads to the end.
pub async fn ask(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    try_ask(to, method, path, headers, body).await.expect("it answers")
}

/// The same of a server that may not be there, or go away meanwhile.
pub async fn try_ask(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(to).await?;
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8(answer).expect("text");
    // Whoever goes away says nothing.
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let head = head.to_lowercase();
    // What says that it is JSON has to be; an empty answer says nothing.
    let is_json =
        head.contains("content-type: application/json") || head.contains("content-type: application/problem+json");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    if length.is_some_and(|length: usize| body.len() < length) {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let body = match body {
        "" => Value::Null,
        body if is_json => serde_json::from_str(body).expect("JSON, as its head says"),
        body => Value::from(body),
    };
    Ok(Answer { status, body, head })
}
