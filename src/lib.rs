//! Plaudit: live likes, comments, viewers and messages for the web. ARCHITECTURE.md is the map.

pub mod app;
pub mod bus;
pub mod domain;
pub mod store;
