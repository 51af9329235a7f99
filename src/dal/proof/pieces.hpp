// Functions of one integer on an interval, exactly: lists of runs on which the function is affine. Rounding,
// saturation, wrapping, tables and the bit tricks of hardware all are such functions, with a run for each value of the
// result and not for each of the argument. The list is canonical, so that equal functions are equal lists.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "dal/proof/exact.hpp"

namespace dal::proof {

/// value + slope·(t - start) for t from start to the next run. A run of one point has slope 0.
struct Run {
    int64_t start = 0;
    int64_t value = 0;
    int64_t slope = 0;
    friend bool operator==(const Run&, const Run&) = default;
};

class Pieces {
  public:
    /// a·t + b on `domain`.
    static Pieces affine(const Range& domain, int64_t a, int64_t b);

    [[nodiscard]] const Range& domain() const noexcept { return domain_; }
    [[nodiscard]] const std::vector<Run>& runs() const noexcept { return runs_; }
    [[nodiscard]] bool is_affine() const noexcept { return runs_.size() == 1; }
    /// The last point of a run.
    [[nodiscard]] int64_t last_of(size_t run) const {
        return run + 1 < runs_.size() ? runs_[run + 1].start - 1 : domain_.hi;
    }
    [[nodiscard]] int64_t at(int64_t t) const;
    [[nodiscard]] Range values() const;
    [[nodiscard]] size_t hash() const noexcept;
    friend bool operator==(const Pieces& a, const Pieces& b) {
        return a.runs_ == b.runs_ && a.domain_.lo == b.domain_.lo && a.domain_.hi == b.domain_.hi;
    }

  private:
    friend class PiecesBuilder;
    Range domain_;
    std::vector<Run> runs_;
};

/// Makes a canonical list of any runs, given from left to right.
class PiecesBuilder {
  public:
    PiecesBuilder(const Range& domain, Budget& budget) : budget_(budget), next_(domain.lo) { pieces_.domain_ = domain; }
    /// The next `count` points: value, value + slope, ….
    void append(int64_t count, int64_t value, int64_t slope);
    /// All points of the domain must have been given (checked).
    Pieces take();

  private:
    void start(int64_t count, int64_t value, int64_t slope);

    Budget& budget_;
    Pieces pieces_;
    int64_t next_;        ///< the point that is appended next
    int64_t length_ = 0;  ///< of the last run
};

// Operations. Functions that meet have the same domain.

/// ca·a + cb·b.
Pieces combine(const Pieces& a, int64_t ca, const Pieces& b, int64_t cb, Budget& budget);
/// c·a + offset.
Pieces scaled(const Pieces& a, int64_t c, int64_t offset, Budget& budget);
Pieces product(const Pieces& a, const Pieces& b, Budget& budget);
/// ⌊a / 2^bits⌋.
Pieces floor_shift(const Pieces& a, int64_t bits, Budget& budget);
/// a modulo 2^bits.
Pieces modulo(const Pieces& a, int64_t bits, Budget& budget);
/// outer(a(t)); the values of `a` must lie in the domain of `outer` (given up otherwise).
Pieces compose(const Pieces& outer, const Pieces& a, Budget& budget);
/// function(a(t), b(t)), point by point where they are not constant.
Pieces pointwise(const Pieces& a, const Pieces& b, const std::function<int64_t(int64_t, int64_t)>& function,
                 Budget& budget);
/// entries[j] at first + j.
Pieces table(int64_t first, const std::vector<int64_t>& entries, Budget& budget);
/// a - a(lo) - (a(lo + 1) - a(lo))·(t - lo), divided by the greatest common divisor of its values, and with a positive
/// first value that is not 0: the same for all c·a + α·t + β.
struct AffineClass {
    Pieces normal;
    int64_t factor = 1;  ///< a = factor·normal + slope·t + offset
    int64_t slope = 0;
    int64_t offset = 0;
};
AffineClass affine_class(const Pieces& a, Budget& budget);
/// The greatest common divisor of a(t) - a(lo).
int64_t common_factor(const Pieces& a);

}  // namespace dal::proof
