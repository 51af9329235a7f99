#include "dal/cli/build_alir.hpp"

#include <algorithm>
#include <cstdio>

#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/driver/design.hpp"
#include "dal/driver/engines.hpp"
#include "dal/driver/load.hpp"
#include "dal/driver/lock.hpp"
#include "dal/emit/alir/alir.hpp"
#include "dal/emit/manifest.hpp"
#include "dal/emit/write.hpp"
#include "dal/graph/difference.hpp"
#include "dal/import/import.hpp"
#include "dal/netlist/build.hpp"
#include "dal/sim/vectors.hpp"
#include "dal/support/codes/build_codes.hpp"

namespace dal::cli {
namespace {

namespace fs = std::filesystem;
using circuit::Circuit;

/// The numbers that the file takes: those of the program where it rounds them itself, else what the circuit's formats
/// make of them. One tensor with the elements of all.
Result<Codes> inputs_of_file(const Circuit& circuit, std::span<const Samples> batches) {
    auto encoded = circuit::encode_inputs(circuit, batches);
    if (!encoded) return failure(std::move(encoded.error()));
    const emit::AlirInputs places = emit::alir_inputs(circuit);
    // Numbers of the program, where they are codes and the file rounds them.
    const auto given_of = [&](const circuit::Input& input) {
        return emit::is_rounded_in_alir(input) ? batches[input.tensor].codes() : nullptr;
    };
    std::vector<int> points(static_cast<size_t>(places.count), 0);
    int limbs = encoded->limbs();
    for (size_t at = 0; at < circuit.inputs().size(); ++at) {
        const circuit::Input& input = circuit.inputs()[at];
        const Codes* given = given_of(input);
        points[static_cast<size_t>(places.positions[at])] =
            given != nullptr ? given->f()[static_cast<size_t>(input.element)] : encoded->f()[at];
        if (given != nullptr) limbs = std::max(limbs, given->limbs());
    }
    Codes result({places.count}, encoded->samples(), points, limbs);
    for (int64_t sample = 0; sample < encoded->samples(); ++sample)
        for (size_t at = 0; at < circuit.inputs().size(); ++at) {
            const circuit::Input& input = circuit.inputs()[at];
            const Codes* given = given_of(input);
            result.set_code(sample, places.positions[at],
                            given != nullptr ? given->code(sample, input.element)
                                             : encoded->code(sample, static_cast<int64_t>(at)));
        }
    return result;
}

/// The one output of the file, in the outputs of the program.
std::vector<Codes> split(const Codes& all, const std::vector<Codes>& like) {
    std::vector<Codes> parts;
    int64_t first = 0;
    for (const Codes& each : like) {
        const auto begin = all.f().begin() + static_cast<std::ptrdiff_t>(first);
        Codes part(each.shape(), all.samples(), {begin, begin + static_cast<std::ptrdiff_t>(each.elements())},
                   all.limbs());
        for (int64_t sample = 0; sample < all.samples(); ++sample)
            for (int64_t at = 0; at < each.elements(); ++at) part.set_code(sample, at, all.code(sample, first + at));
        first += each.elements();
        parts.push_back(std::move(part));
    }
    return parts;
}

/// Imports the file that was staged, and runs it beside the program.
class ImportedAgain {
  public:
    static Result<ImportedAgain> make(const fs::path& model) {
        ImportedAgain result;
        auto imported = importer::import_model(model, {});
        if (!imported) return failure(std::move(imported.error()));
        auto folder = TemporaryDirectory::make(fs::temp_directory_path() / "dal_alir");
        if (!folder) return failure(std::move(folder.error()));
        if (auto written = write_file(folder->path() / "net.da", imported->program); !written)
            return failure(std::move(written.error()));
        if (auto written = write_file(folder->path() / "net.npz", imported->arrays); !written)
            return failure(std::move(written.error()));
        auto program = compile_settled(*result.sources_, folder->path() / "net.da", elaborate_options());
        if (!program) return failure(std::move(program.error()));
        result.program_ = std::make_unique<Program>(std::move(*program));
        return result;
    }

    /// How many samples agree.
    [[nodiscard]] Result<int64_t> compare(const Graph& graph, const Circuit& circuit,
                                          std::span<const Samples> batches) const {
        auto expected = run_engine(graph, batches, {});
        if (!expected) return failure(std::move(expected.error()));
        auto inputs = inputs_of_file(circuit, batches);
        if (!inputs) return failure(std::move(inputs.error()));
        const int64_t samples = inputs->samples();
        const std::vector<Samples> given{Samples(std::move(*inputs))};
        auto computed = run_engine(program_->graph, given, {});
        if (!computed) return failure(std::move(computed.error()));
        const std::string difference =
            describe_difference(graph, split(computed->front(), *expected), "ALIR", *expected, "JIT");
        if (difference.empty()) return samples;
        return failure(error(code::verification_failed, {}, difference)
                           .with_rule("the ALIR that was written computes what the program does")
                           .with_help("this is a bug in dal; please report it with the program"));
    }

  private:
    ImportedAgain() = default;
    std::unique_ptr<SourceMap> sources_ = std::make_unique<SourceMap>();
    std::unique_ptr<Program> program_;
};

Result<int64_t> verify(const Graph& graph, const Circuit& circuit, const fs::path& model,
                       std::span<const Samples> given, const BuildOptions& options) {
    tell(options.progress, "importing what was written");
    const auto again = ImportedAgain::make(model);
    if (!again) return failure(again.error());
    tell(options.progress, "comparing");
    const std::vector<Codes> vectors =
        sim::verification_vectors(circuit, {.random = options.random_vectors, .seed = options.seed});
    const std::vector<Samples> generated(vectors.begin(), vectors.end());
    auto compared = again->compare(graph, circuit, generated);
    if (!compared || given.empty()) return compared;
    auto more = again->compare(graph, circuit, given);
    if (!more) return more;
    return *compared + *more;
}

/// Ports and files; a manifest besides.
Result<emit::Design> design_of(const Graph& graph, OptimizedCircuit& optimized, const SourceMap& sources,
                               const BuildOptions& options) {
    auto text = emit::alir_text(optimized.circuit);
    if (!text) return failure(std::move(text.error()));
    const std::string stem = fs::path(options.source).stem().string();
    const std::string top = options.top.empty() ? netlist::legal_name(stem.empty() ? "net" : stem) : options.top;
    const netlist::Netlist netlist = netlist::build(optimized.circuit, circuit::combinational(optimized.circuit),
                                                    sources, {.top = top, .source = options.source});
    emit::Design design;
    design.top = top;
    design.inputs = netlist.inputs;
    design.outputs = netlist.outputs;
    design.recipe = recipe_of(graph, options, std::move(optimized.blocks));
    design.files[std::string(emit::alir_name)] = std::move(*text);
    design.files[std::string(emit::manifest_name)] = emit::manifest_text(design);
    return design;
}

Result<int64_t> build(const Graph& graph, std::span<const Samples> given, const BuildOptions& options,
                      Console& console) {
    auto optimized = build_circuit(graph, options);
    if (!optimized) return failure(std::move(optimized.error()));
    tell(options.progress, "writing ALIR");
    auto design = design_of(graph, *optimized, console.sources(), options);
    if (!design) return failure(std::move(design.error()));
    if (!options.locked.empty())
        if (auto same = check_lock(*design, options.locked); !same) return failure(std::move(same.error()));
    auto staged = emit::StagedDesign::stage(*design, options.directory);
    if (!staged) return failure(std::move(staged.error()));
    int64_t vectors = 0;
    if (options.verify) {
        auto compared = verify(graph, optimized->circuit, staged->path() / emit::alir_name, given, options);
        if (!compared) return failure(std::move(compared.error()));
        vectors = *compared;
        design->verified = emit::Verification{"dal import", vectors};
        design->files[std::string(emit::manifest_name)] = emit::manifest_text(*design);
        if (auto updated = staged->update_manifest(*design); !updated) return failure(std::move(updated.error()));
    }
    if (auto published = staged->publish(); !published) return failure(std::move(published.error()));
    const circuit::Report cost = circuit::report(optimized->circuit);
    console.clear_progress();
    if (!console.quiet())
        std::printf("%s/%s: %lld adders, %lld bits, %lld LUTs (estimated)\n", options.directory.string().c_str(),
                    std::string(emit::alir_name).c_str(), static_cast<long long>(cost.adders),
                    static_cast<long long>(cost.adder_bits), static_cast<long long>(cost.luts));
    return vectors;
}

}  // namespace

int build_alir(const Graph& graph, std::span<const Samples> given, const BuildOptions& options, Console& console) {
    const auto vectors = build(graph, given, options, console);
    if (!vectors) return console.report(vectors.error());
    if (console.quiet()) return exit_ok;
    if (options.verify)
        std::printf("  verified: imported again, %lld vectors equal\n", static_cast<long long>(*vectors));
    else
        std::printf("  not verified: --no-verify was given\n");
    return exit_ok;
}

}  // namespace dal::cli
