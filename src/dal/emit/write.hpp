// Puts the files of a Design on the disk: all of them or none. An existing output directory is replaced only if dal
// made it, and files in it that dal did not make stay.
#pragma once

#include <filesystem>

#include "dal/emit/design.hpp"
#include "dal/support/diagnostic.hpp"
#include "dal/support/file.hpp"

namespace dal::emit {

/// The files of a design in a temporary directory beside their destination: check them there, then publish.
/// What is not published disappears.
class StagedDesign {
  public:
    /// Error cannot_write: the destination is a file; or holds files, but no manifest of dal's; or holds a file of
    /// the same name that is not in its manifest; or the disk refuses.
    static Result<StagedDesign> stage(const Design& design, const std::filesystem::path& destination);

    /// Where the files are now.
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return directory_.path(); }
    /// Writes the manifest again, which says more now.
    Result<void> update_manifest(const Design& design);
    /// Moves them to the destination in one step. If that holds files of others, is a mount point, or is where somebody
    /// works, dal's files are replaced one by one instead, the manifest first. Call once, last.
    Result<void> publish();

  private:
    StagedDesign(std::filesystem::path destination, CreatedDirectories parents, TemporaryDirectory directory,
                 bool fixed)
        : destination_(std::move(destination)),
          parents_(std::move(parents)),
          directory_(std::move(directory)),
          fixed_(fixed) {}

    std::filesystem::path destination_;
    CreatedDirectories parents_;  ///< gone again, after the temporary directory, if nothing is published
    TemporaryDirectory directory_;
    bool fixed_;  ///< the destination is filled, not replaced
};

/// Stages and publishes.
Result<void> write_design(const Design& design, const std::filesystem::path& destination);

}  // namespace dal::emit
