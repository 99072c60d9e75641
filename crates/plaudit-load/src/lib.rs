//! Measures a Plaudit site from outside: many viewers, many likes, and a proof that all of it arrived.
#![allow(dead_code, unused)]
mod client;
mod faults;
mod latency;
mod machine;
mod net;
mod out;
mod people;
mod pin;
mod scan;
mod site;
mod usage;
