//! The program `inhouse`: hands over to the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    inhouse::cli::main()
}
