// LightGBM's text: a header of `name=value` lines, then one block of them for each tree. What is imported is the raw
// score.
#include <algorithm>
#include <charconv>
#include <map>

#include "dal/import/problem.hpp"
#include "dal/import/trees/write.hpp"

namespace dal::importer::trees {
namespace {

constexpr int64_t most_features = 1 << 20;
constexpr int64_t most_outputs = 1 << 16;
constexpr int most_leaves = 1 << 24;

using Block = std::map<std::string, std::string_view, std::less<>>;

tl::unexpected<Diagnostics> bad(const ModelFile& file, std::string_view where, std::string_view fact) {
    return failure(bad_model_file(file.name(), where, fact));
}

bool recognizes(const ModelFile& file) {
    return file.bytes().starts_with("tree\n") || file.bytes().starts_with("tree\r\n");
}

std::string_view next_line(std::string_view& text) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

template <class T>
std::optional<std::vector<T>> list_of(const Block& block, std::string_view name, size_t count) {
    const auto found = block.find(name);
    if (found == block.end()) return std::nullopt;
    std::string_view text = found->second;
    std::vector<T> values;
    while (!text.empty()) {
        const size_t end = std::min(text.find(' '), text.size());
        T value{};
        const char* first = text.data();
        const auto read = std::from_chars(first, first + end, value);
        if (read.ec != std::errc() || read.ptr != first + end) return std::nullopt;
        values.push_back(value);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return values.size() == count ? std::optional(std::move(values)) : std::nullopt;
}

std::optional<int64_t> integer_of(const Block& block, std::string_view name) {
    const auto values = list_of<int64_t>(block, name, 1);
    return values ? std::optional(values->front()) : std::nullopt;
}

/// What cannot be imported of a tree's nodes, or nothing. Bits of a decision type: 0 a category, 1 where missing values
/// go, 2 and 3 what is missing: nothing, zeros, NaN.
std::string unsupported(const std::vector<int>& decisions) {
    for (const int decision : decisions) {
        if ((decision & 1) != 0) return "a node asks for categories, not for a threshold";
        if ((decision >> 2 & 3) == 1) return "zeros are missing values (`zero_as_missing`)";
    }
    return {};
}

/// Inner nodes come first, then leaves, which the file counts from the other side: child -1 is leaf 0.
Result<Tree> tree_of(const ModelFile& file, const Block& block, const std::string& where) {
    if (integer_of(block, "is_linear").value_or(0) != 0)
        return failure(unsupported_layer(where, "its leaves are linear models", "train with `linear_tree=false`"));
    const auto leaves =
        static_cast<int>(std::clamp<int64_t>(integer_of(block, "num_leaves").value_or(0), 0, most_leaves));
    if (leaves < 1) return bad(file, where, "`num_leaves` is no number that can be");
    const auto inner = static_cast<size_t>(leaves - 1);
    auto values = list_of<double>(block, "leaf_value", static_cast<size_t>(leaves));
    if (!values) return bad(file, where, "`leaf_value` has not one number for each leaf");
    Tree tree;
    if (inner > 0) {
        auto features = list_of<int>(block, "split_feature", inner);
        auto thresholds = list_of<double>(block, "threshold", inner);
        auto left = list_of<int>(block, "left_child", inner);
        auto right = list_of<int>(block, "right_child", inner);
        const auto decisions = list_of<int>(block, "decision_type", inner);
        if (!features || !thresholds || !left || !right || !decisions)
            return bad(file, where, "not all arrays of nodes are there, with one number for each");
        if (const std::string fact = unsupported(*decisions); !fact.empty())
            return failure(unsupported_layer(where, fact));
        const auto place = [&](int& child) {
            if (child < -leaves) child = leaves * 2;  // not there: found by the check
            if (child < 0) child = static_cast<int>(inner) + ~child;
        };
        std::ranges::for_each(*left, place);
        std::ranges::for_each(*right, place);
        tree = {std::move(*features), std::move(*thresholds),     std::move(*left),
                std::move(*right),    std::vector<double>(inner), 0};
    }
    const size_t nodes = inner + static_cast<size_t>(leaves);
    tree.features.resize(nodes, -1);
    tree.thresholds.resize(nodes, 0);
    tree.left.resize(nodes, -1);
    tree.right.resize(nodes, -1);
    tree.values.insert(tree.values.end(), values->begin(), values->end());
    return tree;
}

/// The lines up to one that begins the next block.
Block read_block(std::string_view& text) {
    Block block;
    while (!text.empty() && !text.starts_with("Tree=") && !text.starts_with("end of trees")) {
        const std::string_view line = next_line(text);
        const size_t equals = line.find('=');
        block.emplace(std::string(line.substr(0, equals)),
                      equals == std::string_view::npos ? std::string_view() : line.substr(equals + 1));
    }
    return block;
}

/// Averaged forests: sums are divided by the number of rounds.
Result<void> average(Program& program, Ensemble& ensemble) {
    const auto rounds = static_cast<int64_t>(ensemble.trees.size()) / ensemble.outputs;
    for (Tree& tree : ensemble.trees)
        for (double& value : tree.values) value /= static_cast<double>(rounds);
    program.decide("", "leaves were divided by the number of rounds, " + std::to_string(rounds));
    if ((rounds & (rounds - 1)) == 0) return {};
    Diagnostic inexact = inexact_layer("average_output", "leaves divided by " + std::to_string(rounds) +
                                                             " were rounded to float64, where the library rounds sums");
    if (program.options().exactness == Exactness::on) return failure(std::move(inexact));
    program.warn(std::move(inexact));
    return {};
}

Result<Imported> read(const ModelFile& file, const ImportOptions& options, PrecisionConfig precision) {
    std::string_view text = file.bytes();
    next_line(text);
    const Block header = read_block(text);
    const auto value_of = [&](std::string_view name) {
        const auto found = header.find(name);
        return found == header.end() ? std::string() : std::string(found->second);
    };
    Ensemble ensemble;
    ensemble.where = "trees";
    ensemble.inputs = Inputs::float64;
    ensemble.features = integer_of(header, "max_feature_idx").value_or(-1) + 1;
    ensemble.outputs = integer_of(header, "num_tree_per_iteration").value_or(0);
    if (ensemble.features < 1 || ensemble.features > most_features || ensemble.outputs < 1 ||
        ensemble.outputs > most_outputs)
        return bad(file, {}, "`max_feature_idx` or `num_tree_per_iteration` is no number that can be");
    while (text.starts_with("Tree=")) {
        const std::string where(next_line(text));
        auto tree = tree_of(file, read_block(text), where);
        if (!tree) return failure(std::move(tree.error()));
        tree->output = static_cast<int>(static_cast<int64_t>(ensemble.trees.size()) % ensemble.outputs);
        ensemble.trees.push_back(std::move(*tree));
    }
    if (!text.starts_with("end of trees")) return bad(file, {}, "`end of trees` is missing: the file was cut");
    if (ensemble.trees.empty() || static_cast<int64_t>(ensemble.trees.size()) % ensemble.outputs != 0)
        return bad(file, {}, "there are no trees, or not as many for each output");
    ensemble.base.assign(static_cast<size_t>(ensemble.outputs), 0);
    const std::string objective = value_of("objective");
    Program program(options, std::move(precision),
                    file.name() + ": LightGBM " + value_of("version") + (objective.empty() ? "" : ", " + objective));
    program.decide("", "`y` is the raw score; what the objective makes of it is left out");
    if (header.contains("average_output")) {
        if (auto averaged = average(program, ensemble); !averaged) return failure(std::move(averaged.error()));
    }
    return import_ensemble(file, ensemble, std::move(program));
}

}  // namespace

const Reader lightgbm{"LightGBM (text)", recognizes, read};

}  // namespace dal::importer::trees
