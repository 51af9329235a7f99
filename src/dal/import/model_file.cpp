#include "dal/import/model_file.hpp"

#include <algorithm>
#include <cctype>

#include "dal/import/problem.hpp"
#include "dal/support/file.hpp"

namespace dal::importer {

Result<ModelFile> ModelFile::open(const std::filesystem::path& path) {
    std::error_code none;
    if (const auto size = std::filesystem::file_size(path, none); !none && size > most_bytes)
        return failure(bad_model_file(path.string(), {}, "models of more than 1 GiB are not read"));
    auto bytes = read_file(path);
    if (!bytes) return failure(std::move(bytes.error()));
    ModelFile file;
    file.name_ = path.filename().string();
    file.path_ = path;
    file.bytes_ = std::move(*bytes);
    return file;
}

ModelFile ModelFile::of(std::string name, std::string bytes) {
    ModelFile file;
    file.name_ = std::move(name);
    file.bytes_ = std::move(bytes);
    return file;
}

std::string ModelFile::extension() const {
    std::string extension = std::filesystem::path(name_).extension().string();
    if (extension.starts_with('.')) extension.erase(0, 1);
    std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
    return extension;
}

Result<std::string> ModelFile::beside(const std::string& name) const {
    const std::filesystem::path relative(name);
    std::filesystem::path folder = path_.parent_path();
    if (folder.empty()) folder = ".";
    const bool climbs = std::ranges::any_of(relative, [](const auto& part) { return part == ".."; });
    if (path_.empty() || name.empty() || name.find('\0') != std::string::npos || relative.is_absolute() || climbs ||
        !is_inside(folder / relative, folder))
        return failure(bad_model_file(name_, {}, "asks for `" + name + "`, which is not below its own folder"));
    std::error_code none;
    if (const auto size = std::filesystem::file_size(folder / relative, none); !none && size > most_bytes)
        return failure(bad_model_file(name, {}, "files of more than 1 GiB are not read"));
    return read_file(folder / relative);
}

}  // namespace dal::importer
