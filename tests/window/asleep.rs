//! Processes that stand still.

use rustix::process::{Pid, Signal, kill_process};

/// They go on when this is dropped, as nobody could end them otherwise.
pub struct Asleep(Vec<Pid>);

impl Asleep {
    /// Stops these where they stand.
    pub fn of(processes: Vec<Pid>) -> Self {
        let asleep = Self(processes);
        asleep.tell(Signal::STOP);
        asleep
    }

    /// Lets them go on.
    pub fn wake(self) {
        drop(self);
    }

    fn tell(&self, signal: Signal) {
        for process in &self.0 {
            if let Err(error) = kill_process(*process, signal) {
                eprintln!("{process:?} could not be told {signal:?}: {error}");
            }
        }
    }
}

impl Drop for Asleep {
    fn drop(&mut self) {
        self.tell(Signal::CONT);
    }
}
