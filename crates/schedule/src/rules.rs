//! Whether a visit may be booked or moved, and what stands against it.
