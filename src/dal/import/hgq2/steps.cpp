#include "dal/import/hgq2/steps.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "dal/import/problem.hpp"
#include "dal/numeric/quantize.hpp"

namespace dal::importer::hgq2 {
namespace {

constexpr int64_t most_levels = 1024;
constexpr int64_t most_levels_of_all = int64_t{1} << 20;
/// Those that are searched for: elements of one format share them.
constexpr int64_t most_searches = int64_t{1} << 15;

/// Finite float32 numbers in their order, as integers: -1 and 0 are the two zeros, n + 1 is the next number after n.
int64_t rank_of(float value) {
    const auto bits = std::bit_cast<int32_t>(value);
    return bits >= 0 ? bits : int64_t{std::numeric_limits<int32_t>::min()} - bits - 1;
}
float of_rank(int64_t rank) {
    const int64_t bits = rank >= 0 ? rank : int64_t{std::numeric_limits<int32_t>::min()} - rank - 1;
    return std::bit_cast<float>(static_cast<int32_t>(bits));
}

/// The levels of one element.
struct Levels {
    std::vector<double> at;
    int64_t first = 0;  ///< the code below all levels
    int64_t doubtful = 0;
};

class Finder {
  public:
    Finder(const Steps& steps, const Format& to) : steps_(steps), to_(to) {}

    /// Nothing if there are too many.
    std::optional<Levels> find() {
        Levels levels;
        const int64_t least = rank_of(std::numeric_limits<float>::lowest());
        const int64_t most = rank_of(std::numeric_limits<float>::max());
        levels.first = code(least);
        const int64_t last = code(most);
        if (last - levels.first > most_levels) return std::nullopt;
        int64_t low = least;
        for (int64_t step = levels.first + 1; step <= last; ++step) {
            // The least number that reaches this step lies above `below`, at `high` or below it.
            int64_t below = low;
            int64_t high = most;
            while (high - below > 1) {
                const int64_t middle = below + (high - below) / 2;
                (code(middle) >= step ? high : below) = middle;
            }
            const float level = of_rank(high) + 0.0F;
            levels.at.push_back(level);
            levels.doubtful += is_doubtful_near(level) ? 1 : 0;
            low = below;
        }
        return levels;
    }

  private:
    /// The code of the rounded function.
    [[nodiscard]] int64_t code(int64_t rank) const {
        const Float32 y = steps_.function(of_rank(rank));
        // Far beyond the format it saturates; the limits keep the numbers small.
        const double limit = 4 * std::ldexp(1.0, to_.kif.i);
        const double value = std::isnan(y.value) ? 0 : std::clamp(static_cast<double>(y.value), -limit, limit);
        return quantize_code(Rational(*Dyadic::from_double(value)), to_).to_int64();
    }

    /// Whether an argument on either side of a level is doubtful.
    [[nodiscard]] bool is_doubtful_near(float level) const {
        const double scaled = std::ldexp(static_cast<double>(level), steps_.grid);
        return std::ranges::any_of(std::array{std::ceil(scaled) - 1, std::ceil(scaled)}, [&](double argument) {
            return is_doubtful(steps_.function(static_cast<float>(std::ldexp(argument, -steps_.grid))), to_);
        });
    }

    const Steps& steps_;
    const Format& to_;
};

Format saturating(Format format) {
    if (format.overflow == Overflow::wrap) format.overflow = Overflow::sat;
    return format;
}

/// Whether results that wrap do so for any argument. As the function never falls, its ends say it.
bool wraps_somewhere(const Steps& steps) {
    constexpr float most = std::numeric_limits<float>::max();
    for (int64_t element = 0; element < steps.to->size(); ++element) {
        const Format format = saturating(steps.to->at(element));
        const Format wider{Kif(true, format.kif.i + 2, format.kif.f), format.round, Overflow::sat};
        for (const float end : {-most, most}) {
            const float y = steps.function(end).value;
            if (!std::isfinite(y)) return true;
            const Rational value(*Dyadic::from_double(y));
            if (quantize_code(value, format) != quantize_code(value, wider)) return true;
        }
    }
    return false;
}

}  // namespace

Result<std::string> write_steps(keras::LayerContext& layer, const std::string& x, const Steps& steps) {
    const Formats& to = *steps.to;
    if (to.overflow == Overflow::sat_zero || (to.overflow == Overflow::wrap && wraps_somewhere(steps)))
        return failure(
            layer.unsupported("computes a function of numbers that it does not round, with results that wrap",
                              "let the quantizer behind the function saturate"));
    std::vector<Levels> all;
    std::vector<Kif> formats;
    size_t count = 1;
    int64_t doubtful = 0;
    int64_t searches = 0;
    for (int64_t element = 0; element < to.size(); ++element) {
        const Format format = saturating(to.at(element));
        const auto known = std::ranges::find(formats, format.kif);
        auto levels = known != formats.end() ? std::optional(all[static_cast<size_t>(known - formats.begin())])
                      : format.kif.is_zero() ? std::optional(Levels{})
                                             : Finder(steps, format).find();
        if (levels && known == formats.end()) searches += static_cast<int64_t>(levels->at.size());
        if (!levels || searches > most_searches ||
            static_cast<int64_t>(levels->at.size()) * to.size() > most_levels_of_all)
            return failure(layer.unsupported("computes a function of numbers that it does not round, in more than " +
                                                 std::to_string(most_levels) + " steps",
                                             "round its input, or its result to fewer bits"));
        count = std::max(count, levels->at.size());
        doubtful += levels->doubtful;
        all.push_back(std::move(*levels));
        formats.push_back(format.kif);
    }
    if (auto said = say_doubt(layer, doubtful, static_cast<int64_t>(count) * to.size()); !said)
        return failure(std::move(said.error()));
    const bool is_one = to.size() == 1;
    const Shape elements = is_one ? Shape{} : to.shape;
    Tensor table{elements, {}};
    table.shape.push_back(static_cast<int64_t>(count));
    Tensor bases{elements, {}};
    Tensor sizes{elements, {}};
    for (size_t element = 0; element < all.size(); ++element) {
        const int f = to.at(static_cast<int64_t>(element)).kif.f;
        // Elements with fewer levels get more that no number reaches.
        all[element].at.resize(count, std::numeric_limits<float>::max());
        table.values.insert(table.values.end(), all[element].at.begin(), all[element].at.end());
        bases.values.push_back(std::ldexp(static_cast<double>(all[element].first), -f));
        sizes.values.push_back(std::ldexp(1.0, -f));
    }
    std::string text = "thresholds(" + x + ", " + layer.array(steps.part + "_levels", table);
    if (std::ranges::any_of(bases.values, [](double base) { return base != 0; }))
        text += ", base: " + layer.constant(steps.part + "_base", bases);
    if (std::ranges::any_of(sizes.values, [](double size) { return size != 1; }))
        text += ", step: " + layer.constant(steps.part + "_step", sizes);
    return text + ")";
}

}  // namespace dal::importer::hgq2
