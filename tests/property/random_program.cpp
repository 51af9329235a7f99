#include "random_program.hpp"

#include <algorithm>
#include <array>

#include "dal/infer/forward.hpp"
#include "dal/support/check.hpp"
#include "random.hpp"

namespace dal::property {
namespace {

class Program {
  public:
    Program(uint64_t seed, const ProgramOptions& options) : random_(seed), options_(options) {
        const int64_t inputs = random_.between(1, 3);
        for (int64_t j = 0; j < inputs; ++j) add_input(static_cast<size_t>(j));
        for (int j = 0; j < options_.operations; ++j) add_operation();
        add_outputs();
        DAL_CHECK(infer_forward(graph_).has_value(), "a random program with an error");
        verify(graph_);
    }
    Graph take() { return std::move(graph_); }

  private:
    // --- Pieces ---------------------------------------------------------------------------------

    NodeId pick() { return random_.of(std::span<const NodeId>(pool_)); }
    const Shape& shape(NodeId id) const { return graph_[id].shape; }

    Shape random_shape() {
        Shape result(static_cast<size_t>(random_.between(0, 3)));
        for (int64_t& extent : result) extent = random_.between(1, options_.extent);
        while (element_count(result) > options_.elements) result.pop_back();
        return result;
    }

    int random_width() {
        if (random_.chance(10)) return static_cast<int>(random_.between(-2, 0));
        if (random_.chance(55)) return static_cast<int>(random_.between(1, std::min(10, options_.widest)));
        if (random_.chance(30)) return options_.widest;
        return static_cast<int>(random_.between(1, options_.widest));
    }

    Format with_random_modes(const Kif& kif) {
        return {kif, static_cast<Round>(random_.between(0, round_count - 1)),
                static_cast<Overflow>(random_.between(0, overflow_count - 1))};
    }

    Format random_format() {
        const int width = random_width();
        const bool k = random_.chance(60);
        const int f = static_cast<int>(random_.between(-5, std::max(0, width) + 5));
        return with_random_modes(Kif(k, width - static_cast<int>(k) - f, f));
    }

    /// A format that some values of `range` do not fit: a few bits off at either end.
    Format format_near(const Interval& range) {
        const Kif kif = range.kif();
        const int i = kif.i + static_cast<int>(random_.between(-3, 2));
        const int f = kif.f + static_cast<int>(random_.between(-4, 2));
        const Kif near(random_.chance(70), i, f);
        return with_random_modes(near.width() <= options_.widest ? near : Kif(near.k, i, options_.widest - 1 - i));
    }

    FormatMap formats_for(NodeId x) {
        const Node& node = graph_[x];
        const auto one = [&](int64_t element) {
            const bool near = !node.real && random_.chance(70);
            return near ? format_near(node.range[static_cast<size_t>(element)]) : random_format();
        };
        if (random_.chance(50)) return one(random_.between(0, node.size() - 1));
        std::vector<Format> formats;
        for (int64_t element = 0; element < node.size(); ++element) formats.push_back(one(element));
        return FormatMap(std::move(formats));
    }

    Dyadic random_weight() {
        if (random_.chance(25)) return {};
        const int64_t sign = random_.chance(50) ? 1 : -1;
        const int64_t exponent = random_.chance(40) ? random_.between(-6, 4) : 0;
        if (random_.chance(25)) return Dyadic(sign, random_.between(-6, 6));
        if (random_.chance(80)) return {Int(sign * random_.between(1, 127)), exponent};
        const Int limit = Int::pow2(random_.between(1, std::min(options_.widest, 100)));
        return {random_.between(-limit, limit), exponent};
    }

    NodeId random_constant(const Shape& of) {
        std::vector<Dyadic> values(static_cast<size_t>(element_count(of)));
        for (Dyadic& value : values) value = random_weight();
        return graph_.constant(of, std::move(values), {});
    }

    /// A shape that broadcasts with `with`: axes dropped at the front, or stretched in either direction.
    Shape broadcast_partner(Shape with) {
        if (!with.empty() && random_.chance(25)) with.erase(with.begin());
        for (int64_t& extent : with)
            if (random_.chance(25)) extent = 1;
        if (with.size() < 3 && random_.chance(20)) with.insert(with.begin(), random_.between(1, 3));
        for (int64_t& extent : with)
            if (extent == 1 && random_.chance(20)) extent = random_.between(1, 3);
        return with;
    }

    // --- Inputs, operations, outputs ------------------------------------------------------------

    void add_input(size_t position) {
        const std::string name{static_cast<char>('u' + position)};
        const Shape of = random_shape();
        if (random_.chance(50)) {
            const NodeId x = graph_.input(name, of, {.real = true, .formats = {}}, {});
            const int64_t ways = random_.chance(20) ? 2 : 1;
            for (int64_t j = 0; j < ways; ++j) pool_.push_back(graph_.quantize(x, formats_for(x), {}).value());
        } else {
            std::vector<Format> formats(random_.chance(50) ? 1 : static_cast<size_t>(element_count(of)));
            for (Format& format : formats) format = random_format();
            pool_.push_back(graph_.input(name, of, {.real = false, .formats = FormatMap(std::move(formats))}, {}));
        }
        DAL_CHECK(infer_forward(graph_).has_value(), "a random input with an error");
    }

    /// Adds an operation, and a quantize if its values are wider than the options allow. What would pass
    /// the cap of inference, or does not fit in shape, is taken back.
    void add_operation() {
        const Graph before = graph_;
        const auto made = random_operation();
        const bool fits = made && graph_[*made].size() <= options_.elements && infer_forward(graph_);
        if (!fits) {
            graph_ = before;
            return;
        }
        NodeId result = *made;
        const auto& ranges = graph_[result].range;
        const bool is_wide = std::any_of(ranges.begin(), ranges.end(),
                                         [&](const Interval& range) { return range.width() > options_.widest; });
        if (is_wide && random_.chance(80)) {
            wide_.push_back(result);
            result = graph_.quantize(result, formats_for(result), {}).value();
            DAL_CHECK(infer_forward(graph_).has_value(), "a random quantize with an error");
        }
        pool_.push_back(result);
    }

    std::optional<NodeId> random_operation() {
        const int64_t kind = random_.between(0, 99);
        const NodeId x = pick();
        if (kind < 25) return graph_.quantize(x, formats_for(x), {}).value();
        if (kind < 50) return random_einsum(x);
        if (kind < 70) {
            NodeId y = random_.chance(50) ? pick() : random_constant(broadcast_partner(shape(x)));
            if (!broadcast(shape(x), shape(y))) y = x;
            const NodeId a = random_.chance(50) ? x : y;
            const NodeId b = a == x ? y : x;
            return random_.chance(50) ? graph_.add(a, b, {}).value() : graph_.sub(a, b, {}).value();
        }
        if (kind < 80) {
            const NodeId w = random_constant(broadcast_partner(shape(x)));
            if (!broadcast(shape(x), shape(w))) return std::nullopt;
            return random_.chance(50) ? graph_.mul(x, w, {}).value() : graph_.mul(w, x, {}).value();
        }
        if (kind < 87) return graph_.shift(x, static_cast<int>(random_.between(-6, 6)), {});
        if (kind < 93) return graph_.neg(x, {});
        return graph_.relu(x, {});
    }

    std::optional<NodeId> random_einsum(NodeId x) {
        std::string all;  // letters so far, with their extents beside
        std::vector<int64_t> extents;
        const auto new_letter = [&](int64_t extent) {
            all += static_cast<char>('a' + all.size());
            extents.push_back(extent);
            return all.back();
        };
        std::string of_x;
        for (const int64_t extent : shape(x)) {
            // Sometimes a letter again: the diagonal.
            const auto same = std::find(extents.begin(), extents.end(), extent);
            const bool again = same != extents.end() && random_.chance(25);
            of_x += again ? all[static_cast<size_t>(same - extents.begin())] : new_letter(extent);
        }
        std::string of_w;
        for (const char letter : std::string(all))
            if (random_.chance(65)) of_w += letter;
        const int64_t fresh = random_.between(0, 2);
        for (int64_t j = 0; j < fresh; ++j) of_w += new_letter(random_.between(1, options_.extent));
        shuffle(of_w);
        if (!of_w.empty() && random_.chance(10)) of_w += of_w.front();
        std::string result;
        for (const char letter : all)
            if (random_.chance(55)) result += letter;
        shuffle(result);

        Shape w_shape;
        int64_t terms = 1;
        for (const char letter : of_w) w_shape.push_back(extents[all.find(letter)]);
        for (const int64_t extent : extents) terms *= extent;
        if (terms > 25 * options_.elements) return std::nullopt;
        const NodeId w = random_constant(w_shape);
        if (random_.chance(3)) {  // a product of two constants
            const NodeId other = random_constant(shape(x));
            return graph_.einsum({{of_x, of_w}, result}, other, w, {}).value();
        }
        return random_.chance(70) ? graph_.einsum({{of_x, of_w}, result}, x, w, {}).value()
                                  : graph_.einsum({{of_w, of_x}, result}, w, x, {}).value();
    }

    void shuffle(std::string& text) {
        for (size_t j = text.size(); j > 1; --j)
            std::swap(text[j - 1], text[static_cast<size_t>(random_.between(0, static_cast<int64_t>(j) - 1))]);
    }

    void add_outputs() {
        graph_.output("last", pool_.back(), {});
        const int64_t more = random_.between(0, 2);
        for (int64_t j = 0; j < more; ++j) {
            const NodeId node =
                !wide_.empty() && random_.chance(50) ? random_.of(std::span<const NodeId>(wide_)) : pick();
            graph_.output("y" + std::to_string(j), node, {});
        }
        if (random_.chance(3)) graph_.output("constant", random_constant({2}), {});
    }

    Random random_;
    ProgramOptions options_;
    Graph graph_;
    std::vector<NodeId> pool_;  // values to go on with
    std::vector<NodeId> wide_;  // values that were quantized because they are wide
};

}  // namespace

ProgramOptions options_for(uint64_t seed) {
    constexpr std::array<int, 6> wide{63, 64, 65, 128, 200, 300};
    Random random(seed ^ 0x5EEDU);
    ProgramOptions options;
    options.operations = static_cast<int>(random.between(1, 14));
    options.widest = static_cast<int>(random.between(4, 34));
    if (random.chance(33)) options.widest = random.of(std::span<const int>(wide));
    if (random.chance(25) && random.chance(10)) {
        options.elements = 256;
        options.extent = 16;
        options.operations = 20;
    }
    return options;
}

Graph random_program(uint64_t seed, const ProgramOptions& options) { return Program(seed, options).take(); }

}  // namespace dal::property
