//! Mutations through the API, one file per area: what they change, whom they refuse, and what is read afterwards.

mod leagues;
mod organizations;
mod people;
mod stage;
