// dal import: a trained model of another tool becomes a program.
#include "dal/import/import.hpp"

#include <algorithm>
#include <cstdio>

#include "dal/array/npy.hpp"
#include "dal/cli/commands.hpp"
#include "dal/cli/program.hpp"
#include "dal/driver/engines.hpp"
#include "dal/driver/load.hpp"
#include "dal/report/reference.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/codes/import_codes.hpp"
#include "dal/support/file.hpp"
#include "dal/support/printable.hpp"

namespace dal::cli {
namespace {

namespace fs = std::filesystem;
using importer::Imported;

using Files = std::vector<std::pair<std::string, std::string>>;

/// What an import writes: names in the folder, and bytes.
Result<Files> files_of(const Imported& imported) {
    Files files{{"net.da", imported.program}, {"import.json", imported.decisions}};
    if (!imported.arrays.empty()) files.emplace_back("net.npz", imported.arrays);
    for (const std::string& module : imported.modules) {
        auto bytes = read_file(module);
        if (!bytes) return failure(std::move(bytes.error()));
        files.emplace_back(fs::path(module).filename().string(), std::move(*bytes));
    }
    return files;
}

/// Nothing of others is replaced: the folder is new, empty, or one that an import made.
Result<void> check_destination(const fs::path& folder) {
    std::error_code none;
    if (!fs::exists(folder, none)) return {};
    const bool is_ours = fs::is_directory(folder, none) &&
                         (fs::is_empty(folder, none) || fs::is_regular_file(folder / "import.json", none));
    if (is_ours) return {};
    return failure(error(code::cannot_write, {}, "`" + folder.string() + "` is there, and no import made it")
                       .with_help("choose another folder: `-o " + folder.string() + "_dal`"));
}

Result<void> publish(const TemporaryDirectory& made, const Files& files, const fs::path& folder) {
    auto directories = CreatedDirectories::make(folder);
    if (!directories) return failure(std::move(directories.error()));
    for (const auto& [name, bytes] : files) {
        std::error_code problem;
        fs::rename(made.path() / name, folder / name, problem);
        if (problem)
            return failure(
                error(code::cannot_write, {}, "cannot write `" + (folder / name).string() + "`: " + problem.message()));
    }
    directories->keep();
    return {};
}

/// Compares both engines with what the model's own library computed.
Result<void> check_reference(Console& console, const Graph& graph, const ImportArguments& options) {
    const size_t inputs = graph.inputs().size();
    const size_t outputs = graph.outputs().size();
    if (options.check.size() != inputs + outputs)
        return failure(error(code::bad_import_option, {},
                             "`--check` takes a file for each of " + std::to_string(inputs) + " inputs and " +
                                 std::to_string(outputs) + " outputs, in their order; there are " +
                                 std::to_string(options.check.size())));
    const auto middle = options.check.begin() + static_cast<std::ptrdiff_t>(inputs);
    std::vector<std::string> named;
    for (size_t j = 0; j < inputs; ++j) {
        const bool has_name = !parse_named_path(options.check[j]).name.empty();
        named.push_back(has_name ? options.check[j] : graph[graph.inputs()[j]].name + "=" + options.check[j]);
    }
    auto samples = read_inputs(graph, named, "--check");
    if (!samples) return failure(std::move(samples.error()));
    for (const Engine engine : {Engine::interpreter, Engine::jit}) {
        RunOptions run;
        run.engine = engine;
        run.progress = console.progress_lines();
        run.advance = console.advance_lines();
        const auto computed = run_engine(graph, *samples, run);
        console.clear_progress();
        if (!computed) return failure(computed.error());
        for (size_t j = 0; j < outputs; ++j) {
            const std::string& name = graph.outputs()[j].name;
            const auto reference = read_samples(*(middle + static_cast<std::ptrdiff_t>(j)));
            if (!reference) return failure(reference.error());
            const auto compared =
                report::compare_with_reference((*computed)[j], *reference, options.tolerance.value_or(Dyadic()), name);
            if (!compared) return failure(compared.error());
            if (compared->first) {
                const auto& first = *compared->first;
                return failure(error(code::reference_differs, {},
                                     std::to_string(compared->different) + " of " + std::to_string(compared->values) +
                                         " values of `" + name + "` differ, first " +
                                         index_text((*computed)[j].shape(), first.element) + " in sample " +
                                         std::to_string(first.sample) + ": " + first.value.shown() + " instead of " +
                                         first.reference.shown())
                                   .with_rule("the largest distance is " + compared->largest.shown()));
            }
            if (!console.quiet())
                std::printf("%s: %lld values of `%s` are %s\n", engine == Engine::jit ? "jit" : "interpreter",
                            static_cast<long long>(compared->values), name.c_str(),
                            compared->largest.is_zero()
                                ? "equal to the reference"
                                : ("at most " + compared->largest.shown() + " from the reference").c_str());
        }
    }
    return {};
}

}  // namespace

int import_command(const ImportArguments& options, const CommonOptions& common) {
    Console console(common);
    const fs::path folder = options.output;
    if (auto possible = check_destination(folder); !possible) return console.report(possible.error());
    console.progress("reading the model");
    auto imported = importer::import_model(options.model, options.import);
    console.clear_progress();
    if (!imported) return console.report(imported.error());
    const auto files = files_of(*imported);
    if (!files) return console.report(files.error());
    const auto made = TemporaryDirectory::make(folder);
    if (!made) return console.report(made.error());
    for (const auto& [name, bytes] : *files)
        if (auto written = write_file(made->path() / name, bytes); !written) return console.report(written.error());
    console.progress("compiling the program");
    auto program = compile_settled(console.sources(), made->path() / "net.da", elaborate_options());
    console.clear_progress();
    if (!program) return console.report(program.error());
    console.warn(imported->warnings);
    if (!options.check.empty())
        if (auto checked = check_reference(console, program->graph, options); !checked)
            return console.report(checked.error());
    if (auto published = publish(*made, *files, folder); !published) return console.report(published.error());
    if (!console.quiet())
        std::printf("%s: %zu layers\n", printable((folder / "net.da").string()).c_str(), imported->layers.size());
    return exit_ok;
}

}  // namespace dal::cli
