// Small random graphs with every operation, for tests of what must hold for all graphs.
#pragma once

#include <random>

#include "dal/graph/graph.hpp"
#include "dal/graph/movement.hpp"

namespace dal::test {

/// Makes a graph of about `operations` operations on vectors and matrices of at most 3 × 3 elements; the same for the
/// same seed everywhere. Values stay narrow: wide ones are quantized. Tables have entries for the whole format that
/// their operand is quantized to.
class RandomGraph {
  public:
    explicit RandomGraph(uint32_t seed) : random_(seed) {}

    Graph make(int operations) {
        for (int j = 0; j < 2; ++j) {
            const Shape shape = any_shape();
            op::Input port{.real = false, .formats = any_formats(shape)};
            pool_.push_back(graph_.input("x" + std::to_string(j), shape, std::move(port), {}));
        }
        const NodeId real = graph_.input("r", {2, 2}, {.real = true, .formats = {}}, {});
        const NodeId fill = graph_.constant({}, {any_number()}, {});
        Movement padded = *pad({2, 2}, std::vector<int64_t>{0, 1}, std::vector<int64_t>{0, 0});
        const NodeId moved = graph_.move("pad", padded.shape, padded.sources, {real, fill}, {});
        pool_.push_back(quantized(moved));
        for (int j = 0; j < operations; ++j) step();
        for (size_t j = 0; j < pool_.size(); ++j) graph_.output("y" + std::to_string(j), pool_[j], {});
        return std::move(graph_);
    }

  private:
    int between(int lo, int hi) { return lo + static_cast<int>(random_() % static_cast<uint32_t>(hi - lo + 1)); }
    NodeId any() { return pool_[static_cast<size_t>(between(0, static_cast<int>(pool_.size()) - 1))]; }
    Dyadic any_number() { return {Int(between(-9, 9)), between(-2, 1)}; }
    Shape any_shape() {
        Shape shape;
        for (int axes = between(0, 2); axes > 0; --axes) shape.push_back(between(1, 3));
        return shape;
    }
    Format any_format() {
        return {Kif(between(0, 1) == 1, between(0, 2), between(0, 2)), static_cast<Round>(between(0, round_count - 1)),
                static_cast<Overflow>(between(0, overflow_count - 1))};
    }
    FormatMap any_formats(const Shape& shape) {
        if (between(0, 1) == 0) return any_format();
        std::vector<Format> formats;
        for (int64_t j = 0; j < element_count(shape); ++j) formats.push_back(any_format());
        return FormatMap(std::move(formats));
    }
    NodeId quantized(NodeId x) { return graph_.quantize(x, any_formats(graph_[x].shape), {}).value(); }
    NodeId constant() {
        const Shape shape = any_shape();
        std::vector<Dyadic> values;
        for (int64_t j = 0; j < element_count(shape); ++j) values.push_back(any_number());
        return graph_.constant(shape, std::move(values), {});
    }

    NodeId table(NodeId x) {
        const Kif kif(between(0, 1) == 1, between(0, 2), between(1, 2));
        const NodeId narrow = graph_.quantize(x, Format{kif}, {}).value();
        op::Table table;
        table.f = kif.f + between(0, 1);
        const int64_t scale = int64_t{1} << (table.f - kif.f);
        table.first = kif.min_code() * scale - between(0, 1);
        table.size = ((kif.max_code() * scale) - table.first).to_int64() + 1 + between(0, 2);
        const int tables = between(1, 2);
        std::vector<Dyadic> entries;
        for (int64_t j = 0; j < tables * table.size; ++j) entries.push_back(any_number());
        table.entries = std::make_shared<const std::vector<Dyadic>>(std::move(entries));
        if (tables > 1)
            for (int64_t j = 0; j < graph_[x].size(); ++j)
                table.which.push_back(static_cast<uint32_t>(between(0, tables - 1)));
        return graph_.table(std::move(table), narrow, {});
    }

    /// A random rearrangement of two operands, with repetitions.
    NodeId move(NodeId a, NodeId b) {
        const Shape shape = any_shape();
        std::vector<Source> sources;
        for (int64_t j = 0; j < element_count(shape); ++j) {
            const bool second = between(0, 2) == 0;
            const auto size = static_cast<int>(graph_[second ? b : a].size());
            sources.push_back({second ? 1U : 0U, between(0, size - 1)});
        }
        return graph_.move("shuffle", shape, std::move(sources), {a, b}, {});
    }

    NodeId einsum() {
        EinsumSpec spec;
        std::vector<NodeId> operands;
        std::string letters;
        for (int count = between(1, 3); count > 0; --count) {
            operands.push_back(between(0, 2) == 0 ? constant() : any());
            std::string own;
            for (const int64_t extent : graph_[operands.back()].shape) {
                // One letter per extent: equal letters have equal extents; the second axis may have another.
                const bool other = !own.empty() && between(0, 1) == 1;
                own += static_cast<char>((other ? 'p' : 'a') + extent);
            }
            letters += own;
            spec.operands.push_back(own);
        }
        for (const char letter : letters)
            if (between(0, 1) == 0 && spec.result.size() < 2 && spec.result.find(letter) == std::string::npos)
                spec.result += letter;
        return graph_.einsum(std::move(spec), std::move(operands), {}).value();
    }

    void step() {
        const NodeId a = any();
        NodeId b = between(0, 3) == 0 ? constant() : any();
        NodeId c = any();
        const Result<NodeId> result = [&]() -> Result<NodeId> {
            switch (between(0, 17)) {
                case 0: return graph_.add(a, b, {});
                case 1: return graph_.sub(a, b, {});
                case 2: return graph_.mul(a, b, {});
                case 3: return graph_.min(a, b, {});
                case 4: return graph_.max(a, b, {});
                case 5: return graph_.compare(static_cast<Relation>(between(0, 3)), a, b, {});
                case 6: return graph_.select(c, a, b, {});
                case 7: return graph_.bitwise(BitFunction::bit_and, a, b, {});
                case 8: return graph_.bitwise(BitFunction::bit_or, a, b, {});
                case 9: return graph_.bitwise(BitFunction::bit_xor, a, b, {});
                case 10: return graph_.abs(a, {});
                case 11: return graph_.neg(a, {});
                case 12: return graph_.relu(a, {});
                case 13: return graph_.shift(a, between(-2, 2), {});
                case 14: return table(a);
                case 15: return move(a, b);
                case 16: return einsum();
                default: return quantized(a);
            }
        }();
        if (!result) return;  // shapes that do not broadcast
        NodeId made = *result;
        if (between(0, 3) == 0) graph_[made].name = "v" + std::to_string(static_cast<uint32_t>(made));
        const auto& operation = graph_[made].operation;
        const bool grows = std::holds_alternative<op::Mul>(operation) || std::holds_alternative<op::Einsum>(operation);
        pool_.push_back(grows ? quantized(made) : made);
    }

    std::mt19937 random_;
    Graph graph_;
    std::vector<NodeId> pool_;
};

}  // namespace dal::test
