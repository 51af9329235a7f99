// Ctrl-C and termination: temporary files are removed, child processes end, the exit code is 130.
#pragma once

namespace dal::cli {

/// Call once, before any thread is started: the signals are blocked everywhere and handled by one thread.
void install_interrupt_handler();

}  // namespace dal::cli
