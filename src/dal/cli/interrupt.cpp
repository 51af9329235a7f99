#include "dal/cli/interrupt.hpp"

#include <unistd.h>

#include <csignal>
#include <thread>

#include "dal/cli/options.hpp"
#include "dal/support/cleanup.hpp"

namespace dal::cli {

void install_interrupt_handler() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // A handler must not touch files or locks; a thread that waits for the signal may.
    std::thread([signals] {
        int signal = 0;
        while (sigwait(&signals, &signal) != 0) {
        }
        clean_up();
        ::_exit(exit_interrupted);
    }).detach();
}

}  // namespace dal::cli
