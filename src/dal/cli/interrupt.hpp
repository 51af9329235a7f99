// Ctrl-C and termination: temporary files are removed, child processes end, the exit code is 128 and the number of the
// signal. A command that can end early with a result says so while it runs.
#pragma once

#include <functional>

namespace dal::cli {

/// The exit code after a signal is this and its number: exit_interrupted for Ctrl-C.
constexpr int exit_by_signal = 128;

/// Call once, before any thread is started: the signals are blocked everywhere and handled by one thread.
void install_interrupt_handler();

/// While it lives, the first Ctrl-C calls `action`, on another thread, and does nothing else; the second one ends the
/// process as always, or with `every_time` is like the first.
class InterruptAction {
  public:
    explicit InterruptAction(std::function<void()> action, bool every_time = false);
    InterruptAction(const InterruptAction&) = delete;
    InterruptAction& operator=(const InterruptAction&) = delete;
    ~InterruptAction();
};

}  // namespace dal::cli
