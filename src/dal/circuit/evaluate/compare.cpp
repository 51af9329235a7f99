#include "dal/circuit/evaluate/compare.hpp"

#include <algorithm>
#include <random>

#include "dal/circuit/evaluate/evaluator.hpp"

namespace dal::circuit {
namespace {

/// Values of a range, its ends and what is next to 0 often among them.
class RandomCodes {
  public:
    Int in(const Interval& range) {
        switch (random_() % 6) {
            case 0: return range.lo();
            case 1: return range.hi();
            case 2: return min(max(Int(static_cast<int>(random_() % 3) - 1), range.lo()), range.hi());
            default: break;
        }
        const Int count = range.hi() - range.lo() + 1;
        words_.resize(static_cast<size_t>(count.bit_length() / 64 + 2));
        for (uint64_t& word : words_) word = random_();
        words_.back() = 0;  // not negative
        return range.lo() + Int::floor_mod(Int::from_words(words_.data(), words_.size()), count);
    }

  private:
    std::mt19937_64 random_;
    std::vector<uint64_t> words_;
};

/// As encode_inputs makes them. Two inputs of one element are fed as if they were two elements.
Codes random_inputs(const Circuit& circuit, int64_t samples) {
    std::vector<int> f;
    int width = 1;
    for (const Input& input : circuit.inputs()) {
        f.push_back(circuit[input.wire].range.f());
        width = std::max(width, circuit[input.wire].range.width() + 1);
    }
    Codes codes({static_cast<int64_t>(f.size())}, samples, f, (width + 63) / 64);
    RandomCodes random;
    for (int64_t sample = 0; sample < samples; ++sample)
        for (int64_t j = 0; j < codes.elements(); ++j)
            codes.set_code(sample, j, random.in(circuit[circuit.inputs()[static_cast<size_t>(j)].wire].range));
    return codes;
}

/// With the kept wires as one more output.
Circuit with_kept(Circuit circuit) {
    const std::vector<WireId> kept(circuit.kept().begin(), circuit.kept().end());
    circuit.add_output({"(kept)", {static_cast<int64_t>(kept.size())}, kept, {}});
    return circuit;
}

bool same_inputs(const Circuit& a, const Circuit& b) {
    return std::equal(a.inputs().begin(), a.inputs().end(), b.inputs().begin(), b.inputs().end(),
                      [&](const Input& x, const Input& y) {
                          return x.tensor == y.tensor && x.element == y.element && x.declared == y.declared &&
                                 a[x.wire].range == b[y.wire].range;
                      });
}

}  // namespace

std::optional<std::string> first_difference(const Circuit& a, const Circuit& b, int64_t samples) {
    if (!same_inputs(a, b)) return "other inputs";
    if (a.outputs().size() != b.outputs().size()) return "other outputs";
    if (a.kept().size() != b.kept().size())
        return std::to_string(a.kept().size()) + " wires are kept, then " + std::to_string(b.kept().size());
    const Codes inputs = random_inputs(a, samples);
    const Circuit of_a = with_kept(a);
    const std::vector<Codes> results_a = Evaluator(of_a).run(inputs);
    const std::vector<Codes> results_b = Evaluator(with_kept(b)).run(inputs);
    for (size_t j = 0; j < results_a.size(); ++j) {
        if (results_a[j].elements() != results_b[j].elements())
            return "output " + of_a.outputs()[j].name + " has another size";
        if (const auto at = first_difference(results_a[j], results_b[j]))
            return of_a.outputs()[j].name + "[" + std::to_string(at->element) + "] was " +
                   results_a[j].value(at->sample, at->element).to_string() + ", then " +
                   results_b[j].value(at->sample, at->element).to_string();
    }
    return std::nullopt;
}

}  // namespace dal::circuit
