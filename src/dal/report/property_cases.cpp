#include "dal/report/property_cases.hpp"

#include <algorithm>

#include "dal/support/hash.hpp"

namespace dal::report {
namespace {

class Random {
  public:
    explicit Random(uint64_t start) : bits_(start) {}
    /// Below `limit` ≥ 1; the bias is far below what 10^5 samples can see.
    int64_t below(int64_t limit) { return static_cast<int64_t>(bits_.next() % static_cast<uint64_t>(limit)); }
    /// An integer of `count` random bits, not negative.
    Int bits(int64_t count) {
        const auto words = static_cast<size_t>(count / 64 + 1);
        std::vector<uint64_t> all(words);
        for (uint64_t& word : all) word = bits_.next();
        all.back() &= (uint64_t{1} << (count % 64)) - 1;
        return Int::from_words(all.data(), words);
    }

  private:
    SplitMix bits_;
};

Int clamp(const Int& value, const Interval& range) { return max(range.lo(), min(range.hi(), value)); }

/// Anywhere, near an end, or of any magnitude.
Int any_code(Random& random, const Interval& range) {
    const int64_t width = (range.hi() - range.lo()).bit_length();
    switch (random.below(4)) {
        case 0:
            return random.below(2) == 0 ? clamp(range.lo() + random.bits(3), range)
                                        : clamp(range.hi() - random.bits(3), range);
        case 1: {
            const Int magnitude = random.bits(random.below(width + 1));
            return clamp(random.below(2) == 0 ? magnitude : -magnitude, range);
        }
        default: return clamp(range.lo() + random.bits(width), range);
    }
}

}  // namespace

CaseSpace::CaseSpace(const Graph& graph) : graph_(graph) {
    for (const NodeId input : graph.inputs())
        ranges_.insert(ranges_.end(), graph[input].range.begin(), graph[input].range.end());
}

std::optional<int64_t> CaseSpace::count() const {
    int64_t bits = 0;
    for (const Interval& range : ranges_) bits += range.width();
    if (bits > most_exhaustive_bits) return std::nullopt;
    return int64_t{1} << bits;
}

Case CaseSpace::nth(int64_t index) const {
    Case result;
    for (const Interval& range : ranges_) {
        result.push_back(range.lo() + Int(index & ((int64_t{1} << range.width()) - 1)));
        index >>= range.width();
    }
    return result;
}

std::optional<Case> CaseSpace::corner(int64_t index) const {
    constexpr int64_t common = 7;
    constexpr size_t most_alone = 64;
    Case result;
    if (index < common) {
        for (size_t e = 0; e < ranges_.size(); ++e) {
            const Interval& range = ranges_[e];
            const bool is_even = e % 2 == 0;
            switch (index) {
                case 0: result.emplace_back(0); break;
                case 1: result.push_back(range.lo()); break;
                case 2: result.push_back(range.hi()); break;
                case 3: result.push_back(clamp(1, range)); break;
                case 4: result.push_back(clamp(-1, range)); break;
                case 5: result.push_back(is_even ? range.lo() : range.hi()); break;
                default: result.push_back(is_even ? range.hi() : range.lo()); break;
            }
        }
        return result;
    }
    // One element at an end, the others 0.
    const auto alone = static_cast<size_t>((index - common) / 2);
    if (alone >= std::min(most_alone, ranges_.size())) return std::nullopt;
    result.assign(ranges_.size(), Int(0));
    result[alone] = index % 2 == 0 ? ranges_[alone].lo() : ranges_[alone].hi();
    return result;
}

Case CaseSpace::sampled(uint64_t seed, int64_t index) const {
    if (auto known = corner(index)) return std::move(*known);
    Random random(SplitMix(seed).next() ^ static_cast<uint64_t>(index));
    Case result;
    result.reserve(ranges_.size());
    for (const Interval& range : ranges_) result.push_back(any_code(random, range));
    return result;
}

std::vector<Samples> CaseSpace::batch(const std::vector<Case>& cases) const {
    std::vector<Samples> batches;
    size_t first = 0;
    for (const NodeId id : graph_.inputs()) {
        const Node& input = graph_[id];
        const auto size = static_cast<size_t>(input.size());
        Codes codes = make_output(input.shape, static_cast<int64_t>(cases.size()), input.range);
        for (size_t sample = 0; sample < cases.size(); ++sample)
            for (size_t e = 0; e < size; ++e)
                codes.set_code(static_cast<int64_t>(sample), static_cast<int64_t>(e), cases[sample][first + e]);
        batches.emplace_back(std::move(codes));
        first += size;
    }
    return batches;
}

bool CaseSpace::smaller(const Case& a, const Case& b) {
    const auto size = [](const Case& codes) {
        Int sum;
        for (const Int& code : codes) sum += abs(code);
        return std::pair(sum, std::count_if(codes.begin(), codes.end(), [](const Int& c) { return c.is_negative(); }));
    };
    return size(a) < size(b);
}

Case CaseSpace::shrink(Case failing, const FirstFailing& first_failing) const {
    // Whole runs of elements to 0, the longest first.
    for (size_t length = failing.size(); length > 0; length /= 2) {
        for (size_t first = 0; first < failing.size(); first += length) {
            Case candidate = failing;
            for (size_t e = first; e < std::min(first + length, failing.size()); ++e) candidate[e] = 0;
            if (candidate != failing && first_failing({candidate})) failing = std::move(candidate);
        }
    }
    // Each element on its own: halfway to 0, then a quarter, and so on; then the other sign. Every round makes the case
    // smaller, and the rounds are bounded for properties that fail without any pattern.
    constexpr int most_rounds = 64;
    bool changed = true;
    for (int round = 0; changed && round < most_rounds; ++round) {
        changed = false;
        for (size_t e = 0; e < failing.size(); ++e) {
            const Int code = failing[e];
            std::vector<Case> candidates;
            const auto propose = [&](const Int& value) {
                if (value == code || value < ranges_[e].lo() || value > ranges_[e].hi()) return;
                candidates.push_back(failing);
                candidates.back()[e] = value;
            };
            const Int magnitude = abs(code);
            for (int64_t step = 0; step < magnitude.bit_length(); ++step) {
                const Int less = magnitude - (magnitude >> step);
                propose(code.is_negative() ? -less : less);
            }
            if (code.is_negative()) propose(magnitude);
            if (candidates.empty()) continue;
            if (const auto found = first_failing(candidates)) {
                failing = std::move(candidates[*found]);
                changed = true;
            }
        }
    }
    return failing;
}

}  // namespace dal::report
