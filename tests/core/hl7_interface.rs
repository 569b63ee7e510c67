//! The interface over TCP.
