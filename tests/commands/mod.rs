//! Commands through the API, on the real schema and on both databases.

mod bracket;
