// dal import: a trained model of another tool becomes a program.
#include "dal/import/import.hpp"

#include <algorithm>
#include <cstdio>

#include "dal/array/npy.hpp"
#include "dal/array/npz.hpp"
#include "dal/cli/commands.hpp"
#include "dal/cli/program.hpp"
#include "dal/driver/engines.hpp"
#include "dal/import/calibrated.hpp"
#include "dal/import/problem.hpp"
#include "dal/import/staged.hpp"
#include "dal/report/reference.hpp"
#include "dal/support/codes/import_codes.hpp"
#include "dal/support/printable.hpp"

namespace dal::cli {
namespace {

using importer::Imported;
using importer::StagedImport;

/// The arguments of --check for the inputs, or for the outputs of a program, whose names they get.
Result<std::vector<std::string>> named(const std::vector<std::string>& arguments, size_t first,
                                       const std::vector<std::string>& names) {
    std::vector<std::string> result;
    for (size_t j = 0; j < names.size(); ++j) {
        const std::string& argument = arguments[first + j];
        const bool has_name = !parse_named_path(argument).name.empty();
        result.push_back(has_name ? argument : names[j] + "=" + argument);
    }
    return result;
}

/// What both engines compute, beside what the model's own library did.
class ReferenceCheck {
  public:
    ReferenceCheck(Console& console, const ImportArguments& options, const Imported& imported,
                   const StagedImport& staged)
        : console_(console), options_(options), imported_(imported), staged_(staged) {}

    Result<void> run(const Graph& graph) {
        if (auto read = read_files(graph); !read) return read;
        for (const Engine engine : {Engine::interpreter, Engine::jit}) {
            const auto computed = run_engine(graph, samples_, engine_options(engine));
            console_.clear_progress();
            if (!computed) return failure(computed.error());
            for (size_t j = 0; j < computed->size(); ++j)
                if (auto compared = compare(engine, (*computed)[j], references_[j], graph.outputs()[j].name); !compared)
                    return compared;
        }
        return {};
    }

  private:
    RunOptions engine_options(Engine engine) {
        RunOptions run;
        run.engine = engine;
        run.progress = console_.progress_lines();
        run.advance = console_.advance_lines();
        return run;
    }

    Result<void> read_files(const Graph& graph) {
        std::vector<std::string> inputs;
        std::vector<std::string> outputs;
        for (const NodeId input : graph.inputs()) inputs.push_back(graph[input].name);
        for (const Output& output : graph.outputs()) outputs.push_back(output.name);
        if (options_.check.size() != inputs.size() + outputs.size())
            return failure(
                error(code::bad_import_option, {}, "`--check` has " + std::to_string(options_.check.size()) + " files")
                    .with_rule("it takes one for each input (" + listed(inputs) + "), then one for each output (" +
                               listed(outputs) + ")"));
        const auto data = named(options_.check, 0, inputs);
        auto samples = read_inputs(graph, *data, "--check");
        if (!samples) return failure(std::move(samples.error()));
        if (!samples->empty() && samples->front().samples() == 0)
            return failure(importer::bad_import_option("--check", "the inputs have no samples"));
        samples_ = std::move(*samples);
        const auto results = named(options_.check, inputs.size(), outputs);
        auto paths = match_paths(outputs, *results, "output", "--check");
        if (!paths) return failure(std::move(paths.error()));
        for (const std::string& path : *paths) {
            auto reference = read_samples(path);
            if (!reference) return failure(std::move(reference.error()));
            references_.push_back(std::move(*reference));
        }
        return {};
    }

    Result<void> compare(Engine engine, const Codes& values, const Samples& reference, const std::string& name) {
        const auto compared =
            report::compare_with_reference(values, reference, options_.tolerance.value_or(Dyadic()), name);
        if (!compared) return failure(compared.error());
        if (compared->first) {
            const auto& first = *compared->first;
            Diagnostic problem =
                error(code::reference_differs, {},
                      std::to_string(compared->different) + " of " + std::to_string(compared->values) + " values of `" +
                          name + "` differ from their references; the first in sample " + std::to_string(first.sample) +
                          ", " + index_text(values.shape(), first.element) + ": " + first.value.shown() +
                          " instead of " + first.reference.shown())
                    .with_rule("the largest distance is " + compared->largest.shown());
            if (!options_.layers.empty()) {
                auto layer = first_layer_that_differs();
                if (!layer) return failure(std::move(layer.error()));
                problem.rules.push_back(std::move(*layer));
            } else {
                problem.help.emplace_back("to find the layer: `--layers FILE.npz`, with its values for each layer");
            }
            return failure(std::move(problem));
        }
        if (console_.quiet()) return {};
        const bool is_equal = compared->largest.is_zero();
        std::printf("%s: %lld values of `%s` are %s\n", engine == Engine::jit ? "jit" : "interpreter",
                    static_cast<long long>(compared->values), name.c_str(),
                    is_equal ? "equal to their references"
                             : ("at most " + compared->largest.shown() + " from their references").c_str());
        return {};
    }

    /// Runs the program with the layers of the archive as further outputs.
    Result<std::string> first_layer_that_differs() {
        auto archive = NpzFile::open(options_.layers);
        if (!archive) return failure(std::move(archive.error()));
        std::vector<std::string> layers;
        std::string more;
        for (const auto& [layer, name] : imported_.layers) {
            if (!archive->members().contains(layer)) continue;
            more += "\noutput reference_" + std::to_string(layers.size()) + " = " + name + "\n";
            layers.push_back(layer);
        }
        if (layers.empty()) {
            std::vector<std::string> known;
            known.reserve(imported_.layers.size());
            for (const auto& [layer, name] : imported_.layers) known.push_back(layer);
            return "`" + options_.layers + "` has none of the layers " + printable(listed(known));
        }
        SourceMap sources;
        const auto program = staged_.compile(sources, more);
        if (!program) return failure(importer::without_places(program.error()));
        const auto computed = run_engine(program->graph, samples_, engine_options(Engine::interpreter));
        console_.clear_progress();
        if (!computed) return failure(computed.error());
        for (size_t j = 0; j < layers.size(); ++j) {
            auto reference = archive->read(layers[j], {});
            if (!reference) return failure(std::move(reference.error()));
            const Codes& values = (*computed)[computed->size() - layers.size() + j];
            const auto compared = report::compare_with_reference(values, Samples(std::move(*reference)),
                                                                 options_.tolerance.value_or(Dyadic()), layers[j]);
            if (!compared) return failure(compared.error());
            if (compared->first)
                return "the first layer that differs is `" + printable(layers[j]) +
                       "`: " + index_text(values.shape(), compared->first->element) + " in sample " +
                       std::to_string(compared->first->sample) + " is " + compared->first->value.shown() +
                       " instead of " + compared->first->reference.shown();
        }
        return "none of the " + std::to_string(layers.size()) + " layers in `" + options_.layers +
               "` differs: what follows them does";
    }

    Console& console_;
    const ImportArguments& options_;
    const Imported& imported_;
    const StagedImport& staged_;
    std::vector<Samples> samples_;
    std::vector<Samples> references_;
};

Result<Imported> import_with_data(Console& console, const ImportArguments& options) {
    auto result = importer::import_calibrated(
        options.model, options.import, options.bits,
        [&](const Graph& graph) { return read_inputs(graph, options.calibrate, "--calibrate"); }, options.output);
    console.clear_progress();
    if (!result) return failure(std::move(result.error()));
    if (!console.quiet()) {
        for (const auto& [name, format] : result->formats)
            std::printf("%s: %s\n", printable(name).c_str(), format.to_string().c_str());
        for (const auto& [name, deviation] : result->outputs)
            std::printf("`%s` is at most %.4g from the model as it was, %.4g in the mean (%lld samples)\n",
                        name.c_str(), deviation.max_error, deviation.mean_error(),
                        static_cast<long long>(result->samples));
    }
    return std::move(result->imported);
}

}  // namespace

int import_command(const ImportArguments& options, const CommonOptions& common) {
    Console console(common);
    console.progress("reading the model");
    auto imported = options.calibrate.empty() ? importer::import_model(options.model, options.import)
                                              : import_with_data(console, options);
    console.clear_progress();
    if (!imported) return console.report(imported.error());
    auto staged = StagedImport::stage(*imported, options.output);
    if (!staged) return console.report(staged.error());
    console.warn(imported->warnings);
    // Compiling takes far more memory than reading a model of this size.
    constexpr size_t large = size_t{8} << 20;
    const bool is_large = imported->arrays.size() > large && options.check.empty();
    if (is_large) {
        if (!console.quiet()) std::puts("a large model: `dal check` says whether its program compiles");
    } else {
        console.progress("compiling the program");
        const auto program = staged->compile(console.sources());
        console.clear_progress();
        if (!program) return console.report(program.error());
        if (!options.check.empty()) {
            ReferenceCheck check(console, options, *imported, *staged);
            if (auto checked = check.run(program->graph); !checked) return console.report(checked.error());
        }
    }
    if (auto published = staged->publish(); !published) return console.report(published.error());
    if (!console.quiet())
        std::printf("%s: %zu layer%s\n", printable(options.output + "/net.da").c_str(), imported->layers.size(),
                    imported->layers.size() == 1 ? "" : "s");
    return exit_ok;
}

}  // namespace dal::cli
