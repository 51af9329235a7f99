// What ends a proof without a result, and the limits that do: only prove() catches it. Nothing is claimed then, so
// every part of the checker may give up at any place.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace dal::proof {

/// Thrown where something cannot be read, is not supported, or takes too much.
struct Unproven {
    std::string reason;  ///< lower case, no full stop
};

[[noreturn]] inline void give_up(std::string reason) { throw Unproven{std::move(reason)}; }

/// Time and memory of one proof.
class Budget {
  public:
    /// `runs`: of all functions together (pieces.hpp), 24 bytes each.
    Budget(double seconds, int64_t runs)
        : end_(std::chrono::steady_clock::now() +
               std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds))),
          runs_(runs) {}

    /// Counts `work` steps, and looks at the clock now and then.
    void spend(int64_t work = 1) {
        left_until_look_ -= work;
        if (left_until_look_ > 0) return;
        left_until_look_ = steps_between_looks;
        if (std::chrono::steady_clock::now() > end_) give_up("out of time");
    }
    /// Counts what is kept.
    void keep(int64_t runs) {
        runs_ -= runs;
        if (runs_ < 0) give_up("out of memory: functions of wide sums have too many pieces");
    }

  private:
    static constexpr int64_t steps_between_looks = 1 << 16;
    std::chrono::steady_clock::time_point end_;
    int64_t runs_;
    int64_t left_until_look_ = steps_between_looks;
};

}  // namespace dal::proof
