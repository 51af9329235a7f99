#include "dal/sim/vectors.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace dal::sim {
namespace {

using circuit::Circuit;

/// What may be fed to one element of a tensor, as codes with binary point f.
struct Lane {
    Int lo;  // of the range
    Int hi;
    Int step = 1;        // of the finest format
    bool exact = true;   // only codes in [lo, hi]; otherwise any
    bool known = false;  // some wire reads it
    int f = 0;
    std::vector<Interval> quantizers;  // ranges of the formats that the circuit quantizes it to
};

/// On the grid of a declared format; on a four times finer one for those that are quantized, to have ties and what
/// lies beside them.
std::vector<std::vector<Lane>> lanes_of(const Circuit& circuit) {
    std::vector<std::vector<Lane>> lanes;
    for (const circuit::InputTensor& tensor : circuit.input_tensors())
        lanes.emplace_back(static_cast<size_t>(element_count(tensor.shape)));
    const auto range_of = [&](const circuit::Input& input) -> const Interval& { return circuit[input.wire].range; };
    for (const circuit::Input& input : circuit.inputs()) {
        Lane& lane = lanes[input.tensor][static_cast<size_t>(input.element)];
        if (!input.declared) lane.exact = false;
        const int f = range_of(input).f() + (input.declared ? 0 : 2);
        lane.f = lane.known ? std::max(lane.f, f) : f;
        lane.known = true;
    }
    for (const circuit::Input& input : circuit.inputs()) {
        Lane& lane = lanes[input.tensor][static_cast<size_t>(input.element)];
        if (!lane.exact) lane.step = 4;
        lane.lo = min(lane.lo, range_of(input).lo_at(lane.f));
        lane.hi = max(lane.hi, range_of(input).hi_at(lane.f));
        if (!input.declared) lane.quantizers.push_back(range_of(input));
    }
    return lanes;
}

class Random {
  public:
    explicit Random(uint64_t seed) : engine_(seed) {}
    uint64_t below(uint64_t count) { return engine_() % count; }
    /// Uniform in [lo, hi], but for a bias below 2^-64.
    Int between(const Int& lo, const Int& hi) {
        const Int count = hi - lo + 1;
        words_.resize(static_cast<size_t>(count.bit_length() / 64 + 2));
        for (uint64_t& word : words_) word = engine_();
        words_.back() = 0;
        return lo + Int::floor_mod(Int::from_words(words_.data(), words_.size()), count);
    }

  private:
    std::mt19937_64 engine_;
    std::vector<uint64_t> words_;
};

/// The nearest code that may be fed.
Int legal(const Lane& lane, Int code) { return lane.exact ? max(lane.lo, min(lane.hi, code)) : code; }

Int random_code(const Lane& lane, Random& random) {
    const Int span = lane.hi - lane.lo + lane.step;
    switch (lane.exact ? random.below(4) : random.below(8)) {
        case 0:
        case 1: {  // close to an end
            const Int distance = random.between(-2 * lane.step, 2 * lane.step);
            return legal(lane, (random.below(2) == 0 ? lane.lo : lane.hi) + distance);
        }
        case 4: return random.between(lane.lo - span, lane.hi + span);
        case 5: {  // on the grid or on a tie
            const Int half = Int::floor_div(random.between(lane.lo, lane.hi), 2);
            return half * 2;
        }
        default: return random.between(lane.lo, lane.hi);
    }
}

/// Around the ends of one quantizer: the steps at and beyond them, the tie between, and what is beside the tie.
constexpr int end_points = 10;
Int near_end(const Lane& lane, size_t number, int point) {
    if (lane.quantizers.empty()) return 0;
    const Interval& range = lane.quantizers[number % lane.quantizers.size()];
    const Int step = Int::pow2(lane.f - range.f());  // at least 4
    const Int half = step >> 1;
    const std::array<Int, end_points / 2> away{0, half - 1, half, half + 1, step};
    const Int& distance = away[static_cast<size_t>(point / 2)];
    return point % 2 == 0 ? range.lo_at(lane.f) - distance : range.hi_at(lane.f) + distance;
}

/// A code for each lane, by what it should be there.
using Sample = std::vector<std::vector<Int>>;

class SampleList {
  public:
    explicit SampleList(const std::vector<std::vector<Lane>>& lanes) : lanes_(lanes) {}

    /// `code(lane, position)`, where positions count through all tensors.
    template <class Code>
    void add(Code code) {
        Sample& sample = samples_.emplace_back();
        int64_t position = 0;
        for (const auto& tensor : lanes_) {
            auto& codes = sample.emplace_back();
            for (const Lane& lane : tensor) codes.push_back(legal(lane, code(lane, position++)));
        }
    }

    [[nodiscard]] std::vector<Codes> batches(const Circuit& circuit) const {
        std::vector<Codes> result;
        for (size_t t = 0; t < lanes_.size(); ++t) {
            std::vector<int> f;
            for (const Lane& lane : lanes_[t]) f.push_back(lane.f);
            int64_t bits = 0;
            for (const Sample& sample : samples_)
                for (const Int& code : sample[t]) bits = std::max(bits, code.bit_length());
            Codes codes(circuit.input_tensors()[t].shape, static_cast<int64_t>(samples_.size()), std::move(f),
                        static_cast<int>(bits / 64 + 1));
            for (int64_t s = 0; s < codes.samples(); ++s)
                for (int64_t e = 0; e < codes.elements(); ++e)
                    codes.set_code(s, e, samples_[static_cast<size_t>(s)][t][static_cast<size_t>(e)]);
            result.push_back(std::move(codes));
        }
        return result;
    }

  private:
    const std::vector<std::vector<Lane>>& lanes_;
    std::vector<Sample> samples_;
};

}  // namespace

std::vector<Codes> verification_vectors(const Circuit& circuit, const VectorOptions& options) {
    const std::vector<std::vector<Lane>> lanes = lanes_of(circuit);
    int64_t elements = 0;
    for (const auto& tensor : lanes) elements += static_cast<int64_t>(tensor.size());
    Random random(options.seed);
    SampleList samples(lanes);

    samples.add([](const Lane& lane, int64_t) { return lane.lo; });
    samples.add([](const Lane& lane, int64_t) { return lane.hi; });
    samples.add([](const Lane&, int64_t) { return Int(0); });
    for (const int64_t odd : {0, 1})
        samples.add([&](const Lane& lane, int64_t at) { return at % 2 == odd ? lane.lo : lane.hi; });
    for (const int quarters : {-4, -2, -1, 1, 2, 4}) {
        // From a range's ends outwards, and around 0.
        samples.add([&](const Lane& lane, int64_t) { return (quarters < 0 ? lane.lo : lane.hi) + quarters; });
        if (quarters % 4 != 0) samples.add([&](const Lane&, int64_t) { return Int(quarters); });
    }
    // The widest range and the finest step are not those of each format that an element has.
    size_t formats = 0;
    for (const auto& tensor : lanes)
        for (const Lane& lane : tensor) formats = std::max(formats, lane.quantizers.size());
    for (size_t n = 0; formats > 1 && n < formats; ++n)
        for (int point = 0; point < end_points; ++point)
            samples.add([&](const Lane& lane, int64_t) { return near_end(lane, n, point); });
    const int64_t alone = std::min(elements, options.one_hot);
    for (int64_t n = 0; n < alone; ++n) {
        const int64_t one = n * elements / alone;
        samples.add([&](const Lane& lane, int64_t at) { return at == one ? lane.lo : Int(0); });
        samples.add([&](const Lane& lane, int64_t at) { return at == one ? lane.hi : Int(0); });
    }
    for (int64_t n = 0; n < options.random; ++n)
        samples.add([&](const Lane& lane, int64_t) { return random_code(lane, random); });
    return samples.batches(circuit);
}

}  // namespace dal::sim
