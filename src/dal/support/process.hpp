// Runs another program and waits for it: not by a shell, so no quoting; output captured. For tools like
// Verilator and what it builds.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace dal {

struct Process {
    int status = 0;          ///< exit status; 128 + signal if a signal ended it
    std::string output;      ///< standard output and standard error, as they came
    bool timed_out = false;  ///< it was ended, with all that it had started
};

/// Runs `arguments[0]`, searched in PATH, in `directory`. Nothing if there is no such program. Its temporary files go
/// there too. The program gets a process group of its own, which ends with us, also if we are killed, and is killed if
/// anything in it still runs, or holds our pipe, after `limit`.
std::optional<Process> run_process(std::span<const std::string> arguments, const std::filesystem::path& directory,
                                   std::chrono::milliseconds limit);

/// The full path of a program in PATH, if there.
std::optional<std::filesystem::path> find_program(const std::string& name);

}  // namespace dal
