#include "dal/import/trees/ensemble.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dal/import/problem.hpp"

namespace dal::importer::trees {
namespace {

tl::unexpected<Diagnostics> bad(std::string_view file, const Ensemble& ensemble, size_t tree, const std::string& fact) {
    return failure(bad_model_file(file, ensemble.where, "tree " + std::to_string(tree) + ": " + fact));
}

/// What is wrong with a node, or nothing.
std::string problem_of(const Ensemble& ensemble, const Tree& tree, size_t node) {
    const std::string name = "node " + std::to_string(node);
    if (tree.left[node] < 0) {
        for (int64_t at = 0; at < ensemble.width; ++at)
            if (!std::isfinite(tree.values[node * static_cast<size_t>(ensemble.width) + static_cast<size_t>(at)]))
                return "the value of " + name + " is not finite";
        return {};
    }
    const auto nodes = static_cast<int64_t>(tree.left.size());
    if (tree.left[node] >= nodes || tree.right[node] < 0 || tree.right[node] >= nodes)
        return "a child of " + name + " is not there";
    if (tree.features[node] < 0 || tree.features[node] >= ensemble.features)
        return name + " compares feature " + std::to_string(tree.features[node]) + " of " +
               std::to_string(ensemble.features);
    if (!std::isfinite(tree.thresholds[node])) return "the threshold of " + name + " is not finite";
    return {};
}

/// Below the root every node is met once; what is not below it does not matter.
std::string problem_of(const Ensemble& ensemble, const Tree& tree) {
    const size_t nodes = tree.left.size();
    if (nodes == 0 || tree.right.size() != nodes || tree.features.size() != nodes || tree.thresholds.size() != nodes ||
        tree.values.size() != nodes * static_cast<size_t>(ensemble.width))
        return "its arrays have different lengths, or no items";
    if (tree.output < 0 || tree.output >= ensemble.outputs) return "its output is not there";
    std::vector<bool> met(nodes);
    std::vector<size_t> open{0};
    while (!open.empty()) {
        const size_t node = open.back();
        open.pop_back();
        if (met[node]) return "node " + std::to_string(node) + " has two parents";
        met[node] = true;
        if (std::string problem = problem_of(ensemble, tree, node); !problem.empty()) return problem;
        if (tree.left[node] < 0) continue;
        open.push_back(static_cast<size_t>(tree.left[node]));
        open.push_back(static_cast<size_t>(tree.right[node]));
    }
    return {};
}

/// The nearest number of the inputs' type that is at least, or more than, a threshold. Of all types it is 2^-149 beside
/// 0: to tell the smallest float64 from it would take 1,074 bits.
double bound_of(double threshold, bool strict, Inputs inputs) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (threshold == 0 && !strict) return static_cast<double>(std::numeric_limits<float>::denorm_min());
    const bool has_float = std::abs(threshold) < static_cast<double>(std::numeric_limits<float>::max());
    if (inputs == Inputs::float64 || !has_float) return strict ? threshold : std::nextafter(threshold, infinity);
    auto near = static_cast<float>(threshold);
    const bool is_low = strict ? static_cast<double>(near) < threshold : static_cast<double>(near) <= threshold;
    if (is_low) near = std::nextafter(near, std::numeric_limits<float>::infinity());
    return static_cast<double>(near);
}

/// Whether values x of the inputs' type stay on their side when they are rounded down to multiples of 2^-f. They do if
/// a multiple lies between the threshold and the number after it: x < t is x < m for any m from t to the first number
/// that is not less; x <= t is x < m for any m above t and up to the first number above it. The scaled numbers are
/// exact, as is checked, or so large that every one is a multiple.
bool is_exact(double threshold, double bound, bool strict, int f) {
    constexpr double all_are_integers = 0x1p60;
    const double low = std::ldexp(threshold, f);
    const double high = std::ldexp(bound, f);
    if (std::abs(low) >= all_are_integers) return true;
    if (std::ldexp(low, -f) != threshold || std::ldexp(high, -f) != bound) return false;
    return strict ? std::ceil(low) <= high : std::floor(low) < std::floor(high);
}

/// One feature's thresholds.
struct Compared {
    bool is = false;
    double low = 0;
    double high = 0;
    int f = 0;
};

/// With values on both sides of all thresholds: something goes left at the lowest, and right at the highest.
Kif format_of(const Compared& feature, bool strict) {
    const double step = std::ldexp(1.0, -feature.f);
    const bool k = strict ? feature.low <= 0 : feature.low < 0;
    int i = -feature.f + (k ? 0 : 1);
    const auto is_wide = [&] {
        const double least = k ? -std::ldexp(1.0, i) : 0;
        const double most = std::ldexp(1.0, i) - step;
        return strict ? least < feature.low && most >= feature.high : least <= feature.low && most > feature.high;
    };
    while (!is_wide()) ++i;
    return {k, i, feature.f};
}

/// Calls with the feature and the threshold of each inner node; those that are not below a root may be anything.
template <class Visit>
void each_threshold(const Ensemble& ensemble, const Visit& visit) {
    for (const Tree& tree : ensemble.trees)
        for (size_t node = 0; node < tree.left.size(); ++node)
            if (tree.left[node] >= 0 && tree.features[node] >= 0 && tree.features[node] < ensemble.features &&
                std::isfinite(tree.thresholds[node]))
                visit(static_cast<size_t>(tree.features[node]), tree.thresholds[node]);
}

}  // namespace

Result<void> check(const Ensemble& ensemble, std::string_view file) {
    for (size_t at = 0; at < ensemble.trees.size(); ++at)
        if (const std::string problem = problem_of(ensemble, ensemble.trees[at]); !problem.empty())
            return bad(file, ensemble, at, problem);
    if (static_cast<int64_t>(ensemble.base.size()) != ensemble.outputs ||
        !std::ranges::all_of(ensemble.base, [](double value) { return std::isfinite(value); }))
        return failure(bad_model_file(file, ensemble.where, "there is not one base value for each output"));
    return {};
}

Formats exact_formats(const Ensemble& ensemble) {
    std::vector<Compared> features(static_cast<size_t>(ensemble.features));
    each_threshold(ensemble, [&](size_t feature, double threshold) {
        Compared& compared = features[feature];
        if (!compared.is) compared = {true, threshold, threshold};
        compared.low = std::min(compared.low, threshold);
        compared.high = std::max(compared.high, threshold);
    });
    for (Compared& compared : features) {
        const double largest = std::max(std::abs(compared.low), std::abs(compared.high));
        compared.f = largest >= 1 ? -std::ilogb(largest) : 0;
    }
    each_threshold(ensemble, [&](size_t feature, double threshold) {
        const double bound = bound_of(threshold, ensemble.strict, ensemble.inputs);
        while (!is_exact(threshold, bound, ensemble.strict, features[feature].f)) ++features[feature].f;
    });
    Formats formats{{ensemble.features}, {}, {}, {}, Round::trn, Overflow::sat};
    for (const Compared& feature : features) {
        const Kif kif = feature.is ? format_of(feature, ensemble.strict) : Kif();
        formats.k.push_back(kif.k ? 1 : 0);
        formats.i.push_back(kif.i);
        formats.f.push_back(kif.f);
    }
    return formats;
}

}  // namespace dal::importer::trees
