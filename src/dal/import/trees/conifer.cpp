// conifer's JSON: trees of scikit-learn, XGBoost, TMVA, ONNX and YDF in one form. The score is
// (init_predict + the sum of a leaf of each tree) · norm.
#include <algorithm>

#include "dal/import/problem.hpp"
#include "dal/import/trees/fields.hpp"
#include "dal/import/trees/write.hpp"

namespace dal::importer::trees {
namespace {

constexpr int64_t most_features = 1 << 20;

tl::unexpected<Diagnostics> bad(const ModelFile& file, std::string_view where, std::string_view fact) {
    return failure(bad_model_file(file.name(), where, fact));
}

bool recognizes(const ModelFile& file) {
    const std::string_view bytes = file.bytes();
    const auto has = [&](std::string_view word) { return bytes.find(word) != std::string_view::npos; };
    const size_t first = bytes.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && bytes[first] == '{' && has("\"init_predict\"") && has("\"n_classes\"");
}

/// Splits on sums of several features have weights; a split on one has a single 1.
bool is_oblique(const Json& weights, const Tree& tree) {
    for (size_t node = 0; node < tree.left.size() && node < weights.items().size(); ++node) {
        if (tree.left[node] < 0) continue;
        const auto row = numbers(weights[node]);
        if (!row) return true;
        for (size_t at = 0; at < row->size(); ++at)
            if ((*row)[at] != (static_cast<int>(at) == tree.features[node] ? 1 : 0)) return true;
    }
    return false;
}

Result<Tree> tree_of(const ModelFile& file, const Json& json, const std::string& where) {
    auto features = integers(json["feature"]);
    auto left = integers(json["children_left"]);
    auto right = integers(json["children_right"]);
    auto thresholds = numbers(json["threshold"]);
    auto values = numbers(json["value"]);
    if (!features || !left || !right || !thresholds || !values || features->size() != left->size())
        return bad(file, where, "not all arrays of nodes are there, with one number for each");
    // The library knows leaves by their feature, -2.
    for (size_t node = 0; node < left->size(); ++node) {
        if (((*features)[node] == -2) != ((*left)[node] < 0))
            return bad(file, where,
                       "node " + std::to_string(node) + " is a leaf by its feature or by its children, not by both");
    }
    Tree tree{std::move(*features), std::move(*thresholds), std::move(*left), std::move(*right), std::move(*values), 0};
    if (is_oblique(json["weight"], tree))
        return failure(unsupported_layer(where, "it compares sums of several features (an oblique tree)",
                                         "write the sums as features of their own, and the trees on them"));
    return tree;
}

Result<Imported> read(const ModelFile& file, const ImportOptions& options, PrecisionConfig precision) {
    const auto parsed = parse_json(file.bytes(), file.name());
    if (!parsed) return failure(parsed.error());
    const Json& model = *parsed;
    Ensemble ensemble;
    ensemble.where = "trees";
    const std::string& convention = model["splitting_convention"].string();
    if (convention != "<" && convention != "<=")
        return failure(unsupported_layer("splitting_convention",
                                         "the file does not say whether trees compare with `<` or with `<=`",
                                         "save it with conifer 1.5 or later"));
    ensemble.strict = convention == "<";
    ensemble.features = model["n_features"].integer().value_or(0);
    const int64_t classes = model["n_classes"].integer().value_or(0);
    ensemble.outputs = classes == 2 ? 1 : classes;
    const std::vector<Json>& rounds = model["trees"].items();
    if (ensemble.features < 1 || ensemble.features > most_features || classes < 1 || rounds.empty())
        return bad(file, {}, "`n_features`, `n_classes` or `trees` is missing");
    for (size_t round = 0; round < rounds.size(); ++round) {
        if (static_cast<int64_t>(rounds[round].items().size()) != ensemble.outputs)
            return bad(file, "trees[" + std::to_string(round) + "]",
                       std::to_string(rounds[round].items().size()) + " trees for " + std::to_string(ensemble.outputs) +
                           " outputs");
        for (size_t at = 0; at < rounds[round].items().size(); ++at) {
            auto tree =
                tree_of(file, rounds[round][at], "trees[" + std::to_string(round) + "][" + std::to_string(at) + "]");
            if (!tree) return failure(std::move(tree.error()));
            tree->output = static_cast<int>(at);
            ensemble.trees.push_back(std::move(*tree));
        }
    }
    const Json& base = model["init_predict"];
    auto scores = numbers(base.is_array() ? base : Json::of(std::vector<Json>{base}));
    if (!scores || scores->empty()) return bad(file, "init_predict", "is no list of numbers");
    const bool are_same = std::ranges::all_of(*scores, [&](double score) { return score == (*scores)[0]; });
    if (are_same) scores->assign(static_cast<size_t>(ensemble.outputs), (*scores)[0]);
    ensemble.base = std::move(*scores);
    const std::optional<double> norm = model["norm"].number();
    if (!norm) return bad(file, "norm", "is no number");
    ensemble.scale = *norm;
    const std::string& version = model["metadata"][0]["version"].string();
    Program program(
        options, std::move(precision),
        file.name() + ": conifer" + (version.empty() ? "" : " " + version) + ", trees of " + model["library"].string());
    program.decide("", "`y` is the decision function, (init_predict + sum) * norm");
    return import_ensemble(file, ensemble, std::move(program));
}

}  // namespace

const Reader conifer{"conifer (JSON)", recognizes, read};

}  // namespace dal::importer::trees
