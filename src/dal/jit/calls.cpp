#include "dal/jit/calls.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "dal/jit/ports.hpp"
#include "dal/support/check.hpp"

namespace dal::jit {
namespace {

/// Inputs, and outputs, have functions of their own up to this many: they take some milliseconds each to compile, and
/// are about twice as fast as those with tables.
constexpr int64_t most_square_functions = 32;

int64_t square_functions(int64_t elements) { return (elements + elements_per_function - 1) / elements_per_function; }

/// The low 64 bits.
int64_t low_word(const Int& value) {
    uint64_t word = 0;
    value.to_words(&word, 1);
    return static_cast<int64_t>(word);
}

class CallPlanner {
  public:
    CallPlanner(const Plan& plan, const Schedule& schedule, const std::vector<InputRows>& inputs)
        : plan_(plan), schedule_(schedule), inputs_(inputs) {}

    Calls run() {
        for (size_t chunk = 0; chunk < schedule_.chunks.size(); ++chunk)
            if (schedule_.chunks[chunk].style == Style::looped)
                add_sum(schedule_.chunks[chunk].values.front());
            else
                calls_.compute.push_back({new_part(part::Values{chunk})});
        plan_inputs();
        plan_outputs();
        return std::move(calls_);
    }

  private:
    size_t new_part(Part part) {
        calls_.parts.push_back(std::move(part));
        return calls_.parts.size() - 1;
    }

    /// One call for each kind of slot that the terms are in.
    void add_sum(ValueId id) {
        const auto& sum = std::get<Linear>(plan_.values[id].definition);
        const Slot& result = schedule_.slots[id];
        DAL_CHECK(result.offset != Slot::none, "a sum that nobody reads");
        std::map<std::pair<int, bool>, std::vector<int64_t>> kinds;
        for (const Linear::Term& term : sum.terms) {
            const Slot& slot = schedule_.slots[term.value];
            std::vector<int64_t>& table = kinds[{slot.lane, plan_.values[term.value].is_unsigned()}];
            table.push_back(static_cast<int64_t>(slot.offset));
            table.push_back(low_word(term.weight));
        }
        bool first = true;
        for (const auto& [kind, terms] : kinds) {
            const auto [part, is_new] = sums_.try_emplace({kind.first, kind.second, result.lane}, size_t{0});
            if (is_new) part->second = new_part(part::Sum{kind.first, kind.second, result.lane});
            Call call{part->second,
                      {static_cast<int64_t>(terms.size() / 2), static_cast<int64_t>(result.offset), first ? 1 : 0,
                       low_word(sum.constant)}};
            call.table.insert(call.table.end(), terms.begin(), terms.end());
            calls_.compute.push_back(std::move(call));
            first = false;
        }
    }

    void plan_inputs() {
        int64_t functions = 0;
        for (const InputRows& rows : inputs_) functions += square_functions(rows.elements);
        auto leaf = plan_.leaves.begin();
        for (size_t input = 0; input < inputs_.size(); ++input) {
            const auto [elements, single] = inputs_[input];
            const auto item = static_cast<int64_t>(inputs_[input].item_bytes());
            std::vector<Call>& calls = calls_.convert.emplace_back();
            if (functions <= most_square_functions) {
                for (int64_t from = 0; from < elements; from += elements_per_function)
                    calls.push_back({new_part(part::ConvertSquares{input, elements, from, single})});
                continue;
            }
            std::map<size_t, std::vector<int64_t>> tables;  // by part
            for (int64_t element = 0; element < elements; ++element) {
                bool checked = false;
                for (; leaf != plan_.leaves.end() && leaf->input == input && leaf->element == element; ++leaf) {
                    if (!has_fast_conversion(*leaf)) continue;
                    const size_t offset = leaf->value ? schedule_.slots[*leaf->value].offset : 0;
                    add_pair(tables[convert_column(&*leaf, single)], element * item, static_cast<int64_t>(offset));
                    checked = true;
                }
                if (!checked) add_pair(tables[convert_column(nullptr, single)], element * item, 0);
            }
            add_tables(calls, std::move(tables), elements * item);
        }
    }

    void plan_outputs() {
        int64_t functions = 0;
        for (const OutputPlan& output : plan_.outputs)
            functions += square_functions(static_cast<int64_t>(output.elements.size()));
        for (size_t index = 0; index < plan_.outputs.size(); ++index) {
            const OutputPlan& output = plan_.outputs[index];
            std::vector<Call>& calls = calls_.deliver.emplace_back();
            if (!has_fast_delivery(plan_, output)) continue;
            const auto elements = static_cast<int64_t>(output.elements.size());
            if (functions <= most_square_functions) {
                for (int64_t from = 0; from < elements; from += elements_per_function)
                    calls.push_back({new_part(part::DeliverSquares{index, from})});
                continue;
            }
            std::map<size_t, std::vector<int64_t>> tables;
            for (int64_t element = 0; element < elements; ++element) {
                const OutputElement& source = output.elements[static_cast<size_t>(element)];
                if (source.value) {
                    const Slot& slot = schedule_.slots[*source.value];
                    add_pair(tables[deliver_column(slot.lane, plan_.values[*source.value].is_unsigned())],
                             static_cast<int64_t>(slot.offset), element * 8);
                } else {
                    add_pair(tables[deliver_constant()], source.constant.to_int64(), element * 8);
                }
            }
            add_tables(calls, std::move(tables), elements * 8);
        }
    }

    static void add_pair(std::vector<int64_t>& table, int64_t first, int64_t second) {
        table.push_back(first);
        table.push_back(second);
    }
    static void add_tables(std::vector<Call>& calls, std::map<size_t, std::vector<int64_t>> tables, int64_t row_bytes) {
        for (auto& [part, table] : tables) {
            const std::array<int64_t, 2> head{static_cast<int64_t>(table.size() / 2), row_bytes};
            table.insert(table.begin(), head.begin(), head.end());
            calls.push_back({part, std::move(table)});
        }
    }

    size_t convert_column(const Leaf* leaf, bool single) {
        ConvertKey key{};
        std::get<10>(key) = single;
        if (leaf != nullptr) {
            const Format& format = leaf->format;
            key = {true, leaf->declared, format.kif.k, format.kif.i, format.kif.f, format.round, format.overflow, 0,
                   0,    false,          single};
            if (leaf->value) {
                const Value& value = plan_.values[*leaf->value];
                std::get<7>(key) = value.lane;
                std::get<8>(key) = schedule_.slots[*leaf->value].lane;
                std::get<9>(key) = value.is_unsigned();
            }
        }
        const auto [part, is_new] = converts_.try_emplace(key, size_t{0});
        if (is_new) part->second = new_part(part::ConvertColumn{leaf, single});
        return part->second;
    }
    size_t deliver_column(int lane, bool is_unsigned) {
        const auto [part, is_new] = delivers_.try_emplace({lane, is_unsigned}, size_t{0});
        if (is_new) part->second = new_part(part::DeliverColumn{lane, is_unsigned});
        return part->second;
    }
    size_t deliver_constant() {
        if (!constants_) constants_ = new_part(part::DeliverConstant{});
        return *constants_;
    }

    // All that the conversion of a leaf depends on; the first is false for a check alone. The last four are the lanes
    // of the value and its slot, 0 without a value, whether it is unsigned, and whether it comes from a float.
    using ConvertKey = std::tuple<bool, bool, bool, int, int, Round, Overflow, int, int, bool, bool>;

    const Plan& plan_;
    const Schedule& schedule_;
    const std::vector<InputRows>& inputs_;
    Calls calls_;
    std::map<std::tuple<int, bool, int>, size_t> sums_;
    std::map<ConvertKey, size_t> converts_;
    std::map<std::pair<int, bool>, size_t> delivers_;
    std::optional<size_t> constants_;
};

}  // namespace

Calls make_calls(const Plan& plan, const Schedule& schedule, const std::vector<InputRows>& inputs) {
    return CallPlanner(plan, schedule, inputs).run();
}

}  // namespace dal::jit
