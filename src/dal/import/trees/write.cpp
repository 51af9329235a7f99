// The program that computes an Ensemble: a call of `trees.forest`, and a sum.
#include "dal/import/trees/write.hpp"

#include <algorithm>

#include "dal/import/problem.hpp"
#include "dal/import/trees/ensemble.hpp"

namespace dal::importer::trees {
namespace {

/// The arrays that `trees.forest` takes.
struct Forest {
    std::vector<double> leaves;  ///< [items, width]
    std::vector<int> features{};
    std::vector<double> thresholds{};
    std::vector<int> left{};
    std::vector<int> right{};
    std::vector<int> ends{};
    std::vector<int> roots{};  ///< [rounds, outputs]; [rounds] if leaves are vectors or there is one output
    size_t most_leaves = 0;
    int depth = 0;
};

/// A node of a tree, and how far its farthest leaf is.
struct Placed {
    size_t tree;
    size_t node;
    int height;
};

/// The nodes below the root, parents before children; heights are known then.
std::vector<Placed> nodes_of(const Tree& tree, size_t number) {
    std::vector<Placed> nodes{{number, 0, 0}};
    std::vector<size_t> position(tree.left.size());
    for (size_t at = 0; at < nodes.size(); ++at) {
        const size_t node = nodes[at].node;
        position[node] = at;
        if (tree.left[node] < 0) continue;
        nodes.push_back({number, static_cast<size_t>(tree.left[node]), 0});
        nodes.push_back({number, static_cast<size_t>(tree.right[node]), 0});
    }
    for (size_t at = nodes.size(); at-- > 0;) {
        const size_t node = nodes[at].node;
        if (tree.left[node] < 0) continue;
        const int left = nodes[position[static_cast<size_t>(tree.left[node])]].height;
        const int right = nodes[position[static_cast<size_t>(tree.right[node])]].height;
        nodes[at].height = std::max(left, right) + 1;
    }
    return nodes;
}

/// Trees in rounds, one tree per output in each; where an output has fewer, a leaf of 0 fills up.
void add_roots(Forest& forest, const Ensemble& ensemble, const std::vector<std::vector<int>>& items) {
    const auto width = static_cast<size_t>(ensemble.width);
    const size_t columns = width == 1 ? static_cast<size_t>(ensemble.outputs) : 1;
    std::vector<std::vector<int>> by_output(columns);
    for (size_t at = 0; at < ensemble.trees.size(); ++at)
        by_output[width == 1 ? static_cast<size_t>(ensemble.trees[at].output) : 0].push_back(items[at][0]);
    size_t rounds = 0;
    for (const auto& roots : by_output) rounds = std::max(rounds, roots.size());
    for (size_t round = 0; round < rounds; ++round)
        for (const auto& roots : by_output) forest.roots.push_back(round < roots.size() ? roots[round] : 0);
}

Forest lay_out(const Ensemble& ensemble) {
    const auto width = static_cast<size_t>(ensemble.width);
    Forest forest{std::vector<double>(width, 0.0)};  // item 0
    std::vector<Placed> all;
    std::vector<std::vector<int>> items;
    for (size_t at = 0; at < ensemble.trees.size(); ++at) {
        const Tree& tree = ensemble.trees[at];
        items.emplace_back(tree.left.size());
        size_t leaves = 0;
        for (const Placed& placed : nodes_of(tree, at)) {
            if (placed.height > 0) {
                all.push_back(placed);
                forest.depth = std::max(forest.depth, placed.height);
                continue;
            }
            ++leaves;
            items[at][placed.node] = static_cast<int>(forest.leaves.size() / width);
            const auto first = tree.values.begin() + static_cast<std::ptrdiff_t>(placed.node * width);
            forest.leaves.insert(forest.leaves.end(), first, first + static_cast<std::ptrdiff_t>(width));
        }
        forest.most_leaves = std::max(forest.most_leaves, leaves);
    }
    std::ranges::stable_sort(all, {}, &Placed::height);
    const auto leaves = static_cast<int>(forest.leaves.size() / width);
    for (size_t at = 0; at < all.size(); ++at) {
        const Tree& tree = ensemble.trees[all[at].tree];
        std::vector<int>& item = items[all[at].tree];
        const size_t node = all[at].node;
        item[node] = leaves + static_cast<int>(at);
        forest.features.push_back(tree.features[node]);
        forest.thresholds.push_back(tree.thresholds[node]);
        forest.left.push_back(item[static_cast<size_t>(tree.left[node])]);
        forest.right.push_back(item[static_cast<size_t>(tree.right[node])]);
        if (at + 1 == all.size() || all[at + 1].height != all[at].height)
            forest.ends.push_back(static_cast<int>(at) + 1);
    }
    add_roots(forest, ensemble, items);
    return forest;
}

/// The input, rounded so that comparisons stay what they are; nothing if the options say what it is rounded to.
Result<Value> features_of(Program& program, const Ensemble& ensemble) {
    Value x = program.input("x", {ensemble.features});
    if (x.real_input.empty()) return x;
    const Formats formats = exact_formats(ensemble);
    int bits = 0;
    int most = 0;
    for (size_t at = 0; at < formats.k.size(); ++at) {
        const int width = std::max(0, formats.k[at] + formats.i[at] + formats.f[at]);
        bits += width;
        most = std::max(most, width);
    }
    const bool is_any = ensemble.strict && ensemble.inputs == Inputs::float64;
    const std::string numbers = is_any                               ? "any number"
                                : ensemble.inputs == Inputs::float32 ? "every float32 number"
                                                                     : "every float64 number of 2^-149 and more";
    constexpr int most_bits = 512;  // of a value in the language
    if (most > most_bits)
        return failure(inexact_layer(ensemble.where,
                                     "to compare " + numbers + " with a threshold takes " + std::to_string(most) +
                                         " bits, and values have 512 at most",
                                     "say what inputs are rounded to: `--input 'fixed(1, 15, 16)'`"));
    constexpr int many = 24;
    program.comment("each feature is rounded down to a grid on which " + numbers + " compares as before");
    program.decide("x", "rounded down to grids on which " + numbers + " compares as before: " + std::to_string(bits) +
                            " bits for " + std::to_string(ensemble.features) + " features, at most " +
                            std::to_string(most) + " for one" +
                            (most > many ? "; with `--input 'fixed(…)'` for numbers that have fewer" : ""));
    return program.let("features", program.quantize(x, "x", formats).text, {ensemble.features});
}

}  // namespace

Result<void> write(Program& program, const Ensemble& ensemble) {
    const Forest forest = lay_out(ensemble);
    const auto inner = static_cast<int64_t>(forest.features.size());
    const int64_t width = ensemble.width;
    const bool has_columns = width == 1 && ensemble.outputs > 1;
    const int64_t rounds = static_cast<int64_t>(forest.roots.size()) / (has_columns ? ensemble.outputs : 1);
    const Shape roots = has_columns ? Shape{rounds, ensemble.outputs} : Shape{rounds};
    const Shape votes = ensemble.outputs > 1 ? Shape{rounds, ensemble.outputs} : Shape{rounds};
    const auto leaves = static_cast<int64_t>(forest.leaves.size()) / width;

    program.use("trees");
    const Result<Value> features =
        inner == 0 ? program.input("x", {ensemble.features}) : features_of(program, ensemble);
    if (!features) return failure(features.error());
    program.comment(std::to_string(ensemble.trees.size()) + " trees of at most " + std::to_string(forest.most_leaves) +
                    " leaves and depth " + std::to_string(forest.depth) + "; x " + (ensemble.strict ? "<" : "<=") +
                    " threshold goes left");
    const Tensor leaf_values{width == 1 ? Shape{leaves} : Shape{leaves, width}, forest.leaves};
    const bool are_zero = std::ranges::all_of(forest.leaves, [](double value) { return value == 0; });
    const std::string values = are_zero ? program.array("trees_leaves", leaf_values)
                                        : program.parameter("trees", "leaves", leaf_values, std::nullopt);
    const std::string root_items = program.array("trees_roots", roots, forest.roots);
    std::string call = values + "[" + root_items + "]";
    if (inner > 0) {
        const std::string thresholds = program.array("trees_thresholds", {{inner}, forest.thresholds});
        call = "trees.forest(" + features->text + ", " + program.array("trees_features", {inner}, forest.features) +
               ", " + thresholds + ", " + program.array("trees_left", {inner}, forest.left) + ", " +
               program.array("trees_right", {inner}, forest.right) + ", " + values + ", " +
               program.array("trees_ends", {static_cast<int64_t>(forest.ends.size())}, forest.ends) + ", " +
               root_items + (ensemble.strict ? ", strict: true)" : ")");
    }
    const Value all = program.layer("votes", call, votes);
    const Shape outputs = ensemble.outputs > 1 ? Shape{ensemble.outputs} : Shape{};
    std::string sum = "trees.total(" + all.text;
    if (std::ranges::any_of(ensemble.base, [](double value) { return value != 0; }))
        sum += ", base: " + program.constant("base", {outputs, ensemble.base});
    sum += ")";
    if (ensemble.scale != 1) sum += " * " + program.constant("scale", {{}, {ensemble.scale}});
    program.output("y", {sum, outputs});
    return {};
}

Result<Imported> import_ensemble(const ModelFile& file, const Ensemble& ensemble, Program program) {
    if (auto checked = check(ensemble, file.name()); !checked) return failure(std::move(checked.error()));
    if (auto written = write(program, ensemble); !written) return failure(std::move(written.error()));
    return std::move(program).finish();
}

}  // namespace dal::importer::trees
