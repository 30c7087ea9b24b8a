//! Imports of the predecessor's documents, written to a database and read back (DOMAIN §9.3).
//!
//! What a document means is tested beside `domain::import`; here it is what becomes of the rows.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what these tests stand on may stop like the tests themselves"
)]

mod again;
mod beside;
mod demo;
mod failures;
mod people;
mod predecessor;
mod rebracket;
mod samples;
