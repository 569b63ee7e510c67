//! HL7 v2 through the core.
