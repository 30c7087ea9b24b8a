//! What the planner promises, on small documents made here and on the real ones under `tests/data/`.
//!
//! Each test states one behaviour; documents are changed in one place each, so that the path in a message is known.

mod brackets;
mod demo_data;
mod drafts;
mod malformed;
mod predecessor_data;
mod samples;
mod steam_ids;
mod teams;
mod tournaments;
mod users;
