//! What stands between a desk and its broker, and fails in one direction.

use std::net::SocketAddr;

use chairside_mqtt::Address;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    Everything,
    /// Nothing is taken from the desk, until its socket is full; what the
    /// broker says is lost.
    NothingTaken,
    /// What the desk says arrives, what the broker says is lost.
    OnlyUp,
    /// What the desk says is lost, what the broker says arrives.
    OnlyDown,
}

pub struct Proxy {
    address: SocketAddr,
    through: watch::Sender<Through>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    pub async fn to(port: u16) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        // Small, so that a desk whose words are not taken notices soon.
        socket.set_recv_buffer_size(4096).expect("a small buffer");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let listener = socket.listen(64).expect("it listens");
        let address = listener.local_addr().expect("an address");
        let (through, seen) = watch::channel(Through::Everything);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, port, seen));
        Self { address, through, _tasks: tasks }
    }

    pub fn address(&self) -> Address {
        Address::parse(&format!("mqtt://{}", self.address)).expect("an address")
    }

    pub fn let_through(&self, through: Through) {
        self.through.send_replace(through);
    }
}

async fn accept(listener: TcpListener, port: u16, through: watch::Receiver<Through>) {
    let mut pumps = JoinSet::new();
    while let Ok((desk, _)) = listener.accept().await {
        let Ok(broker) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
        desk.set_nodelay(true).and(broker.set_nodelay(true)).expect("small packets don't wait");
        let ((desk_says, to_desk), (broker_says, to_broker)) = (desk.into_split(), broker.into_split());
        pumps.spawn(pump(desk_says, to_broker, through.clone(), Through::OnlyDown, true));
        pumps.spawn(pump(broker_says, to_desk, through.clone(), Through::OnlyUp, false));
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut through: watch::Receiver<Through>,
    lost_in: Through,
    is_desk: bool,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let taken = |through: &Through| !is_desk || *through != Through::NothingTaken;
        if through.wait_for(taken).await.is_err() {
            return;
        }
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            changed = through.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
        };
        let Ok(length @ 1..) = read else { return };
        let now = *through.borrow();
        if now == lost_in || (!is_desk && now == Through::NothingTaken) {
            continue;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
