//! The line against real brokers: the one inside the process, run as a process
//! of its own, and Mosquitto. The same tests for both.

/// Each test once against each broker.
macro_rules! on_both {
    ($($(#[$about:meta])* async fn $name:ident($kind:ident) $body:block)+) => {
        $($(#[$about])* async fn $name($kind: crate::process::Kind) $body)+
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(crate::process::Kind::Embedded).await; })+
        }
        mod mosquitto {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(crate::process::Kind::Mosquitto).await; })+
        }
    };
}

mod certificates;
mod faults;
mod flow;
mod peers;
mod process;
mod proxy;
mod revoking;
mod rights;
mod scripted;
