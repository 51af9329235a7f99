#include "dal/support/parallel.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "dal/support/check.hpp"

namespace dal {
namespace {

/// Waits until all of `count` threads are here, so that a test needs no luck to have them at the same time.
class Meeting {
  public:
    explicit Meeting(size_t count) : missing_(count) {}
    void arrive() {
        --missing_;
        while (missing_ > 0) std::this_thread::yield();
    }

  private:
    std::atomic<size_t> missing_;
};

TEST_CASE("every index is visited once, whatever the number of threads") {
    for (const size_t count : {0, 1, 2, 3, 100, 1000})
        for (const int threads : {1, 2, 5, 200}) {
            CAPTURE(count);
            CAPTURE(threads);
            std::vector<std::atomic<int>> visits(count);
            std::atomic<size_t> most = 0;
            parallel_for(count, threads, [&](size_t index, size_t thread) {
                ++visits[index];
                if (thread >= static_cast<size_t>(threads)) most = thread;
            });
            CHECK(most == 0);
            for (const auto& visit : visits) CHECK(visit == 1);
        }
}

TEST_CASE("one thread is the caller, and goes in order") {
    std::vector<size_t> order;
    const auto caller = std::this_thread::get_id();
    bool elsewhere = false;
    parallel_for(50, 1, [&](size_t index, size_t thread) {
        order.push_back(index);
        elsewhere = elsewhere || thread != 0 || std::this_thread::get_id() != caller;
    });
    CHECK_FALSE(elsewhere);
    REQUIRE(order.size() == 50);
    CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("threads work at the same time, the caller among them") {
    constexpr size_t count = 4;
    Meeting all(count);
    std::vector<std::thread::id> ids(count);
    std::vector<size_t> numbers(count);
    parallel_for(count, count, [&](size_t index, size_t thread) {
        ids[index] = std::this_thread::get_id();
        numbers[index] = thread;
        all.arrive();
    });
    CHECK(std::set(ids.begin(), ids.end()).size() == count);
    CHECK(std::set(numbers.begin(), numbers.end()) == std::set<size_t>{0, 1, 2, 3});
    CHECK(std::find(ids.begin(), ids.end(), std::this_thread::get_id()) != ids.end());
}

TEST_CASE("what is thrown reaches the caller, from any thread") {
    for (const int threads : {1, 4})
        for (const size_t bad : {size_t{0}, size_t{3}, size_t{99}}) {
            std::atomic<int> visits = 0;
            const auto work = [&](size_t index, size_t) {
                ++visits;
                if (index == bad) throw std::runtime_error("at " + std::to_string(index));
            };
            CHECK_THROWS_WITH_AS(parallel_for(100, threads, work), ("at " + std::to_string(bad)).c_str(),
                                 std::runtime_error);
            // What is handed out already may still run.
            CHECK(visits >= static_cast<int>(bad) + 1);
            CHECK(visits <= 100);
            if (threads == 1) CHECK(visits == static_cast<int>(bad) + 1);
        }
}

TEST_CASE("the least index that throws is the one that is reported, whether it throws first or last") {
    constexpr size_t count = 4;
    for (const bool first : {true, false}) {
        Meeting all(count);
        std::atomic<size_t> thrown = 0;
        const auto work = [&](size_t index, size_t) {
            all.arrive();
            while (first ? index > 0 && thrown < index : index == 0 && thrown < count - 1) std::this_thread::yield();
            ++thrown;
            throw std::runtime_error("at " + std::to_string(index));
        };
        CHECK_THROWS_WITH_AS(parallel_for(100, count, work), "at 0", std::runtime_error);
        CHECK(thrown == count);  // and no index was handed out after that
    }
}

TEST_CASE("no threads at all are no argument") {
    CHECK_THROWS_AS(parallel_for(1, 0, [](size_t, size_t) {}), InternalError);
}

/// Runs `body` in a child process and gives its exit code, or minus the signal that ended it.
template <class Body>
int exit_code_of(const Body& body) {
    const pid_t child = fork();
    if (child == 0) {
        int code = 99;
        try {
            code = body();
        } catch (...) {
        }
        _exit(code);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child) return -1000;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// Address space for so many more bytes than there are now.
[[maybe_unused]] bool limit_memory(rlim_t more) {
    long pages = 0;
    if (FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%ld", &pages) != 1) pages = 0;
        std::fclose(file);
    }
    const rlim_t bytes = static_cast<rlim_t>(pages) * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more;
    const rlimit limit{bytes, bytes};
    return pages > 0 && setrlimit(RLIMIT_AS, &limit) == 0;
}

#if !defined(__SANITIZE_ADDRESS__)  // its shadow memory is past every limit of the address space
TEST_CASE("where memory is short, fewer threads do it, and exceptions still arrive") {
    CHECK(exit_code_of([] {
              if (!limit_memory(30 << 20)) return 98;
              std::atomic<int> visits = 0;
              std::atomic<size_t> most = 0;
              parallel_for(200, 200, [&](size_t, size_t thread) {
                  ++visits;
                  if (thread > most) most = thread;
                  std::this_thread::sleep_for(std::chrono::milliseconds(1));
              });
              if (visits != 200 || most > 100) return 1;
              try {
                  parallel_for(200, 200, [&](size_t, size_t) { throw std::bad_alloc(); });
              } catch (const std::bad_alloc&) {
                  return 0;
              }
              return 2;
          }) == 0);
}
#endif

TEST_CASE("where no thread can be had, the caller does all of it") {
    // Root has no such limit; another user can be any that has no process.
    CHECK(exit_code_of([] {
              const rlimit limit{1, 1};
              if (setrlimit(RLIMIT_NPROC, &limit) != 0) return 98;
              if (getuid() == 0 && setuid(54321) != 0) return 98;
              size_t visits = 0;
              bool elsewhere = false;
              parallel_for(1000, 8, [&](size_t, size_t thread) {
                  ++visits;
                  elsewhere = elsewhere || thread != 0;
              });
              return visits == 1000 && !elsewhere ? 0 : 1;
          }) == 0);
}

}  // namespace
}  // namespace dal
