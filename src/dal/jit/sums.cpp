#include "dal/jit/sums.hpp"

#include <algorithm>

#include "dal/support/check.hpp"

namespace dal::jit {
namespace {

/// Sums with more terms are made in parts: the code of one value stays small enough to compile quickly.
constexpr size_t longest_sum = 192;

/// All products of a code in `a` with one in `b`.
CodeRange product_range(const CodeRange& a, const CodeRange& b) {
    const std::array<Int, 4> corners{a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi};
    return {*std::min_element(corners.begin(), corners.end()), *std::max_element(corners.begin(), corners.end())};
}

CodeRange square_range(const CodeRange& a) {
    const Int lo = a.lo * a.lo;
    const Int hi = a.hi * a.hi;
    const bool spans_zero = a.lo.is_negative() && !a.hi.is_negative();
    return {spans_zero ? Int(0) : min(lo, hi), max(lo, hi)};
}

}  // namespace

void SumPlanner::begin() {
    terms_.clear();
    constant_ = Dyadic();
}

void SumPlanner::add(const Ref& x, const Dyadic& factor) {
    DAL_CHECK(x.kind != Ref::Kind::real, "arithmetic on a real value");
    if (x.is_constant())
        constant_ = constant_ + factor * x.constant;
    else
        terms_.emplace_back(x.value, factor.shifted(-int64_t{x.f}));
}

void SumPlanner::add_product(std::span<const Ref> factors) {
    Dyadic weight(1);
    int64_t f = 0;
    variables_.clear();
    for (const Ref& factor : factors) {
        DAL_CHECK(factor.kind != Ref::Kind::real, "arithmetic on a real value");
        if (factor.is_constant()) {
            weight = weight * factor.constant;
        } else {
            variables_.push_back(factor.value);
            f += factor.f;
        }
    }
    if (weight.is_zero()) return;
    if (variables_.empty()) {
        constant_ = constant_ + weight;
        return;
    }
    std::sort(variables_.begin(), variables_.end());  // so that equal products begin alike
    ValueId value = variables_.front();
    for (size_t j = 1; j < variables_.size(); ++j) value = product(value, variables_[j]);
    terms_.emplace_back(value, weight.shifted(-f));
}

ValueId SumPlanner::product(ValueId a, ValueId b) {
    if (b < a) std::swap(a, b);
    const auto [known, is_new] = products_.try_emplace(uint64_t{a} << 32 | b, ValueId{0});
    if (!is_new) return known->second;
    const Value& first = plan_.values[a];
    const Value& second = plan_.values[b];
    const auto is_bit = [](const Value& value) { return value.lo == Int(0) && value.hi == Int(1); };
    const int f = first.f + second.f;
    if (a == b && is_bit(first)) return known->second = a;
    CodeRange codes =
        a == b ? square_range({first.lo, first.hi}) : product_range({first.lo, first.hi}, {second.lo, second.hi});
    Definition definition = Product{a, b};
    if (is_bit(first))
        definition = Select{a, {b, 0, {}}, {}};
    else if (is_bit(second))
        definition = Select{b, {a, 0, {}}, {}};
    return known->second = append(plan_, std::move(definition), std::move(codes), f).value;
}

Ref SumPlanner::end(const Interval& range) {
    if (range.is_constant()) return constant_ref(range.min());
    std::stable_sort(terms_.begin(), terms_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::pair<ValueId, Dyadic>> merged;
    for (auto& [value, factor] : terms_)
        if (!merged.empty() && merged.back().first == value)
            merged.back().second = merged.back().second + factor;
        else
            merged.emplace_back(value, std::move(factor));
    std::erase_if(merged, [](const auto& term) { return term.second.is_zero(); });
    // Terms may cancel where inference, which keeps no correlations here, still sees a range.
    if (merged.empty()) return constant_ref(constant_);

    int64_t f = constant_.is_zero() ? INT64_MIN : -constant_.exponent();
    for (const auto& [value, factor] : merged) f = std::max(f, -factor.exponent());
    if (merged.size() == 1 && constant_.is_zero() && merged.front().second.mantissa() == Int(1))
        return value_ref(merged.front().first, static_cast<int>(f));
    Linear linear;
    for (const auto& [value, factor] : merged) linear.terms.push_back({value, factor.code(f).value()});
    linear.constant = constant_.code(f).value();
    CodeRange codes = codes_at(range, static_cast<int>(f));
    while (linear.terms.size() > longest_sum) linear = in_parts(std::move(linear), codes);
    return append(plan_, std::move(linear), std::move(codes), static_cast<int>(f));
}

/// The same sum of fewer, longer terms.
Linear SumPlanner::in_parts(Linear linear, const CodeRange& codes) {
    Linear sum;
    sum.constant = std::move(linear.constant);
    for (size_t from = 0; from < linear.terms.size(); from += longest_sum) {
        const size_t to = std::min(from + longest_sum, linear.terms.size());
        Linear part;
        part.terms.assign(linear.terms.begin() + static_cast<std::ptrdiff_t>(from),
                          linear.terms.begin() + static_cast<std::ptrdiff_t>(to));
        const ValueId id = append(plan_, std::move(part), codes, 0).value;
        plan_.values[id].modular = true;
        sum.terms.push_back({id, 1});
    }
    return sum;
}

Ref SumPlanner::affine(const Ref& x, const Dyadic& weight, const Dyadic& constant, const Interval& range) {
    begin();
    add(x, weight);
    constant_ = constant_ + constant;
    return end(range);
}

}  // namespace dal::jit
