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
    /// The array or archive that `file` names, a path relative to `directory`.
    Value load(TensorOps& e, const Placed& file, const std::filesystem::path& directory, const Span& span);

  private:
    std::map<std::filesystem::path, std::unique_ptr<Archive>> archives_;
    std::map<std::filesystem::path, Value> arrays_;
};

/// What tells a file from others, however its path is written.
std::filesystem::path key_of(const std::filesystem::path& path);

}  // namespace dal::sema
