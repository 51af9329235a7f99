// The files of an import in a temporary folder: to be compiled and compared there, before they go to where the user
// wants them. What is not published disappears.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "dal/import/program.hpp"
#include "dal/sema/elaborate.hpp"
#include "dal/support/file.hpp"

namespace dal::importer {

class StagedImport {
  public:
    /// `destination` is a folder that is not there, is empty, or was made by an import; another one is refused. Errors:
    /// bad_import_option, cannot_write. Empty: one that nothing is published to, beside temporary files of others.
    static Result<StagedImport> stage(const Imported& imported, const std::filesystem::path& destination);

    /// net.da, as long as this lives.
    [[nodiscard]] std::filesystem::path program() const { return directory_.path() / "net.da"; }
    /// net.da, compiled, with all intervals. `more`: text that is put behind it, in memory. Errors: those of compiling,
    /// which would be a bug, or come from functions of the user.
    Result<dal::Program> compile(SourceMap& sources, const std::string& more = {}) const;
    /// Moves the files to the destination. Error: cannot_write.
    Result<void> publish();

  private:
    StagedImport(TemporaryDirectory directory, std::filesystem::path destination, std::vector<std::string> names)
        : directory_(std::move(directory)), destination_(std::move(destination)), names_(std::move(names)) {}

    TemporaryDirectory directory_;
    std::filesystem::path destination_;
    std::vector<std::string> names_;
};

}  // namespace dal::importer
