// An .npz file that was opened: its directory is read, its members are not. Each is unpacked when it is asked for, so
// members that nobody names cost nothing; read_limit.hpp has the rules. Stored or deflated members, with zip64.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "dal/array/array.hpp"
#include "dal/array/read_limit.hpp"
#include "dal/array/zip.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal {

class NpzFile {
  public:
    struct Info {
        Shape shape;
        DType type;
    };

    /// Errors: cannot_read, bad_array_file; they point at `origin` (the `load(...)` in a program).
    static Result<NpzFile> open(const std::filesystem::path& path, const Span& origin = {});
    /// Of bytes that were read already; `path` is for messages.
    static Result<NpzFile> of(const std::filesystem::path& path, std::string bytes, const Span& origin = {});

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// By name without ".npy", in order.
    [[nodiscard]] const std::map<std::string, ZipMember>& members() const noexcept { return members_; }
    /// Size of the file.
    [[nodiscard]] uint64_t bytes() const noexcept { return bytes_->size(); }

    // `member` must be one of them (checked). Errors: bad_array_file, at `origin`.
    /// From the header alone.
    [[nodiscard]] Result<Info> info(const std::string& member, const Span& origin = {}) const;
    /// `unsaid`: the type of the elements where the file does not say it.
    [[nodiscard]] Result<Array> read(const std::string& member, const ReadLimit& limit, const Span& origin = {},
                                     const UnsaidType& unsaid = {}) const;

  private:
    std::filesystem::path path_;
    std::shared_ptr<const std::string> bytes_;  // which the members point into
    std::map<std::string, ZipMember> members_;
};

}  // namespace dal
