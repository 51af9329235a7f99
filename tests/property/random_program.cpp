#include "random_program.hpp"

#include <algorithm>
#include <array>

#include "dal/graph/compose.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/support/check.hpp"
#include "random_pieces.hpp"

namespace dal::property {
namespace {

class Program {
  public:
    Program(uint64_t seed, const ProgramOptions& options)
        : pieces_(seed, options), random_(pieces_.random()), options_(options) {
        const int64_t inputs = random_.between(1, 3);
        for (int64_t j = 0; j < inputs; ++j) add_input(static_cast<size_t>(j));
        for (int j = 0; j < options_.operations; ++j) add_operation();
        add_outputs();
        DAL_CHECK(infer_forward(graph_).has_value(), "a random program with an error");
        verify(graph_);
    }
    Graph take() { return std::move(graph_); }

  private:
    using Made = std::optional<NodeId>;

    // --- Operands -------------------------------------------------------------------------------

    NodeId pick() { return random_.of(std::span<const NodeId>(pool_)); }
    const Shape& shape(NodeId id) const { return graph_[id].shape; }
    const Interval& any_range(NodeId id) { return random_.of(std::span<const Interval>(graph_[id].range)); }

    FormatMap formats_for(NodeId x) {
        const Node& node = graph_[x];
        const auto one = [&](int64_t element) {
            const bool near = !node.real && random_.chance(70);
            return near ? pieces_.format_near(node.range[static_cast<size_t>(element)]) : pieces_.format();
        };
        if (random_.chance(50)) return one(random_.between(0, node.size() - 1));
        std::vector<Format> formats;
        for (int64_t element = 0; element < node.size(); ++element) formats.push_back(one(element));
        return FormatMap(std::move(formats));
    }
    NodeId quantized(NodeId x) { return graph_.quantize(x, formats_for(x), {}).value(); }

    NodeId constant(const Shape& of) {
        std::vector<Dyadic> values(static_cast<size_t>(element_count(of)));
        for (Dyadic& value : values) value = pieces_.number();
        return graph_.constant(of, std::move(values), {});
    }
    /// Numbers among those that x has.
    NodeId constant_near(NodeId x) {
        const Shape of = pieces_.broadcast_partner(shape(x));
        std::vector<Dyadic> values(static_cast<size_t>(element_count(of)));
        for (Dyadic& value : values) value = pieces_.number_near(any_range(x));
        return graph_.constant(of, std::move(values), {});
    }
    /// A second operand: another value if one fits in shape, x itself, or a constant.
    NodeId partner(NodeId x) {
        if (random_.chance(5)) return x;
        if (random_.chance(60))
            for (int tries = 0; tries < 4; ++tries)
                if (const NodeId y = pick(); broadcast(shape(x), shape(y))) return y;
        return random_.chance(50) ? constant_near(x) : constant(pieces_.broadcast_partner(shape(x)));
    }
    struct Pair {
        NodeId a, b;
    };
    Pair pair() {
        const NodeId x = pick();
        const NodeId y = partner(x);
        return random_.chance(50) ? Pair{x, y} : Pair{y, x};
    }
    static Made made(Result<NodeId> node) { return node ? Made(*node) : std::nullopt; }

    // --- Inputs, operations, outputs ------------------------------------------------------------

    void add_input(size_t position) {
        const std::string name{static_cast<char>('u' + position)};
        const Shape of = pieces_.shape();
        if (random_.chance(50)) {
            reals_.push_back(graph_.input(name, of, {.real = true, .formats = {}}, {}));
            const int64_t ways = random_.chance(20) ? 2 : 1;
            for (int64_t j = 0; j < ways; ++j) pool_.push_back(quantized(reals_.back()));
        } else {
            std::vector<Format> formats(random_.chance(50) ? 1 : static_cast<size_t>(element_count(of)));
            for (Format& format : formats) format = pieces_.format();
            pool_.push_back(graph_.input(name, of, {.real = false, .formats = FormatMap(std::move(formats))}, {}));
        }
        DAL_CHECK(infer_forward(graph_).has_value(), "a random input with an error");
    }

    /// Adds an operation, and a quantize if its values are wider than the options allow. What would pass
    /// the cap of inference, or does not fit in shape, is taken back.
    void add_operation() {
        const Graph before = graph_;
        const size_t reals = reals_.size();
        const Made operation = random_operation();
        const bool fits = operation && graph_[*operation].size() <= options_.elements && infer_forward(graph_);
        if (!fits) {
            graph_ = before;
            reals_.resize(reals);
            return;
        }
        NodeId result = *operation;
        const auto& ranges = graph_[result].range;
        const bool is_wide = std::any_of(ranges.begin(), ranges.end(),
                                         [&](const Interval& range) { return range.width() > options_.widest; });
        if (is_wide && random_.chance(80)) {
            wide_.push_back(result);
            result = quantized(result);
            DAL_CHECK(infer_forward(graph_).has_value(), "a random quantize with an error");
        }
        pool_.push_back(result);
    }

    Made random_operation() {
        const int64_t kind = random_.between(0, 99);
        if (kind < 14) return quantized(pick());
        if (kind < 28) return einsum();
        if (kind < 34) {
            const auto [a, b] = pair();
            return made(random_.chance(50) ? graph_.add(a, b, {}) : graph_.sub(a, b, {}));
        }
        if (kind < 41) {
            const auto [a, b] = pair();
            return made(graph_.mul(a, b, {}));
        }
        if (kind < 47) {
            const auto [a, b] = pair();
            return made(random_.chance(50) ? graph_.min(a, b, {}) : graph_.max(a, b, {}));
        }
        if (kind < 53) {
            const auto [a, b] = pair();
            return made(graph_.compare(static_cast<Relation>(random_.between(0, 3)), a, b, {}));
        }
        if (kind < 58) {
            const auto [a, b] = pair();
            const NodeId x = pick();
            return made(graph_.select(random_.chance(80) ? x : partner(x), a, b, {}));
        }
        if (kind < 66) return bitwise();
        if (kind < 74) return table(pick());
        if (kind < 82) {
            const NodeId x = pick();
            return move(x, pick());
        }
        if (kind < 85) return composed(pick());
        if (kind < 88) return quantized_real();
        if (kind < 89) return constant(pieces_.shape());
        const NodeId x = pick();
        switch (random_.between(0, 4)) {
            case 0: return graph_.neg(x, {});
            case 1: return graph_.relu(x, {});
            case 2: return graph_.abs(x, {});
            default: return graph_.shift(x, static_cast<int>(random_.between(-6, 6)), {});
        }
    }

    Made bitwise() {
        const auto function = static_cast<BitFunction>(random_.between(0, 2));
        if (random_.chance(60)) {
            const auto [a, b] = pair();
            return made(graph_.bitwise(function, a, b, {}));
        }
        const NodeId x = pick();
        const NodeId mask = graph_.constant({}, {pieces_.mask(any_range(x))}, {});
        return made(random_.chance(50) ? graph_.bitwise(function, x, mask, {}) : graph_.bitwise(function, mask, x, {}));
    }

    /// Numbers that a table for x has to have; nothing if they are too many.
    std::optional<op::Table> domain(NodeId x) {
        op::Table table;
        const std::vector<Interval>& ranges = graph_[x].range;
        table.f = ranges.front().f();
        for (const Interval& range : ranges) table.f = std::max(table.f, range.f());
        if (random_.chance(20)) ++table.f;
        Int first = ranges.front().lo_at(table.f);
        Int last = first;
        for (const Interval& range : ranges) {
            first = min(first, range.lo_at(table.f));
            last = max(last, range.hi_at(table.f));
        }
        if (random_.chance(30)) first -= Int(random_.between(1, 5));
        if (random_.chance(30)) last += Int(random_.between(1, 5));
        if (last - first > Int(300)) return std::nullopt;
        table.first = first;
        table.size = (last - first).to_int64() + 1;
        return table;
    }

    Made table(NodeId x) {
        auto found = random_.chance(70) ? domain(x) : std::nullopt;
        if (!found) {
            const int bits = static_cast<int>(random_.between(1, 6));
            const int top = any_range(x).kif().i + static_cast<int>(random_.between(-2, 1));
            x = graph_.quantize(x, Format{Kif(random_.chance(50), top, bits - top)}, {}).value();
            if (!infer_forward(graph_)) return std::nullopt;
            found = domain(x);
        }
        if (!found) return std::nullopt;
        const int64_t tables = random_.chance(40) ? random_.between(2, 4) : 1;
        std::vector<Dyadic> entries(static_cast<size_t>(tables * found->size));
        const bool narrow = random_.chance(60);
        for (Dyadic& entry : entries) entry = narrow ? Dyadic(Int(random_.between(-8, 7)), -2) : pieces_.number();
        if (random_.chance(5)) std::fill(entries.begin(), entries.end(), entries.front());
        found->entries = std::make_shared<const std::vector<Dyadic>>(std::move(entries));
        if (tables > 1)
            for (int64_t j = 0; j < graph_[x].size(); ++j)
                found->which.push_back(static_cast<uint32_t>(random_.between(0, tables - 1)));
        return graph_.table(std::move(*found), x, {});
    }

    Made move(NodeId x, NodeId other) {
        using Operands = RandomPieces::Moved::Operands;
        if (random_.chance(30))
            for (int tries = 0; tries < 4 && shape(other) != shape(x); ++tries) other = pick();
        RandomPieces::Moved moved = pieces_.movement(shape(x), shape(other));
        if (static_cast<int64_t>(moved.movement.sources.size()) > options_.elements) return std::nullopt;
        std::vector<NodeId> operands{x};
        if (moved.operands == Operands::two) operands.push_back(other);
        if (moved.operands == Operands::and_fill) operands.push_back(constant({}));
        return graph_.move(std::move(moved.name), std::move(moved.movement.shape), std::move(moved.movement.sources),
                           std::move(operands), {});
    }

    /// A real input, perhaps moved together with other values, quantized.
    Made quantized_real() {
        if (reals_.empty()) return std::nullopt;
        NodeId x = random_.of(std::span<const NodeId>(reals_));
        const int64_t moves = random_.between(0, 2);
        for (int64_t j = 0; j < moves; ++j) {
            const auto moved = move(x, random_.chance(50) ? random_.of(std::span<const NodeId>(reals_)) : pick());
            if (!moved) return std::nullopt;
            x = *moved;
            if (graph_[x].real) reals_.push_back(x);
        }
        if (!infer_forward(graph_)) return std::nullopt;
        return quantized(x);
    }

    /// Operations that are made of others.
    Made composed(NodeId x) {
        GraphBuilder builder(graph_, {});
        Reduced over;
        const auto axes = static_cast<int64_t>(shape(x).size());
        if (axes > 0 && random_.chance(60)) over.axes.push_back(random_.between(-axes, axes - 1));
        over.keep = random_.chance(30);
        const auto result = [&]() -> Composed<NodeId> {
            switch (random_.between(0, 7)) {
                case 0: return argmax(builder, x, over);
                case 1: return argmin(builder, x, over);
                case 2: return reduce_max(builder, x, over);
                case 3: return reduce_min(builder, x, over);
                case 4: return any(builder, x, over);
                case 5: return all(builder, x, over);
                case 6: return sum(builder, x, over);
                default: {
                    if (axes == 0) return x;
                    const int64_t axis = random_.between(0, axes - 1);
                    return sort(builder, x, axis, random_.chance(50));
                }
            }
        }();
        return result ? Made(*result) : std::nullopt;
    }

    /// One, two or three operands, some constant, with diagonals, new letters and sums.
    Made einsum() {
        std::string all;  // letters so far, with their extents beside
        std::vector<int64_t> extents;
        const auto new_letter = [&](int64_t extent) {
            all += static_cast<char>('a' + all.size());
            extents.push_back(extent);
            return all.back();
        };
        EinsumSpec spec;
        std::vector<NodeId> operands;
        const int64_t count = random_.chance(60) ? 2 : random_.chance(50) ? 1 : 3;
        for (int64_t j = 0; j < count; ++j) {
            const bool variable = random_.chance(j == 0 ? 97 : 35);
            std::string letters;
            if (variable || j == 0) {
                NodeId x = pick();
                if (!variable) x = constant(shape(x));
                // Sometimes a letter of before again: a diagonal, or an axis of both.
                for (const int64_t extent : shape(x)) {
                    const auto same = std::find(extents.begin(), extents.end(), extent);
                    const bool again = same != extents.end() && random_.chance(j == 0 ? 25 : 60);
                    letters += again ? all[static_cast<size_t>(same - extents.begin())] : new_letter(extent);
                }
                operands.push_back(x);
            } else {
                for (const char letter : std::string(all))
                    if (random_.chance(65)) letters += letter;
                const int64_t fresh = random_.between(0, 2);
                for (int64_t k = 0; k < fresh; ++k) letters += new_letter(random_.between(1, options_.extent));
                pieces_.shuffle(letters);
                if (!letters.empty() && random_.chance(10)) letters += letters.front();
                Shape of;
                for (const char letter : letters) of.push_back(extents[all.find(letter)]);
                if (element_count(of) > 25 * options_.elements) return std::nullopt;
                operands.push_back(constant(of));
            }
            spec.operands.push_back(letters);
        }
        for (const char letter : all)
            if (random_.chance(55)) spec.result += letter;
        pieces_.shuffle(spec.result);
        int64_t terms = 1;
        for (const int64_t extent : extents) terms *= extent;
        if (terms > 25 * options_.elements) return std::nullopt;
        for (size_t j = operands.size(); j > 1; --j) {
            const auto k = static_cast<size_t>(random_.between(0, static_cast<int64_t>(j) - 1));
            std::swap(operands[j - 1], operands[k]);
            std::swap(spec.operands[j - 1], spec.operands[k]);
        }
        return graph_.einsum(std::move(spec), std::move(operands), {}).value();
    }

    void add_outputs() {
        graph_.output("last", pool_.back(), {});
        const int64_t more = random_.between(0, 2);
        for (int64_t j = 0; j < more; ++j) {
            const NodeId node =
                !wide_.empty() && random_.chance(50) ? random_.of(std::span<const NodeId>(wide_)) : pick();
            graph_.output("y" + std::to_string(j), node, {});
        }
        if (random_.chance(3)) graph_.output("constant", constant({2}), {});
    }

    RandomPieces pieces_;
    Random& random_;
    ProgramOptions options_;
    Graph graph_;
    std::vector<NodeId> pool_;   // values to go on with
    std::vector<NodeId> reals_;  // real inputs, and movements of them
    std::vector<NodeId> wide_;   // values that were quantized because they are wide
};

}  // namespace

ProgramOptions options_for(uint64_t seed) {
    constexpr std::array<int, 6> wide{63, 64, 65, 128, 200, 300};
    Random random(seed ^ 0x5EEDU);
    ProgramOptions options;
    options.operations = static_cast<int>(random.between(1, 20));
    options.widest = static_cast<int>(random.between(4, 34));
    if (random.chance(25)) options.widest = random.of(std::span<const int>(wide));
    if (random.chance(25) && random.chance(10)) {
        options.elements = 256;
        options.extent = 16;
        options.operations = 20;
    }
    return options;
}

Graph random_program(uint64_t seed, const ProgramOptions& options) { return Program(seed, options).take(); }

}  // namespace dal::property
