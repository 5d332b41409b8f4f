//! The line to a clinic: bytes in, bytes out, and no promise that any arrive.

use tokio::sync::mpsc;

/// Messages that may wait on either side; more are dropped, and asked for again.
pub const WAITING: usize = 256;

/// What comes over a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FromHub {
    /// Somebody said this, who may be the clinic's hub.
    Said(Vec<u8>),
    /// The line is gone, or the hub's last will says so.
    Gone,
}

/// The engine's end of a line. Whatever carries it (MQTT, a test) has the other.
#[derive(Debug)]
pub struct Line {
    /// What the hub says.
    pub incoming: mpsc::Receiver<FromHub>,
    /// What it is told. Full or closed, it is lost: the protocol says it again.
    pub outgoing: mpsc::Sender<Vec<u8>>,
}

/// The carrier's end of a line.
#[derive(Debug)]
pub struct Carrier {
    /// Hands in what the hub says.
    pub incoming: mpsc::Sender<FromHub>,
    /// What is to be carried to it.
    pub outgoing: mpsc::Receiver<Vec<u8>>,
}

impl Line {
    /// Both ends of a new line.
    pub fn new() -> (Self, Carrier) {
        let (say, incoming) = mpsc::channel(WAITING);
        let (outgoing, told) = mpsc::channel(WAITING);
        (Self { incoming, outgoing }, Carrier { incoming: say, outgoing: told })
    }
}
