// Which temporary directories belong to a process that lives. A directory that we make holds a marker file, locked
// while we live, however we end; so a later process recognizes what a killed one left behind, and removes it.
#pragma once

#include <filesystem>

namespace dal {

/// The marker of a directory, and the lock on it, which lasts until this is destroyed or the process ends.
class Ownership {
  public:
    Ownership() = default;
    /// Marks `directory`. Where the file system has no locks there is no marker either, and the directory is nobody's.
    explicit Ownership(const std::filesystem::path& directory);
    Ownership(Ownership&& other) noexcept;
    Ownership& operator=(Ownership&& other) noexcept;
    ~Ownership();

  private:
    int lock_ = -1;
};

/// Removes the directories called `near` with `.` and six letters or digits behind it that hold a marker which no
/// process has locked. All others are left alone: without a marker, of another user, links, and those in use. Errors
/// are ignored.
void remove_abandoned(const std::filesystem::path& near);

}  // namespace dal
