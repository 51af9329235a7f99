// The certificate. Shares no code with the solver, and assumes nothing about the graph: operands may be anything,
// shifts may be negative. First with overflow-checked 64-bit integers, then, if those overflow, with exact ones.
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <limits>
#include <type_traits>

#include "dal/cmvm/cmvm.hpp"

namespace dal::cmvm {
namespace {

/// Thrown and caught in this file only: 64 bits are not enough.
struct Overflow64 {};

/// Shifts beyond this, each or added up, are no result of any solver; they would only use up the memory.
constexpr int max_shift = 1 << 24;

int64_t shift_left(int64_t value, int amount) {
    if (value == 0 || amount == 0) return value;
    const int64_t result = amount < 63 ? static_cast<int64_t>(static_cast<uint64_t>(value) << amount) : 0;
    if (amount >= 63 || result >> amount != value) throw Overflow64();
    return result;
}
Int shift_left(const Int& value, int amount) { return value << amount; }

int64_t plus(int64_t a, int64_t b) {
    int64_t result;
    if (__builtin_add_overflow(a, b, &result)) throw Overflow64();
    return result;
}
Int plus(const Int& a, const Int& b) { return a + b; }

int64_t negated(int64_t a) {
    if (a == std::numeric_limits<int64_t>::min()) throw Overflow64();
    return -a;
}
Int negated(const Int& a) { return -a; }

int64_t times(int64_t a, int64_t b) {
    int64_t result;
    if (__builtin_mul_overflow(a, b, &result)) throw Overflow64();
    return result;
}
Int times(const Int& a, const Int& b) { return a * b; }

int sign_of(int64_t a) { return a < 0 ? -1 : a > 0 ? 1 : 0; }
int sign_of(const Int& a) { return a.sign(); }

int trailing_zeros(int64_t a) { return std::countr_zero(static_cast<uint64_t>(a)); }
int trailing_zeros(const Int& a) { return static_cast<int>(a.trailing_zeros()); }

template <class T>
T convert(const Int& value) {
    if constexpr (std::is_same_v<T, Int>) {
        return value;
    } else {
        if (!value.fits_int64()) throw Overflow64();
        return value.to_int64();
    }
}

template <class T>
class Certifier {
  public:
    Certifier(const AdderGraph& graph, const Matrix& matrix, const std::vector<InputInfo>& inputs)
        : graph_(graph), matrix_(matrix), inputs_(inputs) {}

    std::optional<std::string> run() {
        if (auto fault = check_shape()) return fault;
        add_inputs();
        for (size_t n = 0; n < graph_.adders.size(); ++n) {
            if (auto fault = check_adder(n)) return "adder " + std::to_string(graph_.inputs + n) + ": " + *fault;
        }
        for (size_t o = 0; o < graph_.outputs.size(); ++o) {
            if (auto fault = check_output(o)) return "output " + std::to_string(o) + ": " + *fault;
        }
        return std::nullopt;
    }

  private:
    /// Σ entries·x·2^exponent; inputs that are always 0 are left out, and no entry is 0.
    struct Entry {
        uint32_t input;
        T coefficient;
    };
    struct Form {
        std::vector<Entry> entries;
        int exponent = 0;
    };

    std::optional<std::string> check_shape() const {
        if (inputs_.size() != matrix_.inputs) return "the number of input intervals is not that of the inputs";
        if (graph_.inputs != matrix_.inputs) return "the graph has another number of inputs than the matrix";
        if (graph_.outputs.size() != matrix_.outputs) return "the graph has another number of outputs than the matrix";
        if (matrix_.weights.size() != matrix_.inputs * matrix_.outputs) return "the matrix is incomplete";
        return std::nullopt;
    }

    void add_inputs() {
        const size_t nodes = graph_.inputs + graph_.adders.size();
        uses_.assign(nodes, 0);
        tapped_.assign(nodes, false);
        for (const Adder& adder : graph_.adders) {
            if (adder.a < nodes) ++uses_[adder.a];
            if (adder.b < nodes) ++uses_[adder.b];
        }
        for (const OutputTap& tap : graph_.outputs) {
            if (tap.node && *tap.node < nodes) ++uses_[*tap.node];
            if (tap.node && *tap.node < nodes) tapped_[*tap.node] = true;
        }
        users_ = uses_;
        unit_f_ = std::numeric_limits<int>::min();
        for (const InputInfo& input : inputs_) {
            if (!input.range.is_zero()) unit_f_ = std::max(unit_f_, input.range.f());
        }
        forms_.resize(nodes);
        for (uint32_t i = 0; i < inputs_.size(); ++i) {
            const Interval& range = inputs_[i].range;
            const bool zero = range.is_zero();
            lo_.push_back(zero ? T(0) : convert<T>(range.lo_at(unit_f_)));
            hi_.push_back(zero ? T(0) : convert<T>(range.hi_at(unit_f_)));
            low_.push_back(zero ? 0 : unit_f_ - range.f());
            if (!zero) forms_[i].entries.push_back({i, T(1)});
        }
    }

    /// The form, and its memory if nobody uses it again.
    Form take(uint32_t node) {
        if (--uses_[node] == 0) return std::move(forms_[node]);
        return forms_[node];
    }

    std::optional<std::string> check_adder(size_t n) {
        const Adder& adder = graph_.adders[n];
        const size_t id = graph_.inputs + n;
        if (adder.a >= id || adder.b >= id) return "an operand does not come before it";
        if (std::abs(adder.shift_a) > max_shift || std::abs(adder.shift_b) > max_shift)
            return "a shift is out of bounds";
        const int depth = 1 + std::max(depth_of(adder.a), depth_of(adder.b));
        if (adder.depth != depth) {
            return "depth " + std::to_string(adder.depth) + " recorded, " + std::to_string(depth) + " found";
        }
        const bool merged_a = is_merged(adder.a);
        const bool merged_b = is_merged(adder.b);
        if (merged_a && merged_b) return "it is merged with both of its operands";
        if (adder.merged && (merged_a || merged_b)) return "it is merged with its user and with an operand";
        forms_[id] = sum(adder);
        if (std::abs(forms_[id].exponent) > max_shift) return "its shifts add up beyond all bounds";
        if (uses_[id] == 0) return "nothing uses it";
        if (adder.merged && (users_[id] != 1 || tapped_[id])) return "it is merged, and not for one adder only";
        const Interval range = range_of(forms_[id]);
        if (adder.range != range) {
            return "range " + adder.range.to_string() + " recorded, " + range.to_string() + " found";
        }
        return std::nullopt;
    }

    [[nodiscard]] bool is_merged(uint32_t node) const {
        return node >= graph_.inputs && graph_.adders[node - graph_.inputs].merged;
    }
    /// A merged operand is in the level of its user.
    [[nodiscard]] int depth_of(uint32_t node) const {
        if (node < graph_.inputs) return inputs_[node].depth;
        return graph_.adders[node - graph_.inputs].depth - (is_merged(node) ? 1 : 0);
    }

    Form sum(const Adder& adder) {
        Form b = take(adder.b);
        Form a = take(adder.a);
        const int exponent_a = a.exponent + adder.shift_a;
        const int exponent_b = b.exponent + adder.shift_b;
        Form result;
        result.exponent = std::min(exponent_a, exponent_b);
        result.entries.reserve(a.entries.size() + b.entries.size());
        const auto push = [&result](uint32_t input, T coefficient) {
            if (sign_of(coefficient) != 0) result.entries.push_back({input, std::move(coefficient)});
        };
        const auto from_a = [&](const Entry& e) { return shift_left(e.coefficient, exponent_a - result.exponent); };
        const auto from_b = [&](const Entry& e) {
            T value = shift_left(e.coefficient, exponent_b - result.exponent);
            return adder.subtract ? negated(value) : value;
        };
        size_t i = 0;
        size_t j = 0;
        while (i < a.entries.size() && j < b.entries.size()) {
            const Entry& x = a.entries[i];
            const Entry& y = b.entries[j];
            if (x.input < y.input) {
                push(x.input, from_a(x));
                ++i;
            } else if (y.input < x.input) {
                push(y.input, from_b(y));
                ++j;
            } else {
                push(x.input, plus(from_a(x), from_b(y)));
                ++i;
                ++j;
            }
        }
        for (; i < a.entries.size(); ++i) push(a.entries[i].input, from_a(a.entries[i]));
        for (; j < b.entries.size(); ++j) push(b.entries[j].input, from_b(b.entries[j]));
        return result;
    }

    /// The tightest interval of the form. Every combination of the inputs' ends occurs, so its ends are sums of ends;
    /// its step must divide those of all inputs that vary, and the sum of those that do not.
    [[nodiscard]] Interval range_of(const Form& form) const {
        T lo(0);
        T hi(0);
        T fixed(0);
        int step = std::numeric_limits<int>::max();
        for (const Entry& entry : form.entries) {
            const bool positive = sign_of(entry.coefficient) > 0;
            const T at_lo = times(entry.coefficient, lo_[entry.input]);
            const T at_hi = times(entry.coefficient, hi_[entry.input]);
            lo = plus(lo, positive ? at_lo : at_hi);
            hi = plus(hi, positive ? at_hi : at_lo);
            if (lo_[entry.input] == hi_[entry.input]) {
                fixed = plus(fixed, at_lo);
            } else {
                step = std::min(step, trailing_zeros(entry.coefficient) + low_[entry.input]);
            }
        }
        if (sign_of(fixed) != 0) step = std::min(step, trailing_zeros(fixed));
        if (step == std::numeric_limits<int>::max()) return {};
        return {Int(lo >> step), Int(hi >> step), unit_f_ - step - form.exponent};
    }

    std::optional<std::string> check_output(size_t o) const {
        const OutputTap& tap = graph_.outputs[o];
        const Form empty;
        if (tap.node && *tap.node >= forms_.size()) return "its node does not exist";
        if (std::abs(tap.shift) > max_shift) return "its shift is out of bounds";
        const Form& form = tap.node ? forms_[*tap.node] : empty;
        const int shift = form.exponent + tap.shift;
        size_t next = 0;
        for (uint32_t i = 0; i < matrix_.inputs; ++i) {
            T found(0);
            if (next < form.entries.size() && form.entries[next].input == i) found = form.entries[next++].coefficient;
            if (inputs_[i].range.is_zero()) continue;
            if (tap.negate) found = negated(found);
            T wanted = convert<T>(matrix_.at(i, o));
            // Σ found·x·2^shift must be Σ wanted·x.
            if (shift >= 0) {
                found = shift_left(found, shift);
            } else {
                wanted = shift_left(wanted, -shift);
            }
            if (found != wanted) {
                return "the weight of input " + std::to_string(i) + " is not that of the matrix";
            }
        }
        return std::nullopt;
    }

    const AdderGraph& graph_;
    const Matrix& matrix_;
    const std::vector<InputInfo>& inputs_;
    int unit_f_ = 0;
    std::vector<T> lo_;  // ends of the inputs, in units of 2^-unit_f_
    std::vector<T> hi_;
    std::vector<int> low_;  // step of the inputs, as a power of two of the unit
    std::vector<Form> forms_;
    std::vector<uint32_t> uses_;   // still to come
    std::vector<uint32_t> users_;  // operands of adders and outputs
    std::vector<bool> tapped_;     // by an output
};

}  // namespace

std::optional<std::string> certify(const AdderGraph& graph, const Matrix& matrix,
                                   const std::vector<InputInfo>& inputs) {
    try {
        return Certifier<int64_t>(graph, matrix, inputs).run();
    } catch (const Overflow64&) {
        return Certifier<Int>(graph, matrix, inputs).run();
    }
}

}  // namespace dal::cmvm
