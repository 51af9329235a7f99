#include "dal/support/cleanup.hpp"

#include <csignal>
#include <mutex>
#include <set>

namespace dal {
namespace {

/// Never destroyed: threads may still use it while the process ends.
struct Registry {
    std::mutex mutex;
    std::set<std::filesystem::path> temporaries;
    std::set<std::filesystem::path> created_directories;
    std::set<pid_t> process_groups;
};

Registry& registry() {
    static auto* instance = new Registry;
    return *instance;
}

}  // namespace

void register_temporary(const std::filesystem::path& path) {
    const std::lock_guard lock(registry().mutex);
    registry().temporaries.insert(path);
}

void unregister_temporary(const std::filesystem::path& path) {
    const std::lock_guard lock(registry().mutex);
    registry().temporaries.erase(path);
}

void register_created_directory(const std::filesystem::path& path) {
    const std::lock_guard lock(registry().mutex);
    registry().created_directories.insert(path);
}

void unregister_created_directory(const std::filesystem::path& path) {
    const std::lock_guard lock(registry().mutex);
    registry().created_directories.erase(path);
}

void register_process_group(pid_t leader) {
    const std::lock_guard lock(registry().mutex);
    registry().process_groups.insert(leader);
}

void unregister_process_group(pid_t leader) {
    const std::lock_guard lock(registry().mutex);
    registry().process_groups.erase(leader);
}

void clean_up() noexcept {
    registry().mutex.lock();  // and never unlocked
    for (const pid_t leader : registry().process_groups) ::kill(-leader, SIGKILL);
    std::error_code ignored;
    for (const std::filesystem::path& path : registry().temporaries) std::filesystem::remove_all(path, ignored);
    const auto& directories = registry().created_directories;  // a parent sorts before what is in it
    for (auto path = directories.rbegin(); path != directories.rend(); ++path) std::filesystem::remove(*path, ignored);
}

}  // namespace dal
