#include "dal/support/temporaries.hpp"

#include <mutex>
#include <set>

namespace dal {
namespace {

std::mutex mutex;

std::set<std::filesystem::path>& paths() {
    static std::set<std::filesystem::path> all;
    return all;
}

}  // namespace

void register_temporary(const std::filesystem::path& path) {
    const std::lock_guard lock(mutex);
    paths().insert(path);
}

void unregister_temporary(const std::filesystem::path& path) {
    const std::lock_guard lock(mutex);
    paths().erase(path);
}

void remove_temporaries() noexcept {
    const std::lock_guard lock(mutex);
    std::error_code ignored;
    for (const std::filesystem::path& path : paths()) std::filesystem::remove_all(path, ignored);
}

}  // namespace dal
