#include "dal/jit/tables.hpp"

#include <algorithm>
#include <cstring>

#include "dal/jit/lanes.hpp"
#include "dal/support/check.hpp"

namespace dal::jit {
namespace {

/// Codes c for which c · 2^shift is in the table.
CodeRange domain(const op::Table& table, int shift) {
    return {-(-table.first >> shift), (table.first + (table.size - 1)) >> shift};
}

const Dyadic& entry(const op::Table& table, int64_t element, const Int& code, int shift) {
    return table.entry(element, ((code << shift) - table.first).to_int64());
}

/// The difference between neighbours if it is the same for all codes in `reach`: such a table is a straight line.
std::optional<Dyadic> slope(const op::Table& table, int64_t element, const CodeRange& reach, int shift) {
    const Dyadic step = entry(table, element, reach.lo + 1, shift) - entry(table, element, reach.lo, shift);
    for (Int code = reach.lo + 1; code < reach.hi; code += 1)
        if (entry(table, element, code + 1, shift) - entry(table, element, code, shift) != step) return std::nullopt;
    return step;
}

}  // namespace

Ref TablePlanner::lookup(const op::Table& table, int64_t element, const Ref& x, const Interval& range) {
    DAL_CHECK(x.kind != Ref::Kind::real, "a table of a real value");
    if (x.is_constant())
        return constant_ref(table.entry(element, (x.constant.code(table.f).value() - table.first).to_int64()));
    // A range may be rounded outwards where a value is on a coarser point than inference says; never the other way.
    const Ref code = x.f > table.f ? drop_zeros(plan_, x, x.f - table.f) : x;
    const int shift = table.f - code.f;
    const Value& value = plan_.values[code.value];
    const CodeRange all = domain(table, shift);
    const CodeRange reach{max(value.lo, all.lo), min(value.hi, all.hi)};
    DAL_CHECK(reach.lo <= reach.hi, "a table that the operand never reaches");
    if (reach.lo == reach.hi) return constant_ref(entry(table, element, reach.lo, shift));
    if (const auto step = slope(table, element, reach, shift)) {
        const Dyadic at_zero = entry(table, element, reach.lo, shift) - *step * Dyadic(reach.lo);
        return sums_.affine(value_ref(code.value, 0), *step, at_zero, range);
    }
    const Data data = data_of(table, element, shift);
    const auto [known, is_new] = lookups_.try_emplace({code.value, data.index}, ValueId{0});
    if (is_new) known->second = append(plan_, Lookup{code.value, data.index}, codes_at(range, data.f), data.f).value;
    return value_ref(known->second, data.f);
}

TablePlanner::Data TablePlanner::data_of(const op::Table& table, int64_t element, int shift) {
    const uint32_t which = table.which.empty() ? 0 : table.which[static_cast<size_t>(element)];
    const auto [known, is_new] =
        known_.try_emplace({table.entries.get(), which, table.size, table.first.to_string(), shift});
    if (!is_new) return known->second;
    const CodeRange codes = domain(table, shift);
    TableData data;
    data.first = codes.lo;
    data.size = (codes.hi - codes.lo + 1).to_int64();
    std::vector<Int> entries;
    int64_t f = INT64_MIN;
    for (Int code = codes.lo; code <= codes.hi; code += 1) {
        const Dyadic& value = entry(table, element, code, shift);
        if (!value.is_zero()) f = std::max(f, -value.exponent());
    }
    if (f == INT64_MIN) f = 0;
    for (Int code = codes.lo; code <= codes.hi; code += 1)
        entries.push_back(entry(table, element, code, shift).code(f).value());
    const auto [lo, hi] = std::minmax_element(entries.begin(), entries.end());
    data.lane = lane_for(bits_of(*lo, *hi));
    data.is_unsigned = !lo->is_negative();
    const auto bytes = static_cast<size_t>(data.lane / 8);
    data.words.resize((entries.size() * bytes + 7) / 8);
    std::vector<uint64_t> words((bytes + 7) / 8);
    for (size_t j = 0; j < entries.size(); ++j) {
        entries[j].to_words(words.data(), words.size());
        std::memcpy(reinterpret_cast<std::byte*>(data.words.data()) + j * bytes, words.data(), bytes);
    }
    known->second = {static_cast<uint32_t>(plan_.tables.size()), static_cast<int>(f)};
    plan_.tables.push_back(std::make_shared<const TableData>(std::move(data)));
    return known->second;
}

}  // namespace dal::jit
