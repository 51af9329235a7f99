// The program `dal`: runs a command, and turns what went wrong into a message and an exit code.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

#include "dal/cli/command_line.hpp"
#include "dal/cli/interrupt.hpp"
#include "dal/cli/options.hpp"
#include "dal/support/check.hpp"

namespace {

using namespace dal::cli;

/// The exit code once everything printed has reached standard output: a full disk must not look like success.
int flushed(int code) {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
    std::fprintf(stderr, "error: cannot write to standard output: %s\n", std::strerror(errno));
    return code == exit_ok ? exit_failed : code;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        install_interrupt_handler();
        return flushed(run_command_line(argc, argv));
    } catch (const dal::InternalError& bug) {
        std::fprintf(stderr, "internal error (a bug in dal, please report it): %s\n", bug.what());
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr, "error: out of memory\n");
        return exit_failed;
    } catch (const std::exception& bug) {
        std::fprintf(stderr, "internal error (a bug in dal, please report it): %s\n", bug.what());
    }
    return exit_internal;
}
