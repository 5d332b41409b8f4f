//! One window for one clinic: whoever starts a second one is shown the first.
//!
//! **Promise.** It takes nothing but the clinic's folder: no session bus, which
//! a plain display doesn't have, and clinics in other folders have windows of
//! their own. A window that was killed is in nobody's way.

use std::path::Path;

/// Which one we are.
#[derive(Debug)]
pub enum Only {
    /// The first: nobody else has the clinic's folder. Held until it is dropped.
    First(First),
    /// Another one has it.
    Another,
}

#[cfg(unix)]
pub use unix::First;

#[cfg(not(unix))]
pub use elsewhere::First;

impl Only {
    /// Finds out for the clinic in `folder`; another one that has it is asked to
    /// show its window if `show`.
    ///
    /// # Errors
    /// The system's; also where another one has the folder and doesn't answer.
    pub fn in_folder(folder: &Path, show: bool) -> std::io::Result<Self> {
        // No clinic lies there, so there is none to have.
        if !folder.is_dir() {
            return Ok(Self::First(First::default()));
        }
        First::of(folder, show)
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, File, TryLockError};
    use std::io::{self, BufRead, BufReader, Write};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::Path;
    use std::time::{Duration, Instant};

    use super::Only;

    /// Locked by the first; let go with its process, however that ends.
    const LOCK: &str = "window.lock";
    /// Where the first is asked.
    const SOCKET: &str = "window.sock";
    /// What it is asked: to show its window, or nothing but to answer.
    const SHOW: &str = "show\n";
    const ANSWER: &str = "answer\n";
    /// What it answers.
    const DONE: &str = "done\n";

    /// How long the first may take to answer; it may be starting itself.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// How often one that doesn't listen yet is asked again.
    const ASK_AGAIN: Duration = Duration::from_millis(50);

    /// The clinic's folder is ours.
    #[derive(Debug, Default)]
    pub struct First {
        listener: Option<UnixListener>,
        /// Locked.
        _lock: Option<File>,
    }

    impl First {
        pub(super) fn of(folder: &Path, show: bool) -> io::Result<Only> {
            let lock = File::options().create(true).append(true).open(folder.join(LOCK))?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return ask(folder, if show { SHOW } else { ANSWER }).map(|()| Only::Another);
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
            let socket = folder.join(SOCKET);
            // What a killed one left.
            match fs::remove_file(&socket) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let listener = match UnixListener::bind(&socket) {
                Ok(listener) => Some(listener),
                Err(error) => {
                    // Too long a path, a file system without sockets: a second
                    // one will say that the store is in use.
                    tracing::warn!(%error, "a second start can't be told of this window");
                    None
                }
            };
            Ok(Only::First(Self { listener, _lock: Some(lock) }))
        }

        /// Shows the window whenever another start asks for it.
        pub fn answer(self, show: impl Fn() + Send + 'static) {
            let Self { listener: Some(listener), _lock: lock } = self else { return };
            std::thread::spawn(move || {
                let _lock = lock;
                for asking in listener.incoming() {
                    if let Err(error) = asking.and_then(|asking| heard(asking, &show)) {
                        tracing::debug!(%error, "somebody asked for the window and went away");
                    }
                }
            });
        }
    }

    fn heard(asking: UnixStream, show: &impl Fn()) -> io::Result<()> {
        asking.set_read_timeout(Some(PATIENCE))?;
        let mut asking = BufReader::new(asking);
        let mut word = String::new();
        asking.read_line(&mut word)?;
        if word == SHOW {
            show();
        }
        asking.get_mut().write_all(DONE.as_bytes())
    }

    /// Asks the first, until it says that it is done.
    fn ask(folder: &Path, word: &str) -> io::Result<()> {
        let began = Instant::now();
        loop {
            match ask_once(folder, word) {
                Ok(()) => return Ok(()),
                Err(error) if began.elapsed() >= PATIENCE => return Err(error),
                Err(_) => std::thread::sleep(ASK_AGAIN),
            }
        }
    }

    fn ask_once(folder: &Path, word: &str) -> io::Result<()> {
        let mut first = UnixStream::connect(folder.join(SOCKET))?;
        first.set_read_timeout(Some(PATIENCE))?;
        first.write_all(word.as_bytes())?;
        let mut said = String::new();
        BufReader::new(first).read_line(&mut said)?;
        if said == DONE { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    #[cfg(test)]
    mod tests {
        use std::sync::mpsc::channel;

        use super::*;

        #[test]
        fn a_second_one_is_shown_the_first_and_a_killed_one_is_in_nobodys_way() {
            let folder = tempfile::tempdir().expect("a folder");
            // What a killed one leaves behind.
            drop(UnixListener::bind(folder.path().join(SOCKET)).expect("bound"));
            let Only::First(first) = Only::in_folder(folder.path(), true).expect("free") else {
                panic!("nobody has it")
            };
            let (shown, seen) = channel();
            first.answer(move || shown.send(()).expect("the test listens"));
            assert!(matches!(Only::in_folder(folder.path(), true), Ok(Only::Another)));
            seen.try_recv().expect("it was shown before the second one ended");
            // Whoever only knocks keeps nobody out, and one that starts hidden shows nothing.
            drop(UnixStream::connect(folder.path().join(SOCKET)).expect("it listens"));
            assert!(matches!(Only::in_folder(folder.path(), false), Ok(Only::Another)));
            seen.try_recv().expect_err("nobody asked to see it");
            let other = tempfile::tempdir().expect("a folder");
            assert!(
                matches!(Only::in_folder(other.path(), true), Ok(Only::First(_))),
                "another clinic, another window"
            );
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::path::Path;

    use super::Only;

    /// Nobody can be asked here: the store's own lock says that it is in use.
    #[derive(Debug, Default)]
    pub struct First;

    impl First {
        pub(super) fn of(_folder: &Path, _show: bool) -> std::io::Result<Only> {
            Ok(Only::First(Self))
        }

        /// Nobody asks.
        pub fn answer(self, _show: impl Fn() + Send + 'static) {}
    }
}
