//! The operator's commands against the real program: while it serves, and at rest.

mod clinics;
mod program;
