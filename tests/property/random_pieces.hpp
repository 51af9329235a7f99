// What random programs are made of: shapes, formats, numbers, and rearrangements of tensors. Makes no nodes; that is
// random_program.cpp.
#pragma once

#include <string>

#include "dal/graph/movement.hpp"
#include "random.hpp"
#include "random_program.hpp"

namespace dal::property {

class RandomPieces {
  public:
    RandomPieces(uint64_t seed, const ProgramOptions& options) : random_(seed), options_(options) {}

    Random& random() { return random_; }

    Shape shape();
    /// A shape that broadcasts with `with`: axes dropped at the front, or stretched in either direction.
    Shape broadcast_partner(Shape with);
    void shuffle(std::string& text);

    /// Any format, of zero width and with a far-away binary point too.
    Format format();
    /// A format that some values of `range` do not fit: a few bits off at either end.
    Format format_near(const Interval& range);

    /// Any number: 0, a power of two, a short one, one as wide as the options allow.
    Dyadic number();
    /// A number in the range, at its ends, or just outside: where comparisons and minima are decided.
    Dyadic number_near(const Interval& range);
    /// A number whose bits are a run of ones, from a low bit on or up to all higher ones: a mask.
    Dyadic mask(const Interval& range);

    /// One rearrangement of any kind, with the name that the language gives it. `other` has the shape of a second
    /// tensor; `operands` says how many are taken: 1, or 2 with the second one `other`, or 3: the second a scalar.
    struct Moved {
        std::string name;
        Movement movement;
        enum class Operands : uint8_t { one, two, and_fill } operands = Operands::one;
    };
    Moved movement(const Shape& x, const Shape& other);

  private:
    Format with_modes(const Kif& kif);
    int width();
    std::vector<int64_t> order(size_t axes);
    Movement subscripted(const Shape& x);
    Movement padded(const Shape& x);
    Movement windowed(const Shape& x);
    Movement shuffled(const Shape& x, const Shape& other);

    Random random_;
    ProgramOptions options_;
};

}  // namespace dal::property
