#include "dal/import/staged.hpp"

#include "dal/driver/load.hpp"
#include "dal/import/problem.hpp"

namespace dal::importer {
namespace {

namespace fs = std::filesystem;

/// Nothing of others is replaced.
Result<void> check_destination(const fs::path& folder) {
    std::error_code none;
    if (folder.empty() || !fs::exists(folder, none)) return {};
    const bool is_ours = fs::is_directory(folder, none) &&
                         (fs::is_empty(folder, none) || fs::is_regular_file(folder / "import.json", none));
    if (is_ours) return {};
    return failure(bad_import_option("-o " + folder.string(), "is there, and no import made it",
                                     "choose another folder: `-o " + folder.string() + "_dal`"));
}

}  // namespace

Result<StagedImport> StagedImport::stage(const Imported& imported, const fs::path& destination) {
    if (auto possible = check_destination(destination); !possible) return failure(std::move(possible.error()));
    std::vector<std::pair<std::string, std::string>> files{{"net.da", imported.program},
                                                           {"import.json", imported.decisions}};
    if (!imported.arrays.empty()) files.emplace_back("net.npz", imported.arrays);
    for (const std::string& module : imported.modules) {
        auto bytes = read_file(module);
        if (!bytes) return failure(std::move(bytes.error()));
        files.emplace_back(fs::path(module).filename().string(), std::move(*bytes));
    }
    auto directory = TemporaryDirectory::make(destination);
    if (!directory) return failure(std::move(directory.error()));
    std::vector<std::string> names;
    for (const auto& [name, bytes] : files) {
        if (auto written = write_file(directory->path() / name, bytes); !written)
            return failure(std::move(written.error()));
        names.push_back(name);
    }
    return StagedImport(std::move(*directory), destination, std::move(names));
}

Result<dal::Program> StagedImport::compile(SourceMap& sources, const std::string& more) const {
    ElaborateOptions options = elaborate_options();
    options.meant_constants = true;
    if (more.empty()) return compile_settled(sources, directory_.path() / "net.da", options);
    auto text = read_program(directory_.path() / "net.da");
    if (!text) return failure(std::move(text.error()));
    const fs::path longer = directory_.path() / "net_with_layers.da";
    if (auto written = write_file(longer, *text + more); !written) return failure(std::move(written.error()));
    return compile_settled(sources, longer, options);
}

Result<void> StagedImport::publish() {
    auto directories = CreatedDirectories::make(destination_);
    if (!directories) return failure(std::move(directories.error()));
    for (const std::string& name : names_) {
        auto bytes = read_file(directory_.path() / name);
        if (!bytes) return failure(std::move(bytes.error()));
        if (auto written = write_file(destination_ / name, *bytes); !written) return written;
    }
    directories->keep();
    return {};
}

}  // namespace dal::importer
