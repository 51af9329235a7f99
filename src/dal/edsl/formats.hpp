// Formats as values: fixed(1, 3, 4), integer(8), … with rounding and overflow, one for a whole tensor or one per
// element. The definition of each is in docs/numerics.md.
#pragma once

#include <memory>
#include <vector>

#include "dal/array/array.hpp"
#include "dal/edsl/error.hpp"
#include "dal/numeric/kif.hpp"

namespace dal::edsl {

class Tensor;

// quantize(x, fixed(1, 3, 4, {.round = rnd, .overflow = sat}))
using enum Round;
using enum Overflow;

/// How a value is made to fit.
struct Modes {
    Round round = Round::trn;
    Overflow overflow = Overflow::wrap;
};

class Formats {
  public:
    Formats(const Format& all)  // NOLINT(google-explicit-constructor)
        : formats_(std::make_shared<const std::vector<Format>>(1, all)) {}
    /// One for each element of a tensor of this shape, row-major.
    Formats(Shape shape, std::vector<Format> formats)
        : shape_(std::move(shape)), formats_(std::make_shared<const std::vector<Format>>(std::move(formats))) {}

    /// Broadcasts to the tensor that it is used for; empty: one format for all.
    [[nodiscard]] const Shape& shape() const noexcept { return shape_; }
    [[nodiscard]] const std::vector<Format>& list() const noexcept { return *formats_; }
    [[nodiscard]] const std::shared_ptr<const std::vector<Format>>& shared() const noexcept { return formats_; }

  private:
    Shape shape_;
    std::shared_ptr<const std::vector<Format>> formats_;
};

// The parts are integers, or constant arrays of integers that broadcast: a format per element. Error: bad_format.

/// k: keep negative (0 or 1), i: integer bits without the sign, f: fractional bits.
Formats fixed(const Tensor& k, const Tensor& i, const Tensor& f, Modes modes = {}, Location at = Location::current());
/// The same with b = i + f.
Formats kbi(const Tensor& k, const Tensor& b, const Tensor& i, Modes modes = {}, Location at = Location::current());
/// `int(n)` of the language: n bits with the sign.
Formats integer(const Tensor& n, Modes modes = {}, Location at = Location::current());
/// `uint(n)` of the language.
Formats unsigned_integer(const Tensor& n, Modes modes = {}, Location at = Location::current());
/// `bool` of the language: 0 and 1.
inline const Formats boolean{Format{Kif(false, 1, 0)}};
/// -1, 0 and 1.
inline const Formats ternary{Format{Kif(true, 1, 0), Round::rnd_conv, Overflow::sat_sym}};

/// The type of an input that carries any number, to be quantized before any arithmetic.
struct RealPort {};
inline constexpr RealPort real{};

}  // namespace dal::edsl
