// How far long work is. At a terminal a line that changes, with a bar where it is known how much there is; elsewhere
// (a log) a line every ten seconds. The one place of the command line that shows it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace dal::cli {

/// "running  [#####     ] 50 %  1,000 of 2,000  500/s  2 s left", as far as it is known; `seconds` since the first.
std::string progress_text(std::string_view what, int64_t done, std::optional<int64_t> all, double seconds);

class ProgressLine {
  public:
    /// Not shown at all if not wanted.
    explicit ProgressLine(bool wanted);
    ~ProgressLine();

    // All may be called from any thread.
    /// What is being done; nothing more is known of it yet.
    void tell(std::string_view what);
    /// How much of it is done.
    void advance(int64_t done, std::optional<int64_t> all);
    /// Nothing is being done.
    void clear();

  private:
    using Clock = std::chrono::steady_clock;

    void start_watching();
    void watch();
    // With the lock held.
    void show(Clock::time_point now);
    void erase();
    [[nodiscard]] std::string text(Clock::time_point now) const;

    const bool wanted_;
    const bool terminal_;
    std::mutex mutex_;
    std::condition_variable ended_;
    std::string what_;  // empty: nothing
    int64_t done_ = 0;
    std::optional<int64_t> all_;
    Clock::time_point began_;  // what is being done
    Clock::time_point shown_;
    bool line_ = false;  // is on the terminal
    bool end_ = false;
    std::thread watcher_;  // shows what goes on while nobody tells anything
};

}  // namespace dal::cli
