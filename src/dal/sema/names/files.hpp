// What `load` reads: arrays and archives of arrays, each once. Internal to this layer.
#pragma once

#include <filesystem>
#include <map>
#include <memory>

#include "dal/sema/values/value.hpp"

namespace dal::sema {

class TensorOps;

class Files {
  public:
    /// Lets programs read below this folder too.
    void allow(std::filesystem::path folder) { folders_.push_back(std::move(folder)); }
    /// Whether the module may read this file, whether it is there or not; reports otherwise. `name`: as it is written.
    bool may_read(TensorOps& e, const std::filesystem::path& path, const Module& from, const ast::Name& name) const;

    /// The array or archive that `file` names, a path relative to the folder of the module. `type`: a name of the type
    /// of elements where the file does not say it.
    Value load(TensorOps& e, const Placed& file, const std::optional<Placed>& type, const Module& from,
               const Span& span);

    /// What the next member of an archive may have: small archives do not unpack to all memory, however many members
    /// they have (array/read_limit.hpp).
    [[nodiscard]] ReadLimit member_limit(int64_t most) const;
    /// A member with so many elements was read.
    void add_unpacked(int64_t elements) { unpacked_ += elements; }

  private:
    using Key = std::pair<std::filesystem::path, UnsaidType>;

    std::map<Key, std::unique_ptr<Archive>> archives_;
    std::map<Key, Value> arrays_;
    std::vector<std::filesystem::path> folders_;
    int64_t archive_bytes_ = 0;  ///< of all that were opened
    int64_t unpacked_ = 0;       ///< elements of members that were read
};

/// The type of elements that the string `type` names, one that files do not say; nothing after a report.
UnsaidType element_type(TensorOps& e, const Placed& type);

/// The array in the .npy at `path`, which the program names so. Errors: cannot_read, bad_array_file.
Result<Array> read_array(const std::filesystem::path& path, const ReadLimit& limit, const ast::Name& name,
                         const UnsaidType& unsaid);

/// What tells a file from others, however its path is written.
std::filesystem::path key_of(const std::filesystem::path& path);

}  // namespace dal::sema
