//! Paper: what leaves on a printer, laid out, written as PDF or ZPL, and drawn for the preview.
//!
//! Knows how a page looks, not whose it may be: the workstation decides who prints what and hands the content in.
//! Nothing here reads a vault, a file of a person or a printer; the fonts of the machine are looked at when a character
//! needs them.
//!
//! | module | what it knows |
//! |---|---|
//! | [`label`] | patient labels on rolls and sheets |
//! | [`registration`], [`chart`], [`letter`] | the three documents |
//! | [`words`] | what is printed beside the values, in each language |
//! | [`flow`] | text over pages: headings, facts, tables, heads and feet |
//! | [`figure`] | figures with colours, within a document or by themselves as pictures |
//! | [`text`], [`font`] | lines set: broken, ordered, shaped; characters that no font has |
//! | [`code`] | QR and Code 128 |
//! | [`page`] | pages as laid out |
//! | [`pdf`], [`raster`], [`zpl`] | pages as PDF, as pictures, as ZPL II |
#![warn(missing_docs)]

pub mod chart;
pub mod code;
pub mod coded;
pub mod figure;
pub mod flow;
pub mod font;
pub mod label;
pub mod letter;
pub mod page;
pub mod pdf;
pub mod person;
pub mod raster;
pub mod registration;
pub mod text;
pub mod words;
pub mod zpl;
