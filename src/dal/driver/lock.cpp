#include "dal/driver/lock.hpp"

#include "dal/cmvm/cmvm.hpp"
#include "dal/emit/manifest.hpp"
#include "dal/support/codes/build_codes.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/file.hpp"
#include "dal/support/sha256.hpp"

namespace dal {
namespace {

std::string quoted(const std::string& text) { return "\"" + text + "\""; }
std::string truth(bool value) { return value ? "true" : "false"; }

std::string depth_name(SumDepth depth) {
    switch (depth) {
        case SumDepth::minimum: return "min";
        case SumDepth::each_output: return "each";
        case SumDepth::free: return "free";
    }
    return "";
}

}  // namespace

emit::Recipe recipe_of(const Graph& graph, const BuildOptions& options, std::vector<cmvm::SolvedBlock> blocks) {
    emit::Recipe recipe;
    recipe.program = sha256(print(graph));
    recipe.solver = cmvm::solver_version;
    const OptimizerOptions& optimizer = options.optimizer;
    recipe.options = {
        {"effort", std::to_string(optimizer.effort)},
        {"demand", truth(optimizer.demand)},
        {"area", truth(optimizer.area)},
        {"depth", quoted(depth_name(optimizer.depth))},
        {"extra_depth", std::to_string(optimizer.extra_depth)},
        {"stages", options.stages ? std::to_string(*options.stages) : "null"},
        {"adder_levels_per_stage",
         options.adder_levels_per_stage ? quoted(options.adder_levels_per_stage->to_string()) : "null"},
        {"cache", quoted(options.best ? "best" : "same")},
    };
    recipe.blocks = std::move(blocks);
    return recipe;
}

Result<void> check_lock(const emit::Design& design, const std::filesystem::path& manifest) {
    auto text = read_file(manifest);
    if (!text) return failure(std::move(text.error()));
    const auto lines = emit::differences(*text, design);
    if (!lines)
        return failure(error(code::bad_arguments, {}, "`" + manifest.string() + "` is no manifest with a digest")
                           .with_rule("a design is locked to the manifest.json that `dal build` wrote for it"));
    if (lines->empty()) return {};
    Diagnostic problem = error(code::not_as_locked, {}, "this is not the design of `" + manifest.string() + "`");
    std::string all;
    for (const std::string& line : *lines) all += (all.empty() ? "" : "; ") + line;
    return failure(std::move(problem).with_rule("what differs: " + all));
}

}  // namespace dal
