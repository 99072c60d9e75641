//! The program: parses the command line and runs the role that it names.

use std::process::ExitCode;

use plaudit::cli::{Cli, Role};
use plaudit::roles;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::read();
    if let Some(missing) = cli.role.as_ref().and_then(Role::missing) {
        eprintln!("plaudit: {missing} is not in this build");
        return ExitCode::from(2);
    }
    if let Some(Role::Load(load)) = &cli.role {
        // It has options of its own: what the site is served with says nothing about how it is measured.
        return plaudit_load::run_from(&load.rest);
    }
    let config = match cli.config() {
        Ok(config) => config,
        Err(error) => {
            eprintln!("plaudit: {error}");
            return ExitCode::from(2);
        }
    };
    let result = match cli.role {
        Some(Role::User(role)) => roles::users::run(&config, role),
        _ => roles::serve(config),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("plaudit: {error:#}");
            roles::exit_code(&error)
        }
    }
}
