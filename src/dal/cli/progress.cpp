#include "dal/cli/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>

namespace dal::cli {
namespace {

using namespace std::chrono_literals;

/// At most ten updates a second: progress must not cost more than the work.
constexpr auto between_updates = 100ms;
/// A line that stays the same says how long from here on.
constexpr auto silence = 2s;
constexpr auto between_lines = 10s;

/// "1,234,567".
std::string grouped(int64_t number) {
    std::string text = std::to_string(number);
    for (auto at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<size_t>(at), ",");
    return text;
}

std::string duration(double seconds) {
    const auto whole = static_cast<int64_t>(std::ceil(std::min(seconds, 1e9)));
    char text[32];
    if (whole < 60)
        std::snprintf(text, sizeof text, "%lld s", static_cast<long long>(whole));
    else if (whole < 3600)
        std::snprintf(text, sizeof text, "%lld min %lld s", static_cast<long long>(whole / 60),
                      static_cast<long long>(whole % 60));
    else
        std::snprintf(text, sizeof text, "%lld h %lld min", static_cast<long long>(whole / 3600),
                      static_cast<long long>(whole / 60 % 60));
    return text;
}

}  // namespace

std::string progress_text(std::string_view what, int64_t done, std::optional<int64_t> all, double seconds) {
    constexpr int64_t cells = 20;
    std::string text(what);
    if (all && *all > 0) {
        const double part = static_cast<double>(std::min(done, *all)) / static_cast<double>(*all);
        const auto full = static_cast<int64_t>(part * cells);
        text +=
            "  [" + std::string(static_cast<size_t>(full), '#') + std::string(static_cast<size_t>(cells - full), ' ');
        text += "] " + std::to_string(static_cast<int64_t>(part * 100)) + " %";
    }
    text += "  " + grouped(done);
    if (all) text += " of " + grouped(*all);
    constexpr double least_seconds = 0.5;  // before that, a rate says nothing
    if (seconds < least_seconds || done <= 0) return text;
    const double rate = static_cast<double>(done) / seconds;
    text += "  " + grouped(static_cast<int64_t>(rate)) + "/s";
    if (all && *all > done) text += "  " + duration(static_cast<double>(*all - done) / rate) + " left";
    return text;
}

ProgressLine::ProgressLine(bool wanted) : wanted_(wanted), terminal_(::isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() {
    clear();
    {
        const std::lock_guard lock(mutex_);
        end_ = true;
    }
    ended_.notify_all();
    if (watcher_.joinable()) watcher_.join();
}

void ProgressLine::tell(std::string_view what) {
    if (!wanted_) return;
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (what_.empty() && !terminal_) shown_ = now;
    const bool is_new = what_ != what;
    what_ = what;
    if (is_new) {
        done_ = 0;
        all_ = std::nullopt;
        began_ = now;
    }
    start_watching();
    if (terminal_ && (!line_ || now - shown_ >= between_updates)) show(now);
}

void ProgressLine::advance(int64_t done, std::optional<int64_t> all) {
    if (!wanted_) return;
    const std::lock_guard lock(mutex_);
    done_ = done;
    all_ = all;
    const auto now = Clock::now();
    if (terminal_ && now - shown_ >= between_updates) show(now);
}

void ProgressLine::clear() {
    const std::lock_guard lock(mutex_);
    what_.clear();
    erase();
}

void ProgressLine::start_watching() {
    if (watcher_.joinable()) return;
    try {
        watcher_ = std::thread([this] { watch(); });
    } catch (const std::exception&) {  // no thread, or no memory for it: then only what is told is shown
    }
}

void ProgressLine::watch() {
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, 500ms, [&] { return end_; })) {
        const auto now = Clock::now();
        if (!what_.empty() && now - shown_ >= (terminal_ ? Clock::duration(silence) : Clock::duration(between_lines)))
            show(now);
    }
}

std::string ProgressLine::text(Clock::time_point now) const {
    const double seconds = std::chrono::duration<double>(now - began_).count();
    if (done_ > 0) return progress_text(what_, done_, all_, seconds);
    return now - began_ < silence ? what_ : what_ + "  " + duration(std::floor(seconds));
}

void ProgressLine::show(Clock::time_point now) {
    shown_ = now;
    line_ = terminal_;
    std::fprintf(stderr, terminal_ ? "\r\x1b[K%s" : "%s\n", text(now).c_str());
    std::fflush(stderr);
}

void ProgressLine::erase() {
    if (!line_) return;
    line_ = false;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
}

}  // namespace dal::cli
