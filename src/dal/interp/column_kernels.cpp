#include "dal/interp/column_kernels.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

// One function for each kind of vectors; which one is taken is decided when the program starts. Floating point has no
// kind with fused operations: its sums are the same everywhere.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define DAL_FOR_INTEGER_VECTORS __attribute__((target_clones("arch=x86-64-v4", "avx2", "default"), optimize("O3")))
#define DAL_FOR_REAL_VECTORS __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define DAL_FOR_INTEGER_VECTORS
#define DAL_FOR_REAL_VECTORS
#endif

namespace dal::kernel {
namespace {

/// Each code becomes `function(code)`.
template <class Function>
inline __attribute__((always_inline)) void each(BlockCodes& codes, const Function& function) {
    for (int64_t& code : codes) code = function(code);
}

template <class Up>
inline __attribute__((always_inline)) void round_if(BlockCodes& codes, int drop, const Up& up) {
    const int64_t mask = static_cast<int64_t>((uint64_t{1} << drop) - 1);
    for (int64_t& code : codes) {
        const int64_t floor = code >> drop;
        code = floor + (up(code, floor, code & mask) ? 1 : 0);
    }
}

/// What a whole number below 2^51 in magnitude is added to so that it stands in the last bits of the sum.
constexpr double anchor = 0x1.8p52;

/// `up` and `down` say from what is left of a number towards 0, and from whether the code is odd, whether the code is
/// one more or one less.
template <class Up, class Down>
inline __attribute__((always_inline)) void round_reals(const BlockReals& scaled, BlockCodes& codes, const Up& up,
                                                       const Down& down) {
    for (size_t s = 0; s < block_samples; ++s) {
        const double whole = std::trunc(scaled[s]);
        const double rest = scaled[s] - whole;  // exact, which what is above the floor is not
        const int64_t code = std::bit_cast<int64_t>(whole + anchor) - std::bit_cast<int64_t>(anchor);
        const bool odd = (code & 1) != 0;
        codes[s] = code + (up(rest, odd) ? 1 : 0) - (down(rest, odd) ? 1 : 0);
    }
}

}  // namespace

DAL_FOR_INTEGER_VECTORS CodeExtent extent(const BlockCodes& codes) {
    CodeExtent all{codes[0], codes[0], 0};
    for (const int64_t code : codes) {
        all.lo = std::min(all.lo, code);
        all.hi = std::max(all.hi, code);
        all.bits |= static_cast<uint64_t>(code);
    }
    return all;
}

DAL_FOR_INTEGER_VECTORS void add_product(BlockCodes& sum, const BlockCodes& x, int64_t weight) {
    for (size_t s = 0; s < block_samples; ++s) sum[s] += weight * x[s];
}

DAL_FOR_REAL_VECTORS void add_product(BlockReals& sum, const BlockReals& x, double weight) {
    for (size_t s = 0; s < block_samples; ++s) sum[s] += weight * x[s];
}

DAL_FOR_INTEGER_VECTORS void round(BlockCodes& codes, int drop, Round round) {
    const int64_t half = static_cast<int64_t>(uint64_t{1} << (drop - 1));
    switch (round) {
        case Round::trn: return each(codes, [&](int64_t code) { return code >> drop; });
        case Round::trn_zero:
            return round_if(codes, drop, [](int64_t code, int64_t, int64_t rest) { return code < 0 && rest != 0; });
        case Round::rnd: return round_if(codes, drop, [&](int64_t, int64_t, int64_t rest) { return rest >= half; });
        case Round::rnd_conv:
            return round_if(codes, drop, [&](int64_t, int64_t floor, int64_t rest) {
                return rest > half || (rest == half && (floor & 1) != 0);
            });
        case Round::rnd_zero:
            return round_if(codes, drop, [&](int64_t code, int64_t, int64_t rest) {
                return rest > half || (rest == half && code < 0);
            });
        case Round::rnd_inf:
            return round_if(codes, drop, [&](int64_t code, int64_t, int64_t rest) {
                return rest > half || (rest == half && code >= 0);
            });
        case Round::rnd_min_inf:
            return round_if(codes, drop, [&](int64_t, int64_t, int64_t rest) { return rest > half; });
    }
}

DAL_FOR_REAL_VECTORS bool round(const BlockReals& reals, int f, Round round, BlockCodes& codes) {
    constexpr int farthest = 900;
    constexpr double too_large = 0x1p51 - 2;
    if (std::abs(f) > farthest) return false;
    const double scale = std::ldexp(1.0, f);
    BlockReals scaled;
    bool fits = true;
    for (size_t s = 0; s < block_samples; ++s) {
        // Exact, or so small that only the sign and that it is not 0 matter.
        scaled[s] = reals[s] * scale;
        fits = fits && std::abs(scaled[s]) < too_large && (scaled[s] != 0 || reals[s] == 0);
    }
    if (!fits) return false;
    const auto never = [](double, bool) { return false; };
    switch (round) {
        case Round::trn: round_reals(scaled, codes, never, [](double rest, bool) { return rest < 0; }); break;
        case Round::trn_zero: round_reals(scaled, codes, never, never); break;
        case Round::rnd:
            round_reals(
                scaled, codes, [](double rest, bool) { return rest >= 0.5; },
                [](double rest, bool) { return rest < -0.5; });
            break;
        case Round::rnd_conv:
            round_reals(
                scaled, codes, [](double rest, bool odd) { return rest > 0.5 || (rest == 0.5 && odd); },
                [](double rest, bool odd) { return rest < -0.5 || (rest == -0.5 && odd); });
            break;
        case Round::rnd_zero:
            round_reals(
                scaled, codes, [](double rest, bool) { return rest > 0.5; },
                [](double rest, bool) { return rest < -0.5; });
            break;
        case Round::rnd_inf:
            round_reals(
                scaled, codes, [](double rest, bool) { return rest >= 0.5; },
                [](double rest, bool) { return rest <= -0.5; });
            break;
        case Round::rnd_min_inf:
            round_reals(
                scaled, codes, [](double rest, bool) { return rest > 0.5; },
                [](double rest, bool) { return rest <= -0.5; });
            break;
    }
    return true;
}

DAL_FOR_INTEGER_VECTORS void wrap(BlockCodes& codes, int bits, int64_t lo) {
    const uint64_t mask = (uint64_t{1} << bits) - 1;
    each(codes, [&](int64_t code) {
        return static_cast<int64_t>((static_cast<uint64_t>(code) - static_cast<uint64_t>(lo)) & mask) + lo;
    });
}

DAL_FOR_INTEGER_VECTORS void clamp(BlockCodes& codes, int64_t lo, int64_t hi) {
    each(codes, [&](int64_t code) { return std::min(std::max(code, lo), hi); });
}

DAL_FOR_INTEGER_VECTORS void clear_outside(BlockCodes& codes, int64_t lo, int64_t hi) {
    each(codes, [&](int64_t code) { return lo <= code && code <= hi ? code : 0; });
}

DAL_FOR_REAL_VECTORS void to_reals(const BlockCodes& codes, int f, BlockReals& reals) {
    constexpr int farthest = 900;
    if (std::abs(f) <= farthest) {  // codes are below 2^62: scaling is exact
        const double scale = std::ldexp(1.0, -f);
        for (size_t s = 0; s < block_samples; ++s) reals[s] = static_cast<double>(codes[s]) * scale;
    } else {
        for (size_t s = 0; s < block_samples; ++s)
            reals[s] = std::ldexp(static_cast<double>(codes[s]), std::clamp(-f, -5000, 5000));
    }
}

}  // namespace dal::kernel
