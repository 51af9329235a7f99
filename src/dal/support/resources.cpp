#include "dal/support/resources.hpp"

#include <cstdlib>
#include <string>

namespace dal {
namespace {

namespace fs = std::filesystem;

fs::path from_environment(std::string_view name) {
    std::string variable = "DAL_";
    for (const char c : name) variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const char* value = std::getenv(variable.c_str());
    return value != nullptr ? fs::path(value) : fs::path();
}

fs::path installed(std::string_view name) {
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    return (program.parent_path().parent_path() / "share" / "dal" / name).lexically_normal();
}

/// Function-local, because programs may set it before main.
fs::path& resource_root() {
    static fs::path root;
    return root;
}

}  // namespace

void set_resource_root(fs::path root) { resource_root() = std::move(root); }

fs::path resource_directory(std::string_view name) {
    // What the user says counts even if it is wrong: a silent fallback would hide the mistake.
    if (fs::path path = from_environment(name); !path.empty()) return path;
    std::error_code ignored;
    if (fs::path path = installed(name); fs::is_directory(path, ignored)) return path;
    if (fs::path path = resource_root() / name; !resource_root().empty() && fs::is_directory(path, ignored))
        return path;
    if (fs::path path = fs::path(DAL_SOURCE_TREE) / name; fs::is_directory(path, ignored)) return path;
    return installed(name);
}

}  // namespace dal
