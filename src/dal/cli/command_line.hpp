// The command line: what each command accepts. The work is in one file per command.
#pragma once

namespace dal::cli {

/// Parses the arguments of main and runs the command; its exit code. Errors in the arguments are printed.
int run_command_line(int argc, char** argv);

}  // namespace dal::cli
