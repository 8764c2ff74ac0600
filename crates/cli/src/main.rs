//! The binary: the library has it all, so that the fuzz targets reach the settings.

use std::process::ExitCode;

fn main() -> ExitCode {
    tegata_cli::main()
}
