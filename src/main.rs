//! The program: reads the command line and runs the role that it names.

use std::process::ExitCode;

use plaudit::boot::Parts;
use plaudit::cli::Cli;
use plaudit::roles;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    roles::run(Cli::read(), Parts::default())
}
