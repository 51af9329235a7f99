#include "dal/support/cleanup.hpp"

#include <chrono>
#include <csignal>
#include <mutex>
#include <set>
#include <thread>

namespace dal {
namespace {

/// Never destroyed: threads may still use it while the process ends.
struct Registry {
    std::recursive_mutex mutex;  // what holds off the clean-up registers meanwhile
    std::set<std::filesystem::path> temporaries;
    std::set<std::filesystem::path> created_directories;
    std::set<pid_t> process_groups;
};

Registry& registry() {
    static auto* instance = new Registry;
    return *instance;
}

/// Tools that were told to end, and other threads of ours, may still put something there while it is removed.
void remove_in_the_end(const std::filesystem::path& path) noexcept {
    constexpr int most_attempts = 200;
    std::error_code failed;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        std::filesystem::remove_all(path, failed);
        if (!failed && !std::filesystem::exists(std::filesystem::symlink_status(path, failed))) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
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

CleanUpHeldOff::CleanUpHeldOff() { registry().mutex.lock(); }
CleanUpHeldOff::~CleanUpHeldOff() { registry().mutex.unlock(); }

void clean_up() noexcept {
    registry().mutex.lock();  // and never unlocked
    for (const pid_t leader : registry().process_groups) ::kill(-leader, SIGKILL);
    for (const std::filesystem::path& path : registry().temporaries) remove_in_the_end(path);
    std::error_code ignored;
    const auto& directories = registry().created_directories;  // a parent sorts before what is in it
    for (auto path = directories.rbegin(); path != directories.rend(); ++path) std::filesystem::remove(*path, ignored);
}

}  // namespace dal
