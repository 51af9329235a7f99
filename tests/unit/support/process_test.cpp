#include "dal/support/process.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <sstream>
#include <string>
#include <vector>

#include "dal/support/file.hpp"

using namespace dal;
using namespace std::chrono_literals;

namespace {

constexpr auto long_enough = 600s;  // for what ends by itself

Process run(const std::string& script, std::chrono::milliseconds limit) {
    return *run_process(std::vector<std::string>{"/bin/sh", "-c", script}, "/", limit);
}

/// Whether it is gone before long, or a corpse that nobody has fetched yet.
bool is_gone(pid_t process) {
    bool gone = false;
    for (int n = 0; n < 2000 && !gone; ++n) {
        const auto stat = read_file("/proc/" + std::to_string(process) + "/stat");
        gone = !stat || stat->find(") Z") != std::string::npos;
        if (!gone) run("sleep 0.01", long_enough);
    }
    return gone;
}

}  // namespace

TEST_CASE("what a program prints, and how it ends") {
    const Process process = run("echo out; echo err >&2; exit 3", long_enough);
    CHECK(process.output == "out\nerr\n");
    CHECK(process.status == 3);
    CHECK_FALSE(process.timed_out);
    CHECK(run("kill -9 $$", long_enough).status == 128 + SIGKILL);
    CHECK_FALSE(run_process(std::vector<std::string>{"there-is-no-such-program"}, "/", long_enough));
}

TEST_CASE("a program that does not end is killed with what it started") {
    // The inner shell would go on, and holds the pipe.
    const Process process = run("sh -c 'echo $$; exec sleep 1000'; sleep 1000", 300ms);
    CHECK(process.timed_out);
    CHECK(process.status == 128 + SIGKILL);
    CHECK(is_gone(std::stoi(process.output)));
}

TEST_CASE("a program ends with what it started when we are killed") {
    const TemporaryDirectory scratch = TemporaryDirectory::make().value();
    const std::string file = (scratch.path() / "processes").string();
    const pid_t copy = ::fork();
    if (copy == 0) {
        run("sleep 1000 & echo $$ >" + file + ".new; echo $! >>" + file + ".new; mv " + file + ".new " + file +
                "; wait",
            long_enough);
        ::_exit(0);
    }
    while (!std::filesystem::exists(file)) run("sleep 0.01", long_enough);
    ::kill(copy, SIGKILL);
    ::waitpid(copy, nullptr, 0);
    std::istringstream processes(read_file(file).value());
    for (pid_t process = 0; processes >> process;) CHECK(is_gone(process));
}

TEST_CASE("a limit holds for what has closed its output, and for what another process still holds open") {
    CHECK(run("exec >/dev/null 2>&1; sleep 1000", 300ms).timed_out);
    CHECK(run("sleep 1000 & exit 0", 300ms).timed_out);
}
