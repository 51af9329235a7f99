// When a solver has to come to an end: its seconds are over, or the caller, who is told of the progress, wants no more.
// Whoever works long asks now and then, after work that he counts, so that asking costs nothing. Where there is neither
// a limit nor a caller to tell, the answer is always the same, and nothing depends on time. Internal to cmvm.
#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "dal/cmvm/cmvm.hpp"

namespace dal::cmvm {

class Watch {
  public:
    /// The clock begins. `so_far` is asked for what has been found, when the caller is told.
    explicit Watch(const Options& options, std::function<const Solution&()> so_far)
        : options_(options), so_far_(std::move(so_far)), until_(options.seconds) {}

    /// Of all the seconds that there are, those that may be used for now.
    void use(double part) { until_ = part * options_.seconds; }
    [[nodiscard]] double elapsed() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    }
    /// The caller wants no more.
    [[nodiscard]] bool stopped() const { return stopped_; }

    /// Whether to go on after further work, in units of about 10 ns. Of the thread that called the solver only.
    bool goes_on(int64_t work) {
        waiting_ += work;
        if (waiting_ < between_looks) return !over_;
        return look();
    }
    /// The same without waiting for more work.
    bool look() {
        waiting_ = 0;
        if (stopped_ || (options_.seconds <= 0 && !options_.progress)) return !stopped_;
        const double now = elapsed();
        over_ = options_.seconds > 0 && now >= until_;
        if (!options_.progress || now - told_ < between_reports) return !over_;
        told_ = now;
        const Solution& best = so_far_();
        stopped_ = !options_.progress({now, best.adders, best.bits, 0});
        over_ = over_ || stopped_;
        return !over_;
    }

  private:
    static constexpr int64_t between_looks = 1'000'000;
    static constexpr double between_reports = 0.2;

    const Options& options_;
    std::function<const Solution&()> so_far_;
    double until_;
    int64_t waiting_ = 0;
    double told_ = 0;
    bool over_ = false;
    bool stopped_ = false;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace dal::cmvm
