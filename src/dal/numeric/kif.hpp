// Fixed-point formats. A Kif says which numbers a wire can hold; a Format adds how a value that is not
// among them is made to fit (rounding, then overflow). Definitions: docs/numerics.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dal/support/number.hpp"

namespace dal {

/// Keep-negative, integer bits (without the sign), fractional bits: the multiples of 2^-f in
/// [-k·2^i, 2^i - 2^-f]. i and f may be negative; the width is k + i + f. A width of 0 or less is
/// canonically Kif{0,0,0}: the constant 0, and no wire.
struct Kif {
    bool k = false;
    int i = 0;
    int f = 0;

    constexpr Kif() = default;
    /// Canonical by construction: (1, -3, 2) is (0, 0, 0).
    constexpr Kif(bool keep_negative, int integer_bits, int fractional_bits)
        : k(keep_negative), i(integer_bits), f(fractional_bits) {
        if (static_cast<int>(k) + i + f <= 0) *this = Kif();
    }
    /// The same with the total of integer and fractional bits: b = i + f.
    static constexpr Kif kbi(bool k, int b, int i) { return {k, i, b - i}; }

    [[nodiscard]] constexpr int width() const noexcept { return static_cast<int>(k) + i + f; }
    [[nodiscard]] constexpr bool is_zero() const noexcept { return width() == 0; }
    /// Smallest and largest code n (value n·2^-f).
    [[nodiscard]] Int min_code() const;
    [[nodiscard]] Int max_code() const;
    /// "fixed(1, 3, 4)".
    [[nodiscard]] std::string to_string() const;
    friend constexpr bool operator==(const Kif&, const Kif&) = default;
};

static_assert(Kif(true, 3, 4).width() == 8);
static_assert(Kif(true, -3, 2) == Kif(false, 0, 0));
static_assert(Kif(false, -3, 7).width() == 4);

/// How u = x·2^f becomes an integer. Ties matter only to the nearest-roundings.
enum class Round : uint8_t {
    trn,          ///< floor(u): toward minus infinity (the default)
    rnd,          ///< nearest, ties up
    rnd_conv,     ///< nearest, ties to even
    trn_zero,     ///< toward zero
    rnd_zero,     ///< nearest, ties toward zero
    rnd_inf,      ///< nearest, ties away from zero
    rnd_min_inf,  ///< nearest, ties down
};
/// How an integer n outside [lo, hi] is brought inside.
enum class Overflow : uint8_t {
    wrap,      ///< modulo 2^width (the default)
    sat,       ///< clamp to [lo, hi]
    sat_sym,   ///< clamp to [-k·hi, hi]
    sat_zero,  ///< 0
};
inline constexpr int round_count = 7;
inline constexpr int overflow_count = 4;

/// "rnd_conv", and back; names are case-sensitive lower case.
std::string_view to_string(Round round) noexcept;
std::string_view to_string(Overflow overflow) noexcept;
std::optional<Round> round_from_string(std::string_view name) noexcept;
std::optional<Overflow> overflow_from_string(std::string_view name) noexcept;

struct Format {
    Kif kif;
    Round round = Round::trn;
    Overflow overflow = Overflow::wrap;

    /// "fixed(1, 3, 4, round: rnd, overflow: sat)"; defaults are left out.
    [[nodiscard]] std::string to_string() const;
    friend constexpr bool operator==(const Format&, const Format&) = default;
};

}  // namespace dal
