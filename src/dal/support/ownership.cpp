#include "dal/support/ownership.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace dal {
namespace {

namespace fs = std::filesystem;

constexpr const char* marker_name = ".dal-temporary";
constexpr const char* unlocked_name = ".dal-temporary-new";
constexpr std::string_view marker_text = "A temporary directory of dal, which removes it when its maker has ended.\n";
constexpr size_t random_letters = 6;  // of mkdtemp

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Whether mkdtemp made `name` from `stem`.XXXXXX.
bool is_made_from(std::string_view name, std::string_view stem) {
    if (name.size() != stem.size() + 1 + random_letters || !name.starts_with(stem) || name[stem.size()] != '.')
        return false;
    return std::ranges::all_of(name.substr(stem.size() + 1), is_letter_or_digit);
}

/// The text of an open file, as far as a marker goes.
std::string start_of(int fd) {
    std::string text(marker_text.size() + 1, '\0');
    const ssize_t length = ::pread(fd, text.data(), text.size(), 0);
    text.resize(length < 0 ? 0 : static_cast<size_t>(length));
    return text;
}

bool is_same_file(int fd, const fs::path& path) {
    struct stat opened{};
    struct stat named{};
    return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

void remove_if_abandoned(const fs::path& directory) {
    struct stat info{};
    if (::lstat(directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != ::geteuid()) return;
    const fs::path marker = directory / marker_name;
    if (::lstat(marker.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != ::geteuid()) return;
    const int fd = ::open(marker.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return;
    // Once it is ours, nobody else removes the directory, and it does not become another one.
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && is_same_file(fd, marker) && start_of(fd) == marker_text) {
        std::error_code ignored;
        // The marker last: what cannot be removed now is recognized the next time.
        for (fs::directory_iterator it(directory, ignored), end; !ignored && it != end; it.increment(ignored))
            if (it->path() != marker) fs::remove_all(it->path(), ignored);
        if (!ignored) fs::remove_all(directory, ignored);
    }
    ::close(fd);
}

}  // namespace

Ownership::Ownership(const fs::path& directory) {
    // It gets its name when it is locked: an unlocked marker is that of a process that has ended.
    const fs::path unlocked = directory / unlocked_name;
    const int fd = ::open(unlocked.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return;
    const auto length = static_cast<ssize_t>(marker_text.size());
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::write(fd, marker_text.data(), marker_text.size()) == length &&
        ::rename(unlocked.c_str(), (directory / marker_name).c_str()) == 0) {
        lock_ = fd;
        return;
    }
    ::unlink(unlocked.c_str());
    ::close(fd);
}

Ownership::Ownership(Ownership&& other) noexcept : lock_(std::exchange(other.lock_, -1)) {}

Ownership& Ownership::operator=(Ownership&& other) noexcept {
    std::swap(lock_, other.lock_);
    return *this;
}

Ownership::~Ownership() {
    if (lock_ >= 0) ::close(lock_);
}

void remove_abandoned(const fs::path& near) {
    const std::string stem = near.filename().string();
    std::error_code failed;
    for (fs::directory_iterator it(near.parent_path(), failed), end; !failed && it != end; it.increment(failed))
        if (is_made_from(it->path().filename().string(), stem)) remove_if_abandoned(it->path());
}

}  // namespace dal
