#include "dal/support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "dal/support/check.hpp"
#include "dal/support/cleanup.hpp"

namespace dal {
namespace {

/// Our environment without what a surrounding `make` would impose on an inner one. Temporary files go to `directory`,
/// so that those of a tool that is ended in the middle disappear with it.
std::vector<std::string> child_environment(const std::filesystem::path& directory) {
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        bool dropped = false;
        for (const std::string_view name : {"MAKEFLAGS=", "MFLAGS=", "MAKELEVEL=", "LC_ALL=", "TMPDIR="})
            dropped = dropped || text.starts_with(name);
        if (!dropped) environment.emplace_back(text);
    }
    environment.emplace_back("LC_ALL=C");
    environment.push_back("TMPDIR=" + std::filesystem::absolute(directory).string());
    return environment;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

using Clock = std::chrono::steady_clock;

/// Until then, in milliseconds, for poll(); 0 if it is over.
int remaining(Clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
}

/// Adds to `text` what comes, until the end or the deadline; whether it was the end.
bool drain(int fd, Clock::time_point deadline, std::string& text) {
    std::array<char, 1 << 16> buffer{};
    for (;;) {
        pollfd ready{fd, POLLIN, 0};
        const int wait = remaining(deadline);
        const int events = ::poll(&ready, 1, wait);
        if (events < 0 && errno == EINTR) continue;
        if (events == 0 && wait == 0) return false;
        if (events == 0) continue;
        const ssize_t n = ::read(fd, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return true;
        // A runaway tool must not fill the memory; the rest is read and dropped.
        if (text.size() < (size_t{1} << 20)) text.append(buffer.data(), static_cast<size_t>(n));
    }
}

/// A process group that ends when we do, even if we are killed: its leader is a shell that reads from a pipe of ours
/// and kills the group when the pipe has no writer any more. A child joins the group before it executes anything, and
/// until then holds the pipe itself, so there is no moment in which it is not watched.
class WatchedGroup {
  public:
    WatchedGroup() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            failure_ = errno;
            return;
        }
        our_end_ = ends[1];
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
        std::vector<std::string> words{"/bin/sh", "-c", "read -r nothing; kill -KILL 0"};
        failure_ = spawn(leader_, "/bin/sh", words, environ, actions, 0);
        posix_spawn_file_actions_destroy(&actions);
        ::close(ends[0]);
    }
    WatchedGroup(const WatchedGroup&) = delete;
    WatchedGroup& operator=(const WatchedGroup&) = delete;
    ~WatchedGroup() {
        if (leader_ != 0) {
            unregister_process_group(leader_);
            ::kill(leader_, SIGKILL);
            while (::waitpid(leader_, nullptr, 0) < 0 && errno == EINTR) {
            }
        }
        if (our_end_ >= 0) ::close(our_end_);
    }

    /// An errno if there is no such group.
    [[nodiscard]] int failure() const noexcept { return failure_; }
    void kill() const noexcept { ::kill(-leader_, SIGKILL); }

    /// Starts a program in the group; an errno if that fails.
    int start(pid_t& child, const char* program, std::vector<std::string>& words, char* const* environment,
              const posix_spawn_file_actions_t& actions) const {
        return spawn(child, program, words, environment, actions, leader_);
    }

  private:
    /// In the group `group`, or as the leader of a new one if 0, which is registered.
    static int spawn(pid_t& child, const char* program, std::vector<std::string>& words, char* const* environment,
                     const posix_spawn_file_actions_t& actions, pid_t group) {
        // Threads of ours may block signals; the child must not inherit that, or an interrupt would not reach it.
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setpgroup(&attributes, group);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
        const CleanUpHeldOff until_registered;
        pid_t made = 0;
        const int failed = ::posix_spawn(&made, program, &actions, &attributes, pointers(words).data(), environment);
        posix_spawnattr_destroy(&attributes);
        if (failed != 0) return failed;
        child = made;
        if (group == 0) register_process_group(made);
        return 0;
    }

    pid_t leader_ = 0;
    int our_end_ = -1;
    int failure_ = 0;
};

/// Waits for the end of a process, and where the deadline comes first, kills its group; whether it did.
bool wait_or_kill(pid_t child, const WatchedGroup& group, Clock::time_point deadline, bool overdue, int& status) {
    // It has closed its output, so that it mostly ends at once.
    for (int pause = 1; !overdue; pause = std::min(pause * 2, 100)) {
        const pid_t ended = ::waitpid(child, &status, WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR)) return false;
        overdue = remaining(deadline) == 0;
        if (!overdue) ::poll(nullptr, 0, pause);
    }
    group.kill();
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return true;
}

}  // namespace

std::optional<std::filesystem::path> find_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
    while (true) {
        const size_t colon = rest.find(':');
        const std::string_view folder = rest.substr(0, colon);
        const std::filesystem::path candidate = std::filesystem::path(folder.empty() ? "." : folder) / name;
        std::error_code ignored;
        if (std::filesystem::is_regular_file(candidate, ignored) && ::access(candidate.c_str(), X_OK) == 0)
            return std::filesystem::absolute(candidate);
        if (colon == std::string_view::npos) return std::nullopt;
        rest.remove_prefix(colon + 1);
    }
}

std::optional<Process> run_process(std::span<const std::string> arguments, const std::filesystem::path& directory,
                                   std::chrono::milliseconds limit) {
    const Clock::time_point deadline = Clock::now() + limit;
    DAL_CHECK(!arguments.empty(), "no program to run");
    std::optional<std::filesystem::path> program = arguments[0];
    if (!program->has_parent_path()) program = find_program(arguments[0]);
    if (!program) return std::nullopt;

    const auto cannot_run = [&](int why) {
        return Process{127, "cannot run " + program->string() + ": " + std::strerror(why), false};
    };
    const WatchedGroup group;
    if (group.failure() != 0) return cannot_run(group.failure());

    std::array<int, 2> ends{};
    DAL_CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0, std::string("pipe: ") + std::strerror(errno));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
    std::vector<std::string> words(arguments.begin(), arguments.end());
    std::vector<std::string> environment = child_environment(directory);
    pid_t child = 0;
    const int failed = group.start(child, program->c_str(), words, pointers(environment).data(), actions);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed != 0) {
        ::close(ends[0]);
        if (failed == ENOENT) return std::nullopt;
        return cannot_run(failed);
    }
    Process process;
    const bool all_read = drain(ends[0], deadline, process.output);
    ::close(ends[0]);
    int status = 0;
    process.timed_out = wait_or_kill(child, group, deadline, !all_read, status);
    process.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return process;
}

}  // namespace dal
