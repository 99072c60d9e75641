//! The load generator by itself, without the server: `cargo run --example load -- watch --url …`.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    plaudit_load::run(&plaudit_load::Cli::parse().into_args())
}
