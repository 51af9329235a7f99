#include "dal/cli/interrupt.hpp"

#include <unistd.h>

#include <csignal>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "dal/cli/options.hpp"
#include "dal/support/cleanup.hpp"

namespace dal::cli {
namespace {

struct Action {
    std::mutex mutex;
    std::function<void()> call;  // empty if there is none, or if it was called and counts once
    bool every_time = false;
};

/// Never destroyed: the thread that waits for signals outlives main.
Action& current_action() {
    static auto* instance = new Action;
    return *instance;
}

/// Whether there was something to do.
bool act() {
    const std::lock_guard lock(current_action().mutex);
    const auto call = current_action().call;
    if (!current_action().every_time) current_action().call = nullptr;
    if (call) call();
    return static_cast<bool>(call);
}

}  // namespace

void install_interrupt_handler() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        // What we were started to ignore (nohup) stays ignored: a blocked signal would be delivered all the same.
        struct sigaction inherited{};
        if (::sigaction(signal, nullptr, &inherited) == 0 && inherited.sa_handler == SIG_IGN) continue;
        sigaddset(&signals, signal);
    }
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // A handler must not touch files or locks; a thread that waits for the signal may.
    const auto wait = [signals] {
        int signal = 0;
        while (sigwait(&signals, &signal) != 0 || (signal == SIGINT && act())) {
        }
        clean_up();
        ::_exit(exit_by_signal + signal);
    };
    try {
        std::thread(wait).detach();
    } catch (const std::system_error&) {
        // No thread can be had: signals end us as they end other programs, and leave what there is.
        pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    }
}

InterruptAction::InterruptAction(std::function<void()> action, bool every_time) {
    const std::lock_guard lock(current_action().mutex);
    current_action().every_time = every_time;
    current_action().call = std::move(action);
}

InterruptAction::~InterruptAction() {
    const std::lock_guard lock(current_action().mutex);
    current_action().call = nullptr;
}

}  // namespace dal::cli
