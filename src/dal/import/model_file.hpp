// The file of a model, and what lies beside it. Nothing outside of its folder is opened: names that lead out, by ".."
// or by links, are refused.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "dal/support/diagnostic.hpp"

namespace dal::importer {

class ModelFile {
  public:
    /// Files of more bytes are refused.
    static constexpr size_t most_bytes = size_t{1} << 30;

    /// Errors: cannot_read, bad_model_file (too large).
    static Result<ModelFile> open(const std::filesystem::path& path);
    /// Of bytes that were read already; nothing lies beside it. For tests.
    static ModelFile of(std::string name, std::string bytes);

    /// As the user named it, for messages.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
    /// "keras", without the dot and in lower case.
    [[nodiscard]] std::string extension() const;

    /// The bytes of another file of the same folder, by the name that the model gives it. Errors: bad_model_file if the
    /// name leads out of the folder; cannot_read.
    [[nodiscard]] Result<std::string> beside(const std::string& name) const;

  private:
    std::string name_;
    std::filesystem::path path_;
    std::string bytes_;
};

}  // namespace dal::importer
