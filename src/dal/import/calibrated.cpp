#include "dal/import/calibrated.hpp"

#include <algorithm>

#include "dal/driver/engines.hpp"
#include "dal/import/import.hpp"
#include "dal/import/problem.hpp"
#include "dal/import/staged.hpp"
#include "dal/interp/calibrate.hpp"
#include "dal/support/codes/import_codes.hpp"

namespace dal::importer {
namespace {

// Room for what networks compute, whatever it is; the fractional bits are those of float32 near 1.
constexpr int most_integer_bits = 40;
constexpr int fractional_bits = 24;

/// Without a sign, which calibration adds where a number needs it.
Format with_room() { return {Kif(false, most_integer_bits, fractional_bits), Round::rnd, Overflow::wrap}; }

/// A graph is no value to be moved about: others point to it.
struct Compiled {
    SourceMap sources;
    std::optional<dal::Program> program;
    std::vector<Samples> batches;
};

Result<void> compile(const Imported& imported, const ReadBatches& read, const std::filesystem::path& near,
                     Compiled& into) {
    auto staged = StagedImport::stage(imported, near);
    if (!staged) return failure(std::move(staged.error()));
    auto program = staged->compile(into.sources);
    if (!program) return failure(without_places(std::move(program.error())));
    into.program = std::move(*program);
    auto batches = read(into.program->graph);
    if (!batches) return failure(without_places(std::move(batches.error())));
    into.batches = std::move(*batches);
    return {};
}

/// The quantizers of these names.
std::vector<NodeId> quantizers_named(const Graph& graph, const std::vector<std::string>& names) {
    std::vector<NodeId> found;
    for (const std::string& name : names)
        for (size_t index = 0; index < graph.size(); ++index)
            if (graph.nodes()[index].name == name &&
                std::holds_alternative<op::Quantize>(graph.nodes()[index].operation))
                found.push_back(static_cast<NodeId>(index));
    return found;
}

Format of_bits(const Kif& need, int bits) {
    const int k = need.k ? 1 : 0;
    return {Kif(need.k, need.i, bits - k - need.i), Round::rnd, Overflow::sat};
}

}  // namespace

Result<Calibrated> import_calibrated(const std::filesystem::path& model, ImportOptions options, int bits,
                                     const ReadBatches& read, const std::filesystem::path& near) {
    options.chosen = ChosenFormats{bits, {}, with_room()};
    auto first = import_model(model, options);
    // An input without a format gets one as well; one that the model quantizes does not.
    const bool chooses_inputs = !first && first.error()[0].code == code::unknown_input_format;
    if (chooses_inputs) {
        options.input_formats.emplace("", with_room().to_string());
        first = import_model(model, options);
    }
    if (!first) return failure(std::move(first.error()));

    Compiled wide;
    if (auto compiled = compile(*first, read, near, wide); !compiled) return failure(std::move(compiled.error()));
    const Graph& graph = wide.program->graph;
    std::vector<std::string> names;
    std::vector<std::string> wanted;
    if (chooses_inputs)
        for (const NodeId input : graph.inputs()) {
            names.push_back(graph[input].name + "_in");
            wanted.push_back(graph[input].name);
        }
    const size_t inputs = wanted.size();
    for (const auto& [layer, name] : first->layers)
        if (first->unquantized.contains(layer)) {
            names.push_back(name);
            wanted.push_back(layer);
        }
    Calibrated result;
    const std::vector<NodeId> quantizers = quantizers_named(graph, names);
    const auto needs = calibrate(graph, wide.batches, quantizers);
    if (!needs) return failure(without_places(needs.error()));
    if (chooses_inputs) options.input_formats.erase("");
    options.chosen = ChosenFormats{bits, {}, {}};
    for (size_t j = 0; j < names.size(); ++j)
        for (const QuantizerNeeds& each : *needs) {
            if (graph[each.node].name != names[j]) continue;
            const Format format = of_bits(hull(each.formats), bits);
            result.formats.emplace_back(wanted[j], format);
            if (j < inputs)
                options.input_formats[wanted[j]] = format.to_string();
            else
                options.chosen->results[wanted[j]] = format;
        }

    auto second = import_model(model, options);
    if (!second) return failure(std::move(second.error()));
    Compiled narrow;
    if (auto compiled = compile(*second, read, near, narrow); !compiled) return failure(std::move(compiled.error()));
    const Graph& final_graph = narrow.program->graph;
    // Quantizers of the model stay: what is compared with is the model.
    RealComparer comparer(final_graph, quantizers_named(final_graph, names), thread_count(0));
    if (auto added = comparer.add(narrow.batches); !added) return failure(without_places(std::move(added.error())));
    const RealComparison compared = comparer.result();
    for (const Output& output : final_graph.outputs())
        result.outputs.emplace_back(output.name, compared.values[static_cast<size_t>(output.node)]);
    result.samples = compared.samples;
    result.imported = std::move(*second);
    return result;
}

}  // namespace dal::importer
