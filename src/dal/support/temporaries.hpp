// The temporary files and directories that exist right now, so that an interrupted process can remove
// them. Thread-safe.
#pragma once

#include <filesystem>

namespace dal {

void register_temporary(const std::filesystem::path& path);
void unregister_temporary(const std::filesystem::path& path);

/// Removes all registered paths, with what is in them. Errors are ignored: there is nobody to tell.
void remove_temporaries() noexcept;

}  // namespace dal
