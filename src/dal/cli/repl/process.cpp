#include "dal/cli/repl/process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

#include "dal/cli/interrupt.hpp"
#include "dal/cli/options.hpp"
#include "dal/support/check.hpp"
#include "dal/support/cleanup.hpp"

namespace dal::cli::repl {
namespace {

int guarded(const std::function<int(std::string&)>& work, std::string& note) {
    try {
        return work(note);
    } catch (const std::bad_alloc&) {
        std::fputs("error: out of memory\n", stderr);
        return exit_failed;
    } catch (const std::exception& bug) {
        std::fprintf(stderr, "internal error (a bug in dal, please report it): %s\n", bug.what());
        return exit_internal;
    }
}

/// Nobody else would stop an evaluation whose prompt was killed.
void end_with(pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(exit_by_signal + SIGKILL);  // it has ended before that
}

[[noreturn]] void be_child(int to_parent, const std::function<int(std::string&)>& work) {
    // The thread that waits for signals is not copied.
    sigset_t none;
    sigemptyset(&none);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    std::string note;
    int code = guarded(work, note);
    if (std::fflush(stdout) != 0) code = exit_failed;
    for (size_t sent = 0; sent < note.size();) {
        const ssize_t count = ::write(to_parent, note.data() + sent, note.size() - sent);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        sent += static_cast<size_t>(count);
    }
    ::_exit(code);
}

std::string read_all(int from) {
    std::string text;
    std::array<char, 1 << 14> buffer;
    for (;;) {
        const ssize_t count = ::read(from, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return text;
        text.append(buffer.data(), static_cast<size_t>(count));
    }
}

}  // namespace

Answer Process::run(const std::function<int(std::string& note)>& work) {
    std::array<int, 2> ends{};
    std::fflush(stdout);
    std::fflush(stderr);
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        std::fprintf(stderr, "error: cannot start an evaluation: %s\n", std::strerror(errno));
        return {exit_failed, ""};
    }
    pid_t child = 0;
    {
        const std::lock_guard lock(mutex_);
        stopped_ = false;
        const pid_t parent = ::getpid();
        child = ::fork();
        if (child == 0) {
            ::setpgid(0, 0);
            end_with(parent);
            ::close(ends[0]);
            be_child(ends[1], work);
        }
        ::close(ends[1]);
        if (child < 0) {
            ::close(ends[0]);
            std::fprintf(stderr, "error: cannot start an evaluation: %s\n", std::strerror(errno));
            return {exit_failed, ""};
        }
        ::setpgid(child, child);  // here too: whoever comes first
        register_process_group(child);
        child_ = child;
    }
    Answer answer;
    answer.note = read_all(ends[0]);
    ::close(ends[0]);
    // Not reaped while stop() may still signal it: a process number is not used again before that.
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
    bool stopped = false;
    {
        const std::lock_guard lock(mutex_);
        child_ = 0;
        stopped = stopped_;
    }
    unregister_process_group(child);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status)) {
        answer.code = WEXITSTATUS(status);
    } else if (stopped) {
        std::fputs("interrupted\n", stderr);
        answer.code = exit_interrupted;
    } else {
        std::fprintf(stderr,
                     "internal error (a bug in dal, please report it): the evaluation ended by signal %d (%s)\n",
                     WTERMSIG(status), ::strsignal(WTERMSIG(status)));
        answer.code = exit_internal;
    }
    return answer;
}

bool Process::stop() {
    const std::lock_guard lock(mutex_);
    if (child_ == 0) return false;
    stopped_ = true;
    ::kill(-child_, SIGKILL);
    ::kill(child_, SIGKILL);
    return true;
}

}  // namespace dal::cli::repl
