#include "dal/infer/forward/ranges.hpp"

#include <map>
#include <tuple>

#include "dal/infer/forward/einsum_range.hpp"
#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

/// A function of two ranges that takes its time, called once for neighbours with the same ranges, as most have.
class Remembered {
  public:
    using Function = Interval (*)(const Interval&, const Interval&);
    explicit Remembered(Function function) : function_(function) {}
    Interval operator()(const Interval& a, const Interval& b) {
        if (!last_ || last_->a != a || last_->b != b) last_ = Last{a, b, function_(a, b)};
        return last_->result;
    }

  private:
    struct Last {
        Interval a, b, result;
    };
    Function function_;
    std::optional<Last> last_;
};

class Ranges {
  public:
    Ranges(const Graph& graph, NodeId id, const Roots& roots) : graph_(graph), node_(graph[id]), roots_(roots) {}

    std::vector<Interval> run() const {
        using Range = const Interval&;
        const auto itself = [](Range a) { return a; };
        const auto nothing = [](Range) { return Interval(); };
        const auto always = [](Range) { return Interval::constant(1); };
        return std::visit(
            Overloaded{
                [&](const op::Input& port) {
                    return each([&](int64_t element) { return Interval::of(port.formats.at(element).kif); });
                },
                [&](const op::Constant& constant) {
                    return each([&](int64_t element) {
                        return Interval::constant(constant.values[static_cast<size_t>(element)]);
                    });
                },
                [&](const op::Quantize& quantize) { return quantized(quantize); },
                [&](const op::Einsum& einsum) { return einsum_ranges(graph_, node_.operands, einsum.spec, roots_); },
                [&](const op::Add&) {
                    return pairs([](Range a, Range b) { return a + b; }, [](Range a) { return a + a; });
                },
                [&](const op::Sub&) { return pairs([](Range a, Range b) { return a - b; }, nothing); },
                [&](const op::Mul&) {
                    return pairs([](Range a, Range b) { return a * b; }, [](Range a) { return a.power(2); });
                },
                [&](const op::Shift& shift) { return unary([&](Range a) { return a.shifted(shift.amount); }); },
                [&](const op::Neg&) { return unary([](Range a) { return -a; }); },
                [&](const op::Relu&) { return unary([](Range a) { return a.relu(); }); },
                [&](const op::Abs&) { return unary([](Range a) { return a.abs(); }); },
                [&](const op::Min&) { return pairs([](Range a, Range b) { return min(a, b); }, itself); },
                [&](const op::Max&) { return pairs([](Range a, Range b) { return max(a, b); }, itself); },
                [&](const op::Compare& compare) {
                    switch (compare.relation) {
                        case Relation::eq: return pairs(is_equal, always);
                        case Relation::ne:
                            return pairs([](Range a, Range b) { return Interval::constant(1) - is_equal(a, b); },
                                         nothing);
                        case Relation::lt: return pairs(is_less, nothing);
                        case Relation::le: return pairs(is_at_most, always);
                    }
                    internal_error("relation", __FILE__, __LINE__, "no such relation");
                },
                [&](const op::Select&) { return selected(); },
                [&](const op::Bitwise& bitwise) {
                    switch (bitwise.function) {
                        case BitFunction::bit_and: return pairs(Remembered(bit_and), itself);
                        case BitFunction::bit_or: return pairs(Remembered(bit_or), itself);
                        case BitFunction::bit_xor: return pairs(Remembered(bit_xor), nothing);
                    }
                    internal_error("function", __FILE__, __LINE__, "no such bit function");
                },
                [&](const op::Move& move) {
                    return each([&](int64_t element) {
                        const Source& source = move.sources[static_cast<size_t>(element)];
                        return operand(source.operand).range[static_cast<size_t>(source.element)];
                    });
                },
                [&](const op::Table& table) { return looked_up(table); },
            },
            node_.operation);
    }

  private:
    const Node& operand(size_t position) const { return graph_[node_.operands[position]]; }

    template <class Function>
    std::vector<Interval> each(Function&& range_of) const {
        std::vector<Interval> result;
        result.reserve(static_cast<size_t>(node_.size()));
        for (int64_t element = 0; element < node_.size(); ++element) result.push_back(range_of(element));
        return result;
    }

    template <class Function>
    std::vector<Interval> unary(Function&& apply) const {
        const std::vector<Interval>& a = operand(0).range;
        return each([&](int64_t element) { return apply(a[static_cast<size_t>(element)]); });
    }

    /// Broadcasts; `same` gives the range where both operands are one value.
    template <class Function, class Same>
    std::vector<Interval> pairs(Function&& apply, Same&& same) const {
        const Node& a = operand(0);
        const Node& b = operand(1);
        const BroadcastMap in_a(a.shape, node_.shape);
        const BroadcastMap in_b(b.shape, node_.shape);
        const bool may_share = roots_.may_share(node_.operands[0], node_.operands[1]);
        return each([&](int64_t element) {
            const int64_t at_a = in_a(element);
            const int64_t at_b = in_b(element);
            const Interval& of_a = a.range[static_cast<size_t>(at_a)];
            if (may_share && roots_.is_same(node_.operands[0], at_a, node_.operands[1], at_b))
                return Interval(same(of_a));
            return Interval(apply(of_a, b.range[static_cast<size_t>(at_b)]));
        });
    }

    std::vector<Interval> quantized(const op::Quantize& quantize) const {
        const Node& x = operand(0);
        return each([&](int64_t element) {
            const Format& format = quantize.formats.at(element);
            if (!x.real) return x.range[static_cast<size_t>(element)].quantized(format);
            const ElementOf root = roots_.of(node_.operands[0], element);
            if (!graph_[root.node].real)
                return graph_[root.node].range[static_cast<size_t>(root.element)].quantized(format);
            // Any number comes in: every value that the format lets out.
            const Int hi = format.kif.max_code();
            const bool symmetric = format.overflow == Overflow::sat_sym && format.kif.k;
            return Interval(symmetric ? -hi : format.kif.min_code(), hi, format.kif.f);
        });
    }

    std::vector<Interval> selected() const {
        const BroadcastMap in_condition(operand(0).shape, node_.shape);
        const BroadcastMap in_true(operand(1).shape, node_.shape);
        const BroadcastMap in_false(operand(2).shape, node_.shape);
        return each([&](int64_t element) {
            const Interval& condition = operand(0).range[static_cast<size_t>(in_condition(element))];
            const Interval& if_true = operand(1).range[static_cast<size_t>(in_true(element))];
            const Interval& if_false = operand(2).range[static_cast<size_t>(in_false(element))];
            if (condition.is_zero()) return if_false;
            return condition.contains(Dyadic(0)) ? if_true.hull(if_false) : if_true;
        });
    }

    std::vector<Interval> looked_up(const op::Table& table) const {
        // Elements with the same range and table, which most have, are looked through once.
        std::map<std::tuple<uint32_t, Int, Int, int>, Interval> known;
        return each([&](int64_t element) {
            const Interval& x = operand(0).range[static_cast<size_t>(element)];
            const uint32_t which = table.which.empty() ? 0 : table.which[static_cast<size_t>(element)];
            const auto [at, is_new] = known.try_emplace({which, x.lo(), x.hi(), x.f()});
            if (is_new) at->second = entries_hull(table, element, x);
            return at->second;
        });
    }

    /// The hull of the entries that can be read, with the coarsest step that holds them.
    static Interval entries_hull(const op::Table& table, int64_t element, const Interval& x) {
        const auto positions = table_positions(table, x);
        DAL_CHECK(positions, "a table does not hold " + x.to_string());
        const Dyadic* least = &table.entry(element, positions->first);
        const Dyadic* most = least;
        const Dyadic* finest = nullptr;  // 0 is on every grid
        for (int64_t position = positions->first; position <= positions->last; position += positions->stride) {
            const Dyadic& entry = table.entry(element, position);
            if (entry < *least) least = &entry;
            if (*most < entry) most = &entry;
            if (!entry.is_zero() && (finest == nullptr || entry.exponent() < finest->exponent())) finest = &entry;
        }
        if (finest == nullptr) return {};
        const auto f = static_cast<int>(-finest->exponent());
        return {least->code(f).value(), most->code(f).value(), f};
    }

    const Graph& graph_;
    const Node& node_;
    const Roots& roots_;
};

}  // namespace

std::vector<Interval> node_ranges(const Graph& graph, NodeId id, const Roots& roots) {
    return Ranges(graph, id, roots).run();
}

std::optional<TablePositions> table_positions(const op::Table& table, const Interval& operand) {
    if (!operand.is_zero() && operand.f() > table.f) return std::nullopt;
    const Int first = operand.lo_at(table.f) - table.first;
    const Int last = operand.hi_at(table.f) - table.first;
    if (first.is_negative() || last >= table.size) return std::nullopt;
    // One value has no next one, and its step may be of any size.
    const int64_t stride = operand.is_constant() ? 1 : int64_t{1} << (table.f - operand.f());
    return TablePositions{first.to_int64(), last.to_int64(), stride};
}

}  // namespace dal
