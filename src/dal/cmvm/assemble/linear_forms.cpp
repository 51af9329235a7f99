#include "dal/cmvm/assemble/linear_forms.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "dal/numeric/adder_bits.hpp"
#include "dal/support/check.hpp"

namespace dal::cmvm {
namespace {

/// Least n with |value| ≤ 2^n; 0 for values up to 1.
int64_t ceil_log2(const Int& value) {
    const Int magnitude = abs(value);
    return magnitude <= 1 ? 0 : (magnitude - 1).bit_length();
}
int64_t ceil_log2(int64_t value) {
    const uint64_t magnitude = value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    return magnitude <= 1 ? 0 : std::bit_width(magnitude - 1);
}
int64_t zeros_of(const Int& value) { return value.trailing_zeros(); }
int64_t zeros_of(int64_t value) { return std::countr_zero(static_cast<uint64_t>(value)); }
bool is_zero(const Int& value) { return value.is_zero(); }
bool is_zero(int64_t value) { return value == 0; }
bool is_negative(const Int& value) { return value.is_negative(); }
bool is_negative(int64_t value) { return value < 0; }

/// The codes lo..hi in steps of 2^low, in some unit.
template <class T>
struct Codes {
    T lo{};
    T hi{};
    int64_t low = 0;

    [[nodiscard]] bool only_zero() const { return is_zero(lo) && is_zero(hi); }
    [[nodiscard]] Codes shifted(int amount) const {
        return {lo << amount, hi << amount, only_zero() ? 0 : low + amount};
    }
};

template <class T>
int64_t bits_of(const Codes<T>& u, const Codes<T>& v, bool subtract) {
    if (u.only_zero() && v.only_zero()) return 0;
    const T one(1);
    const T v_min = subtract ? T(-v.hi) : v.lo;
    const T v_max = subtract ? T(-v.lo) : v.hi;
    const int64_t sign = is_negative(u.lo) || is_negative(v_min) ? 1 : 0;
    const int64_t top = std::max(
        {ceil_log2(u.lo), ceil_log2(v_min), ceil_log2(T(u.hi + (one << u.low))), ceil_log2(T(v_max + (one << v.low)))});
    const int64_t low = u.only_zero() ? v.low : v.only_zero() ? u.low : std::max(u.low, v.low);
    return sign + top - low;
}

/// Linear forms of all nodes with coefficients of type T, which must be wide enough for all of them. A form is
/// freed after its last use, so that a sum that is added up term by term needs the memory of one.
template <class T>
class Measurement {
  public:
    Measurement(AdderGraph graph, const std::vector<InputInfo>& inputs)
        : graph_(std::move(graph)), inputs_info_(inputs) {
        for (const InputInfo& input : inputs) {
            if (!input.range.is_zero()) unit_f_ = std::max(unit_f_, input.range.f());
        }
        inputs_.reserve(inputs.size());
        for (const InputInfo& input : inputs) {
            inputs_.push_back(codes_of(input.range));
            depths_.push_back(input.depth);
        }
        codes_ = inputs_;
    }

    Solution run() && {
        const size_t count = graph_.inputs + graph_.adders.size();
        std::vector<uint32_t> last_use(count, 0);
        for (uint32_t n = 0; n < graph_.adders.size(); ++n) {
            last_use[graph_.adders[n].a] = n;
            last_use[graph_.adders[n].b] = n;
        }
        forms_.resize(count);
        for (uint32_t i = 0; i < graph_.inputs; ++i) forms_[i].push_back({i, T(1)});
        codes_.reserve(count);
        depths_.reserve(count);
        int64_t bits = 0;
        for (uint32_t n = 0; n < graph_.adders.size(); ++n) {
            Adder& adder = graph_.adders[n];
            forms_[graph_.inputs + n] = form_of(adder);
            codes_.push_back(range_of(forms_[graph_.inputs + n]));
            adder.depth = 1 + std::max(depth_of(adder.a), depth_of(adder.b));
            depths_.push_back(adder.depth);
            adder.range = interval_of(codes_.back());
            const uint32_t inner = is_merged(adder.a) ? adder.a : adder.b;
            if (is_merged(inner)) {
                bits += three_operand_bits(graph_, inner, graph_.inputs + n, inputs_info_);
            } else if (!adder.merged) {
                bits += bits_of(codes_[adder.a].shifted(adder.shift_a), codes_[adder.b].shifted(adder.shift_b),
                                adder.subtract);
            }
            for (const uint32_t operand : {adder.a, adder.b}) {
                if (last_use[operand] == n) Form().swap(forms_[operand]);
            }
        }
        return finish(bits);
    }

  private:
    struct Entry {
        uint32_t input;
        T coefficient;
    };
    using Form = std::vector<Entry>;

    [[nodiscard]] bool is_merged(uint32_t node) const {
        return node >= graph_.inputs && graph_.adders[node - graph_.inputs].merged;
    }
    /// As an operand: what is merged is no level below its user.
    [[nodiscard]] int depth_of(uint32_t node) const { return depths_[node] - (is_merged(node) ? 1 : 0); }

    Codes<T> codes_of(const Interval& range) const {
        if (range.is_zero()) return {};
        const Int lo = range.lo_at(unit_f_);
        const Int hi = range.hi_at(unit_f_);
        const int64_t low = unit_f_ - range.f();
        if constexpr (std::is_same_v<T, Int>) {
            return {lo, hi, low};
        } else {
            return {lo.to_int64(), hi.to_int64(), low};
        }
    }
    Interval interval_of(const Codes<T>& codes) const {
        return {Int(codes.lo >> codes.low), Int(codes.hi >> codes.low), unit_f_ - static_cast<int>(codes.low)};
    }

    Form form_of(const Adder& adder) const {
        const Form& a = forms_[adder.a];
        const Form& b = forms_[adder.b];
        Form result;
        result.reserve(a.size() + b.size());
        auto x = a.begin();
        auto y = b.begin();
        while (x != a.end() || y != b.end()) {
            const uint32_t in_x = x == a.end() ? std::numeric_limits<uint32_t>::max() : x->input;
            const uint32_t in_y = y == b.end() ? std::numeric_limits<uint32_t>::max() : y->input;
            T coefficient(0);
            if (in_x <= in_y) coefficient += (x++)->coefficient << adder.shift_a;
            if (in_y <= in_x) {
                const T part = (y++)->coefficient << adder.shift_b;
                adder.subtract ? coefficient -= part : coefficient += part;
            }
            if (!is_zero(coefficient)) result.push_back({std::min(in_x, in_y), std::move(coefficient)});
        }
        return result;
    }

    Codes<T> range_of(const Form& form) const {
        constexpr int64_t none = std::numeric_limits<int64_t>::max();
        Codes<T> codes;
        T constant(0);  // the part that comes from constant inputs
        int64_t low = none;
        for (const Entry& entry : form) {
            const Codes<T>& input = inputs_[entry.input];
            const bool flip = is_negative(entry.coefficient);
            const T at_lo = entry.coefficient * (flip ? input.hi : input.lo);
            codes.lo += at_lo;
            codes.hi += entry.coefficient * (flip ? input.lo : input.hi);
            if (input.lo == input.hi) {
                constant += at_lo;
            } else {
                low = std::min(low, zeros_of(entry.coefficient) + input.low);
            }
        }
        if (!is_zero(constant)) low = std::min(low, zeros_of(constant));
        codes.low = low == none ? 0 : low;
        return codes;
    }

    Solution finish(int64_t bits) {
        Solution solution;
        std::vector<uint32_t> negated;
        for (const OutputTap& tap : graph_.outputs) {
            if (!tap.node) continue;
            solution.depth = std::max(solution.depth, depths_[*tap.node] + (tap.negate ? 1 : 0));
            if (!tap.negate || std::ranges::find(negated, *tap.node) != negated.end()) continue;
            negated.push_back(*tap.node);
            bits += bits_of(Codes<T>{T(0), T(0), 0}, codes_[*tap.node], true);
        }
        const auto merged = std::ranges::count_if(graph_.adders, [](const Adder& adder) { return adder.merged; });
        solution.adders = static_cast<int64_t>(graph_.adders.size() + negated.size()) - merged;
        solution.bits = bits;
        solution.graph = std::move(graph_);
        return solution;
    }

    AdderGraph graph_;
    const std::vector<InputInfo>& inputs_info_;
    int unit_f_ = std::numeric_limits<int>::min();  // all codes are in units of 2^-unit_f_
    std::vector<Codes<T>> inputs_;
    std::vector<Codes<T>> codes_;
    std::vector<int> depths_;
    std::vector<Form> forms_;
};

/// Whether 64 bits hold every coefficient and range end. Each coefficient of a node is a sum of some of the signed
/// digits of one weight, so it is less than twice that weight rounded up to a power of two.
bool fits_64_bits(const Matrix& matrix, const std::vector<InputInfo>& inputs) {
    int finest = std::numeric_limits<int>::min();
    int64_t top = std::numeric_limits<int64_t>::min();
    for (const InputInfo& input : inputs) {
        if (input.range.is_zero()) continue;
        const int64_t width = std::max(input.range.lo().bit_length(), input.range.hi().bit_length());
        finest = std::max(finest, input.range.f());
        top = std::max(top, width - input.range.f());
    }
    if (finest == std::numeric_limits<int>::min()) return true;
    int64_t weight = 0;
    for (const Int& w : matrix.weights) weight = std::max(weight, w.bit_length());
    const int64_t count = std::bit_width(matrix.inputs);
    return top + finest + weight + count + 3 < 62;
}

}  // namespace

int64_t three_operand_bits(const AdderGraph& graph, size_t inner, size_t outer, const std::vector<InputInfo>& inputs) {
    const Adder& sum = graph.adders[outer - graph.inputs];
    const Adder& part = graph.adders[inner - graph.inputs];
    const auto range = [&](uint32_t node) -> const Interval& {
        return node < graph.inputs ? inputs[node].range : graph.adders[node - graph.inputs].range;
    };
    const bool inner_first = sum.a == inner;
    const int up = inner_first ? sum.shift_a : sum.shift_b;
    const bool minus = !inner_first && sum.subtract;
    Interval u = range(part.a).shifted(part.shift_a + up);
    Interval v = range(part.b).shifted(part.shift_b + up);
    Interval w = inner_first ? range(sum.b).shifted(sum.shift_b) : range(sum.a).shifted(sum.shift_a);
    if (minus) u = -u;
    if (minus != part.subtract) v = -v;
    if (inner_first && sum.subtract) w = -w;
    return adder_bits(u, v, w, sum.range);
}

Solution measure(AdderGraph graph, const Matrix& matrix, const std::vector<InputInfo>& inputs, bool any_graph) {
    if (!any_graph && fits_64_bits(matrix, inputs)) return Measurement<int64_t>(std::move(graph), inputs).run();
    return Measurement<Int>(std::move(graph), inputs).run();
}

}  // namespace dal::cmvm
