#include "dal/support/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <ranges>

#include "dal/support/cleanup.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/stream.hpp"

namespace dal {
namespace {

std::string reason() { return std::strerror(errno); }

Diagnostic cannot_read(const std::string& what, const Span& origin, const std::string& why) {
    return error(code::cannot_read, origin, "cannot read `" + what + "`: " + why);
}

/// What is left of an open file, or why it cannot be read. `expected` bytes may be taken beforehand.
tl::expected<std::string, std::string> read_all(int fd, size_t expected, size_t most) {
    std::string bytes;
    try {
        if (expected > most) return tl::unexpected("it has more than " + std::to_string(most) + " bytes");
        bytes.reserve(expected);
        char buffer[1 << 16];
        for (;;) {
            const ssize_t n = ::read(fd, buffer, sizeof buffer);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return tl::unexpected(reason());
            if (n == 0) return bytes;
            if (static_cast<size_t>(n) > most - bytes.size())
                return tl::unexpected("it has more than " + std::to_string(most) + " bytes");
            bytes.append(buffer, static_cast<size_t>(n));
        }
    } catch (const std::exception&) {  // bad_alloc, length_error: a sparse file may claim any size
        return tl::unexpected("its " + std::to_string(expected) + " bytes are more than memory holds");
    }
}

Result<std::string> read_input(const Span& origin, size_t most) {
    auto bytes = read_all(STDIN_FILENO, 0, most);
    if (!bytes) return failure(cannot_read("standard input", origin, bytes.error()));
    return std::move(*bytes);
}

Result<std::string> read_regular(const std::filesystem::path& path, const Span& origin, size_t most) {
    if (is_standard_input(path)) return read_input(origin, std::min(most, most_standard_input));
    const auto file = open_regular(path, origin);
    if (!file) return failure(file.error());
    struct stat info{};
    const size_t expected = ::fstat(file->get(), &info) == 0 ? static_cast<size_t>(info.st_size) : 0;
    auto bytes = read_all(file->get(), expected, most);
    if (!bytes) return failure(cannot_read(path.string(), origin, bytes.error()));
    return std::move(*bytes);
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, const Span& origin) {
    return read_regular(path, origin, std::numeric_limits<size_t>::max());
}

Result<std::string> read_program(const std::filesystem::path& path, const Span& origin) {
    return read_regular(path, origin, most_program);
}

Result<std::string> read_standard_input(const Span& origin) { return read_input(origin, most_standard_input); }

bool is_inside(const std::filesystem::path& path, const std::filesystem::path& folder) {
    const auto target = [](const std::filesystem::path& from) {
        std::error_code failed;
        const auto start = std::filesystem::absolute(from.empty() ? "." : from, failed);
        const auto result = std::filesystem::weakly_canonical(start, failed);
        return failed ? std::filesystem::path() : result;
    };
    const std::filesystem::path to = target(path);
    const std::filesystem::path in = target(folder);
    if (to.empty() || in.empty()) return false;
    const std::filesystem::path relative = to.lexically_relative(in);
    return !relative.empty() && *relative.begin() != "..";
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes) {
    auto stream = OutputStream::open(path);
    if (!stream) return failure(std::move(stream.error()));
    if (auto written = stream->write(bytes); !written) return written;
    return stream->finish();
}

Result<TemporaryDirectory> TemporaryDirectory::make(const std::filesystem::path& near) {
    std::error_code failed;
    const std::filesystem::path beside = near.empty() ? std::filesystem::temp_directory_path(failed) / "dal"
                                                      : std::filesystem::absolute(near).lexically_normal();
    remove_abandoned(beside);
    std::string name = beside.string() + ".XXXXXX";
    const auto fail = [&](const std::string& why) {
        return failure(
            error(code::cannot_write, {}, "cannot make a directory beside `" + beside.string() + "`: " + why));
    };
    const CleanUpHeldOff until_registered;
    if (::mkdtemp(name.data()) == nullptr) return fail(reason());
    register_temporary(name);
    TemporaryDirectory made{std::filesystem::path(name)};
    if (!std::filesystem::create_directory(made.path_, failed)) return fail(failed.message());
    return made;
}

TemporaryDirectory::TemporaryDirectory(std::filesystem::path place)
    : place_(std::move(place)), path_(place_ / "files"), ownership_(place_) {}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : place_(std::exchange(other.place_, {})),
      path_(std::exchange(other.path_, {})),
      ownership_(std::move(other.ownership_)) {}

TemporaryDirectory& TemporaryDirectory::operator=(TemporaryDirectory&& other) noexcept {
    std::swap(place_, other.place_);
    std::swap(path_, other.path_);
    std::swap(ownership_, other.ownership_);
    return *this;
}

TemporaryDirectory::~TemporaryDirectory() {
    if (place_.empty()) return;
    std::error_code ignored;  // nothing useful can be done about a leftover temporary
    std::filesystem::remove_all(place_, ignored);
    unregister_temporary(place_);
}

Result<CreatedDirectories> CreatedDirectories::make(const std::filesystem::path& path) {
    namespace fs = std::filesystem;
    std::vector<fs::path> missing;  // deepest first
    std::error_code failed;
    for (fs::path at = path; !at.empty() && !fs::exists(at, failed) && at != at.parent_path(); at = at.parent_path())
        missing.push_back(at);
    CreatedDirectories made;
    for (; !missing.empty(); missing.pop_back()) {
        const CleanUpHeldOff until_registered;
        if (!fs::create_directory(missing.back(), failed)) {
            if (failed)
                return failure(error(code::cannot_write, {},
                                     "cannot make `" + missing.back().string() + "`: " + failed.message()));
            continue;  // somebody else made it meanwhile
        }
        made.paths_.push_back(missing.back());
        register_created_directory(missing.back());
    }
    return made;
}

CreatedDirectories::CreatedDirectories(CreatedDirectories&& other) noexcept : paths_(std::exchange(other.paths_, {})) {}

CreatedDirectories& CreatedDirectories::operator=(CreatedDirectories&& other) noexcept {
    std::swap(paths_, other.paths_);
    return *this;
}

CreatedDirectories::~CreatedDirectories() {
    std::error_code ignored;  // not empty: it stays
    for (const std::filesystem::path& path : std::views::reverse(paths_)) std::filesystem::remove(path, ignored);
    keep();
}

void CreatedDirectories::keep() noexcept {
    for (const std::filesystem::path& path : paths_) unregister_created_directory(path);
    paths_.clear();
}

}  // namespace dal
