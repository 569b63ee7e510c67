//! Reads PDF and ZPL.
