//! A mail server that speaks SMTP over a socket and misbehaves on request.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it does when a mail comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// Takes it.
    Takes,
    /// Takes it, and lets this long go by before each answer.
    Slow(Duration),
    /// Refuses the first so many for now, then takes them.
    Later(u32),
    /// Refuses for good whoever's address begins with `poison`.
    Refuses,
    /// Keeps the first mail and goes away without a word, then takes them.
    DiesOnce,
}

/// A running server; it ends when it is dropped.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    running: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    /// Every mail that was kept, answered or not.
    mails: Vec<String>,
    /// How often one was offered.
    offered: u32,
}

impl Server {
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Seen::default()));
        let kept = Arc::clone(&seen);
        let running = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a caller");
                tokio::spawn(serve(stream, manner, Arc::clone(&kept)));
            }
        });
        Self { address, seen, running }
    }

    /// Every mail that was kept.
    pub fn mails(&self) -> Vec<String> {
        self.seen.lock().expect("nobody panics with it").mails.clone()
    }

    /// How often a mail was offered.
    pub fn offered(&self) -> u32 {
        self.seen.lock().expect("nobody panics with it").offered
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// One caller. An error is a caller who hung up.
async fn serve(stream: TcpStream, manner: Manner, seen: Arc<Mutex<Seen>>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 test.invalid ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        if let Manner::Slow(pause) = manner {
            tokio::time::sleep(pause).await;
        }
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250-test.invalid\r\n250 8BITMIME",
            "RCPT" => {
                let offered = {
                    let mut seen = seen.lock().expect("nobody panics with it");
                    seen.offered += 1;
                    seen.offered
                };
                match manner {
                    Manner::Later(times) if offered <= times => "451 4.3.0 later",
                    Manner::Refuses if line.contains("<poison") => "550 5.1.1 no such mailbox",
                    _ => "250 ok",
                }
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.push('\n');
                }
                let first = {
                    let mut seen = seen.lock().expect("nobody panics with it");
                    seen.mails.push(mail);
                    seen.mails.len() == 1
                };
                if manner == Manner::DiesOnce && first {
                    return Ok(());
                }
                "250 kept"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}
