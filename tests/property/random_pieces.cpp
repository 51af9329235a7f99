#include "random_pieces.hpp"

#include <algorithm>
#include <numeric>

#include "dal/support/check.hpp"

namespace dal::property {
namespace {

Movement right(MovementResult result) {
    DAL_CHECK(result.ok(), "a random movement: " + result.problem());
    return std::move(*result);
}

}  // namespace

Shape RandomPieces::shape() {
    Shape result(static_cast<size_t>(random_.between(0, 3)));
    for (int64_t& extent : result) extent = random_.between(1, options_.extent);
    while (element_count(result) > options_.elements) result.pop_back();
    return result;
}

Shape RandomPieces::broadcast_partner(Shape with) {
    if (!with.empty() && random_.chance(25)) with.erase(with.begin());
    for (int64_t& extent : with)
        if (random_.chance(25)) extent = 1;
    if (with.size() < 3 && random_.chance(20)) with.insert(with.begin(), random_.between(1, 3));
    for (int64_t& extent : with)
        if (extent == 1 && random_.chance(20)) extent = random_.between(1, 3);
    return with;
}

void RandomPieces::shuffle(std::string& text) {
    for (size_t j = text.size(); j > 1; --j)
        std::swap(text[j - 1], text[static_cast<size_t>(random_.between(0, static_cast<int64_t>(j) - 1))]);
}

int RandomPieces::width() {
    if (random_.chance(10)) return static_cast<int>(random_.between(-2, 0));
    if (random_.chance(55)) return static_cast<int>(random_.between(1, std::min(10, options_.widest)));
    if (random_.chance(30)) return options_.widest;
    return static_cast<int>(random_.between(1, options_.widest));
}

Format RandomPieces::with_modes(const Kif& kif) {
    return {kif, static_cast<Round>(random_.between(0, round_count - 1)),
            static_cast<Overflow>(random_.between(0, overflow_count - 1))};
}

Format RandomPieces::format() {
    const int bits = width();
    const bool k = random_.chance(60);
    const int f = static_cast<int>(random_.between(-5, std::max(0, bits) + 5));
    return with_modes(Kif(k, bits - static_cast<int>(k) - f, f));
}

Format RandomPieces::format_near(const Interval& range) {
    const Kif kif = range.kif();
    const int i = kif.i + static_cast<int>(random_.between(-3, 2));
    const int f = kif.f + static_cast<int>(random_.between(-4, 2));
    const Kif near(random_.chance(70), i, f);
    return with_modes(near.width() <= options_.widest ? near : Kif(near.k, i, options_.widest - 1 - i));
}

Dyadic RandomPieces::number() {
    if (random_.chance(25)) return {};
    const int64_t sign = random_.chance(50) ? 1 : -1;
    const int64_t exponent = random_.chance(40) ? random_.between(-6, 4) : 0;
    if (random_.chance(25)) return Dyadic(sign, random_.between(-6, 6));
    if (random_.chance(80)) return {Int(sign * random_.between(1, 127)), exponent};
    const Int limit = Int::pow2(random_.between(1, std::min(options_.widest, 100)));
    return {random_.between(-limit, limit), exponent};
}

Dyadic RandomPieces::number_near(const Interval& range) {
    Int code = random_.between(range.lo(), range.hi());
    if (random_.chance(30)) code = range.lo();
    if (random_.chance(30)) code = range.hi();
    if (random_.chance(30)) code += Int(random_.between(-1, 1));
    Dyadic value(code, -int64_t{range.f()});
    if (random_.chance(15)) value = value + Dyadic(1, -int64_t{range.f()} - 1);
    return value;
}

Dyadic RandomPieces::mask(const Interval& range) {
    const int64_t low = range.kif().width() > 0 ? random_.between(-1, range.kif().width()) : 0;
    const Int ones = random_.chance(50) ? Int(-1) : Int::pow2(random_.between(1, options_.widest)) - 1;
    return {ones, low - range.f()};
}

// --- Rearrangements -----------------------------------------------------------------------------

std::vector<int64_t> RandomPieces::order(size_t axes) {
    std::vector<int64_t> result(axes);
    std::iota(result.begin(), result.end(), 0);
    for (size_t j = axes; j > 1; --j)
        std::swap(result[j - 1], result[static_cast<size_t>(random_.between(0, static_cast<int64_t>(j) - 1))]);
    return result;
}

Movement RandomPieces::subscripted(const Shape& x) {
    std::vector<Subscript> parts;
    for (const int64_t extent : x) {
        if (random_.chance(10)) parts.push_back({.kind = Subscript::Kind::new_axis, .first = {}, .last = {}});
        Subscript part{.first = {}, .last = {}};
        if (random_.chance(30)) {
            part.kind = Subscript::Kind::at;
            part.position = random_.between(-extent, extent - 1);
        } else if (random_.chance(50)) {
            part.step = random_.chance(50) ? -1 : 1;
            if (random_.chance(30)) part.step *= 2;
        } else {
            part.first = random_.between(int64_t{0}, extent - 1);
            part.last = random_.between(*part.first + 1, extent);
        }
        parts.push_back(part);
    }
    if (!parts.empty() && random_.chance(20)) parts.back() = {.kind = Subscript::Kind::all, .first = {}, .last = {}};
    return right(subscript(x, parts));
}

Movement RandomPieces::padded(const Shape& x) {
    std::vector<int64_t> before(x.size());
    std::vector<int64_t> after(x.size());
    for (int64_t& count : before) count = random_.between(0, 1);
    for (int64_t& count : after) count = random_.between(0, 2);
    return right(pad(x, before, after));
}

Movement RandomPieces::windowed(const Shape& x) {
    std::vector<int64_t> sizes;
    std::vector<int64_t> strides;
    std::vector<int64_t> dilations;
    std::vector<int64_t> axes = order(x.size());
    if (!axes.empty()) axes.resize(static_cast<size_t>(random_.between(0, static_cast<int64_t>(axes.size()))));
    for (const int64_t axis : axes) {
        const int64_t extent = x[static_cast<size_t>(axis)];
        sizes.push_back(random_.between(1, extent));
        strides.push_back(random_.between(1, 2));
        const int64_t room = sizes.back() > 1 ? (extent - 1) / (sizes.back() - 1) : 2;
        dilations.push_back(random_.between(1, std::max<int64_t>(1, room)));
    }
    return right(windows(x, axes, sizes, strides, dilations));
}

/// Elements of both in any order, some several times, some not at all.
Movement RandomPieces::shuffled(const Shape& x, const Shape& other) {
    Movement result{shape(), {}};
    for (int64_t j = 0; j < element_count(result.shape); ++j) {
        const bool second = random_.chance(30);
        result.sources.push_back({second ? 1U : 0U, random_.between(0, element_count(second ? other : x) - 1)});
    }
    return result;
}

RandomPieces::Moved RandomPieces::movement(const Shape& x, const Shape& other) {
    using Operands = Moved::Operands;
    const int64_t axis = x.empty() ? 0 : random_.between(0, static_cast<int64_t>(x.size()) - 1);
    switch (random_.between(0, x.empty() ? 3 : 12)) {
        case 0: return {"shuffle", shuffled(x, other), Operands::two};
        case 1:
            return {"broadcast_to", right(broadcast_to(x, broadcast(x, broadcast_partner(x)).value_or(x))),
                    Operands::one};
        case 2: return {"slice", subscripted(x), Operands::one};
        case 3: {
            if (x != other) return {"reshape", right(reshape(x, {-1, 1})), Operands::one};
            const std::vector<Shape> both{x, other};
            return {"stack", right(stack(both, random_.between(0, static_cast<int64_t>(x.size())))), Operands::two};
        }
        case 4: return {"pad", padded(x), Operands::and_fill};
        case 5: return {"transpose", right(transpose(x, order(x.size()))), Operands::one};
        case 6: return {"flip", right(flip(x, axis)), Operands::one};
        case 7: return {"repeat", right(repeat(x, random_.between(1, 3), axis)), Operands::one};
        case 8: return {"tile", right(tile(x, random_.between(1, 3), axis)), Operands::one};
        case 9: return {"windows", windowed(x), Operands::one};
        case 10: {
            std::vector<int64_t> positions(static_cast<size_t>(random_.between(1, 4)));
            const int64_t extent = x[static_cast<size_t>(axis)];
            for (int64_t& position : positions) position = random_.between(-extent, extent - 1);
            const Shape list{static_cast<int64_t>(positions.size())};
            return {"gather", right(gather(x, positions, list, axis)), Operands::one};
        }
        case 11: {
            Shape to = x;
            if (random_.chance(50))
                to.assign(1, -1);
            else
                to.insert(to.begin() + axis, 1);
            return {"reshape", right(reshape(x, to)), Operands::one};
        }
        default: {
            const Shape second = other.size() == x.size() ? other : x;
            Shape expected = second;
            expected[static_cast<size_t>(axis)] = x[static_cast<size_t>(axis)];
            if (second != other || expected != x) return {"flip", right(flip(x, axis)), Operands::one};
            const std::vector<Shape> both{x, second};
            return {"concat", right(concat(both, axis)), Operands::two};
        }
    }
}

}  // namespace dal::property
