// XGBoost's JSON and UBJSON, versions 1 to 3: gbtree, dart and gblinear. What is imported is the margin, the number
// before the objective's last function.
#include <algorithm>
#include <cmath>
#include <set>

#include "dal/import/problem.hpp"
#include "dal/import/trees/fields.hpp"
#include "dal/import/trees/write.hpp"

namespace dal::importer::trees {
namespace {

constexpr std::string_view model_place = "learner.gradient_booster";
constexpr int64_t most_outputs = 1 << 16;
constexpr int64_t most_features = 1 << 20;

tl::unexpected<Diagnostics> bad(const ModelFile& file, std::string_view where, std::string_view fact) {
    return failure(bad_model_file(file.name(), where, fact));
}

bool recognizes(const ModelFile& file) {
    const std::string_view bytes = file.bytes();
    if (bytes.starts_with("binf") || bytes.starts_with("bs64")) return true;
    const size_t first = bytes.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && bytes[first] == '{' &&
           bytes.find("gradient_booster") != std::string_view::npos;
}

/// UBJSON begins as JSON does, but then the length of a name follows.
bool is_ubjson(std::string_view bytes) {
    return bytes.size() > 1 && bytes[0] == '{' && std::string_view("iUIlL$#").find(bytes[1]) != std::string_view::npos;
}

/// What a base score, a number of the objective's own kind, is as a margin. Computed in float32, as the library does.
enum class Link : uint8_t { identity, logit, log };

std::optional<Link> link_of(const std::string& objective) {
    static const std::set<std::string> logits{"reg:logistic", "binary:logistic"};
    static const std::set<std::string> logs{"count:poisson", "reg:gamma", "reg:tweedie", "survival:cox",
                                            "survival:aft"};
    static const std::set<std::string> same{"reg:squarederror",  "reg:squaredlogerror", "reg:pseudohubererror",
                                            "reg:absoluteerror", "reg:quantileerror",   "reg:linear",
                                            "binary:logitraw",   "binary:hinge",        "multi:softmax",
                                            "multi:softprob",    "rank:pairwise",       "rank:ndcg",
                                            "rank:map"};
    if (logits.contains(objective)) return Link::logit;
    if (logs.contains(objective)) return Link::log;
    return same.contains(objective) ? std::optional(Link::identity) : std::nullopt;
}

double margin_of(double base, Link link) {
    const auto score = static_cast<float>(base);
    switch (link) {
        case Link::identity: return base;
        case Link::logit: return static_cast<double>(-std::log(1.0F / score - 1.0F));
        case Link::log: return static_cast<double>(std::log(score));
    }
    return base;
}

/// "5E-1", or "[3.4E-3,5.5E-1]": one for each output, or one for all.
Result<std::vector<double>> base_scores(const ModelFile& file, const Json& learner, int64_t outputs) {
    constexpr std::string_view where = "learner.learner_model_param.base_score";
    const Json& stored = learner["learner_model_param"]["base_score"];
    std::vector<double> scores;
    if (stored.is_string()) {
        std::string_view text = stored.string();
        if (text.starts_with("[") && text.ends_with("]")) text = text.substr(1, text.size() - 2);
        while (!text.empty()) {
            const size_t comma = std::min(text.find(','), text.size());
            const std::string_view part = text.substr(0, comma);
            const auto score = to_float(part.substr(std::min(part.find_first_not_of(' '), part.size())));
            if (!score) return bad(file, where, "`" + stored.string() + "` is no number");
            scores.push_back(*score);
            text.remove_prefix(std::min(comma + 1, text.size()));
        }
    } else if (const auto listed = floats(stored.is_array() ? stored : Json::of(std::vector<Json>{stored}))) {
        scores = *listed;
    }
    if (scores.size() == 1) scores.resize(static_cast<size_t>(outputs), scores[0]);
    if (static_cast<int64_t>(scores.size()) != outputs)
        return bad(file, where, "not one number, nor one for each of " + std::to_string(outputs) + " outputs");
    const std::string& objective = learner["objective"]["name"].string();
    const std::optional<Link> link = link_of(objective);
    const bool is_zero = std::ranges::all_of(scores, [](double score) { return score == 0; });
    if (!link && !is_zero)
        return failure(unsupported_layer("learner.objective",
                                         "what the base score is as a margin is not known for `" + objective + "`"));
    for (double& score : scores) score = margin_of(score, link.value_or(Link::identity));
    if (!std::ranges::all_of(scores, [](double score) { return std::isfinite(score); }))
        return bad(file, where, "its margin is not finite");
    return scores;
}

Result<Tree> tree_of(const ModelFile& file, const Json& json, size_t number, Ensemble& ensemble) {
    const std::string where = "trees[" + std::to_string(number) + "]";
    if (const auto types = integers(json["split_type"]);
        (types && std::ranges::any_of(*types, [](int type) { return type != 0; })) ||
        !json["categories"].items().empty())
        return failure(unsupported_layer(where, "a node asks for categories, not for a threshold",
                                         "train with categories as 0-1 features of their own"));
    auto features = integers(json["split_indices"]);
    auto left = integers(json["left_children"]);
    auto right = integers(json["right_children"]);
    auto thresholds = floats(json["split_conditions"]);
    if (!features || !left || !right || !thresholds || features->size() != left->size() ||
        right->size() != left->size() || thresholds->size() != left->size())
        return bad(file, where, "not all arrays of nodes are there, with one number for each");
    Tree tree{std::move(*features), *thresholds, std::move(*left), std::move(*right), {}, 0};
    const int64_t width = integer(json["tree_param"]["size_leaf_vector"]).value_or(1);
    if (width <= 1) {
        if (ensemble.width != 1) return bad(file, where, "leaves are numbers here, and vectors in other trees");
        tree.values = std::move(*thresholds);
        return tree;
    }
    const auto leaves = floats(json["leaf_weights"]);
    if (!leaves)
        return failure(unsupported_layer(where, "its leaves are vectors, and `leaf_weights` is not there",
                                         "load and save the model with XGBoost 3"));
    if (width != ensemble.outputs || (ensemble.width != width && number != 0))
        return bad(file, where, "its leaves have not one number for each output");
    ensemble.width = width;
    const auto size = static_cast<size_t>(width);
    tree.values.resize(tree.left.size() * size);
    for (size_t node = 0; node < tree.left.size(); ++node) {
        if (tree.left[node] >= 0) continue;
        if (tree.right[node] < 0 || (static_cast<size_t>(tree.right[node]) + 1) * size > leaves->size())
            return bad(file, where, "a leaf is not in `leaf_weights`");
        const auto first = leaves->begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(tree.right[node]) * size);
        std::copy_n(first, size, tree.values.begin() + static_cast<std::ptrdiff_t>(node * size));
    }
    return tree;
}

/// dart scales whole trees. Products of two float32 are exact.
Result<void> scale_trees(const ModelFile& file, const Json& booster, std::vector<Tree>& trees) {
    const auto weights = floats(booster["weight_drop"]);
    if (!weights || weights->size() != trees.size())
        return bad(file, model_place, "`weight_drop` has not one number for each tree");
    for (size_t at = 0; at < trees.size(); ++at)
        for (double& value : trees[at].values) value *= (*weights)[at];
    return {};
}

Result<void> add_trees(const ModelFile& file, const Json& booster, Ensemble& ensemble) {
    const bool is_dart = booster["name"].string() == "dart";
    const Json& model = is_dart ? booster["gbtree"]["model"] : booster["model"];
    const Json& trees = model["trees"];
    const auto outputs = integers(model["tree_info"]);
    if (!trees.is_array() || !outputs || outputs->size() != trees.items().size())
        return bad(file, model_place, "`trees` and `tree_info` are not there with as many items");
    if (trees.items().empty()) return bad(file, model_place, "there is no tree");
    for (size_t at = 0; at < trees.items().size(); ++at) {
        auto tree = tree_of(file, trees[at], at, ensemble);
        if (!tree) return failure(std::move(tree.error()));
        tree->output = ensemble.width == 1 ? (*outputs)[at] : 0;
        ensemble.trees.push_back(std::move(*tree));
    }
    return is_dart ? scale_trees(file, booster, ensemble.trees) : Result<void>{};
}

/// margin = x · weights + bias + base score.
Result<Imported> import_linear(const ModelFile& file, const Json& booster, const Ensemble& ensemble, Program program) {
    auto weights = floats(booster["model"]["weights"]);
    const auto kernel = static_cast<size_t>(ensemble.features * ensemble.outputs);
    if (!weights || weights->size() != kernel + static_cast<size_t>(ensemble.outputs))
        return bad(file, model_place, "`weights` has not one number for each feature and output, and a bias");
    std::vector<double> bias(weights->begin() + static_cast<std::ptrdiff_t>(kernel), weights->end());
    weights->resize(kernel);
    const Value x = program.input("x", {ensemble.features});
    if (auto known = program.require_format(x, "gblinear"); !known) return failure(std::move(known.error()));
    program.comment("gblinear: " + extents({ensemble.features, ensemble.outputs}));
    std::string text =
        "einsum(\"i,io->o\", " + x.text + ", " +
        program.parameter("linear", "kernel", {{ensemble.features, ensemble.outputs}, *weights}, std::nullopt) +
        ") + " + program.parameter("linear", "bias", {{ensemble.outputs}, bias}, std::nullopt);
    if (std::ranges::any_of(ensemble.base, [](double value) { return value != 0; }))
        text += " + " + program.constant("base", {{ensemble.outputs}, ensemble.base});
    const Value sums = program.layer("linear", text, {ensemble.outputs});
    program.output("y", ensemble.outputs == 1 ? Value{sums.text + "[0]", {}} : sums);
    return std::move(program).finish();
}

void say_what_was_left_out(Program& program, const Json& learner) {
    const std::string& objective = learner["objective"]["name"].string();
    program.decide("", "`y` is the margin of `" + objective + "`: " +
                           (link_of(objective) == Link::identity ? "the base score is added as it is"
                                                                 : "the base score was made one, and is added") +
                           "; what the objective makes of the margin is left out");
    const Json& best = learner["attributes"]["best_iteration"];
    if (const auto iteration = integer(best))
        program.warn(unsupported_layer(
            "learner.attributes",
            "training stopped early, at round " + std::to_string(*iteration) + "; all rounds are imported",
            "to have those up to the best: `booster[:booster.best_iteration + 1]` in Python, "
            "and save that"));
}

Result<Imported> read(const ModelFile& file, const ImportOptions& options, PrecisionConfig precision) {
    const std::string_view bytes = file.bytes();
    if (bytes.starts_with("binf") || bytes.starts_with("bs64"))
        return failure(unknown_model(file.name(), "is in XGBoost's old binary format",
                                     "load it in Python, and save it as JSON: `booster.save_model(\"model.json\")`"));
    const auto parsed = is_ubjson(bytes) ? parse_ubjson(bytes, file.name()) : parse_json(bytes, file.name());
    if (!parsed) return failure(parsed.error());
    const Json& learner = (*parsed)["learner"];
    const Json& booster = learner["gradient_booster"];
    const Json& parameters = learner["learner_model_param"];
    Ensemble ensemble;
    ensemble.where = model_place;
    ensemble.strict = true;
    ensemble.features = integer(parameters["num_feature"]).value_or(0);
    ensemble.outputs = std::max(
        {integer(parameters["num_class"]).value_or(0), integer(parameters["num_target"]).value_or(0), int64_t{1}});
    if (ensemble.features < 1 || ensemble.features > most_features || ensemble.outputs > most_outputs)
        return bad(file, "learner.learner_model_param", "the numbers of features and classes are none that can be");
    auto base = base_scores(file, learner, ensemble.outputs);
    if (!base) return failure(std::move(base.error()));
    ensemble.base = std::move(*base);
    std::string version;
    for (const Json& part : (*parsed)["version"].items())
        version += (version.empty() ? " " : ".") + std::to_string(part.integer().value_or(0));
    Program program(options, std::move(precision),
                    file.name() + ": XGBoost" + version + ", " + learner["objective"]["name"].string());
    say_what_was_left_out(program, learner);
    const std::string& kind = booster["name"].string();
    if (kind == "gblinear") return import_linear(file, booster, ensemble, std::move(program));
    if (kind != "gbtree" && kind != "dart")
        return bad(file, model_place, "`" + kind + "` is no booster that is known: gbtree, dart, gblinear");
    if (auto added = add_trees(file, booster, ensemble); !added) return failure(std::move(added.error()));
    return import_ensemble(file, ensemble, std::move(program));
}

}  // namespace

const Reader xgboost{"XGBoost (JSON, UBJSON)", recognizes, read};

}  // namespace dal::importer::trees
