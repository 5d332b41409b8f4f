//! A display of its own for each test.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// An X server in memory, on a display number it found free itself. It ends
/// when this is dropped.
pub struct Display {
    server: Child,
    number: u32,
}

impl Display {
    /// Starts one large enough for the window at its default size.
    pub fn start() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts; `make test` installs it");
        let mut line = String::new();
        let told = server.stdout.take().expect("its output is piped");
        BufReader::new(told).read_line(&mut line).expect("Xvfb tells its display's number");
        let number = line.trim().parse().expect("the display's number is a number");
        Self { server, number }
    }

    /// What `DISPLAY` is to be.
    pub fn name(&self) -> String {
        format!(":{}", self.number)
    }

    /// A picture of all that is on it.
    pub fn picture(&self, path: &Path) {
        let done = Command::new("import")
            .args(["-display", &self.name(), "-window", "root"])
            .arg(path)
            .status()
            .expect("import starts; `make test` installs ImageMagick");
        assert!(done.success(), "the display could not be pictured");
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        super::end(&mut self.server);
    }
}
