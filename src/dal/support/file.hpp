// Files, read whole and written whole: a file that dal writes is complete or not there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dal/support/diagnostic.hpp"
#include "dal/support/ownership.hpp"

namespace dal {

/// The bytes of a regular file, or standard input for /dev/stdin. Other devices, pipes and directories are not read.
/// Error: cannot_read, at `origin`.
Result<std::string> read_file(const std::filesystem::path& path, const Span& origin = {});

/// The text of a program, which has at most most_program bytes. Error: cannot_read.
Result<std::string> read_program(const std::filesystem::path& path, const Span& origin = {});
inline constexpr size_t most_program = size_t{1} << 28;

/// All of standard input, which may be anything. Error: cannot_read, if it is more than most_standard_input bytes.
Result<std::string> read_standard_input(const Span& origin = {});
inline constexpr size_t most_standard_input = size_t{1} << 30;

/// Whether a path leads into a folder, after all links. Where it leads, nothing has to be.
bool is_inside(const std::filesystem::path& path, const std::filesystem::path& folder);

/// Replaces a file by way of a temporary beside it and a rename. Error: cannot_write.
Result<void> write_file(const std::filesystem::path& path, std::string_view bytes);

/// A new, empty directory that is removed, with what is in it, at the end of its scope. It lies in one that is ours
/// (`out.A1b2C3/files`), so it may be renamed away, and is like any other directory then.
class TemporaryDirectory {
  public:
    /// Beside `near` (so that results can be renamed into place), or in the system's place if empty. What killed
    /// processes left there under such a name is removed first. Error: cannot_write.
    static Result<TemporaryDirectory> make(const std::filesystem::path& near = {});
    TemporaryDirectory(TemporaryDirectory&& other) noexcept;
    TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept;
    ~TemporaryDirectory();
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// What lies beside `near`, with `path()` in it.
    [[nodiscard]] const std::filesystem::path& place() const noexcept { return place_; }

  private:
    explicit TemporaryDirectory(std::filesystem::path place);
    std::filesystem::path place_;
    std::filesystem::path path_;
    Ownership ownership_;
};

/// Directories made for a result. Those that are empty at the end of the scope are removed again, unless kept.
class CreatedDirectories {
  public:
    /// Makes `path` and what is missing above it. Error: cannot_write.
    static Result<CreatedDirectories> make(const std::filesystem::path& path);
    CreatedDirectories(CreatedDirectories&& other) noexcept;
    CreatedDirectories& operator=(CreatedDirectories&& other) noexcept;
    ~CreatedDirectories();
    void keep() noexcept;

  private:
    CreatedDirectories() = default;
    std::vector<std::filesystem::path> paths_;  // deepest last
};

}  // namespace dal
