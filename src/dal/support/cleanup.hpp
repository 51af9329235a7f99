// What an interrupted process leaves behind unless somebody removes it: temporary files and the tools that it
// runs. Register while they exist. Thread-safe; between making something and registering it, hold off the clean-up.
#pragma once

#include <sys/types.h>

#include <filesystem>

namespace dal {

/// While it lives, clean_up waits (and once clean_up has begun, its making waits for ever).
class CleanUpHeldOff {
  public:
    CleanUpHeldOff();
    ~CleanUpHeldOff();
    CleanUpHeldOff(const CleanUpHeldOff&) = delete;
    CleanUpHeldOff& operator=(const CleanUpHeldOff&) = delete;
};

void register_temporary(const std::filesystem::path& path);
void unregister_temporary(const std::filesystem::path& path);

/// A directory that is removed only if it is empty then.
void register_created_directory(const std::filesystem::path& path);
void unregister_created_directory(const std::filesystem::path& path);

/// A child process that leads a process group of its own.
void register_process_group(pid_t leader);
void unregister_process_group(pid_t leader);

/// Ends all registered process groups and removes all registered paths, with what is in them. Errors are ignored:
/// there is nobody to tell. Whoever registers afterwards waits for ever, so that nothing new appears: call it
/// last before the process ends.
void clean_up() noexcept;

}  // namespace dal
