#include "dal/rtl/write.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstring>
#include <set>

#include "dal/rtl/manifest.hpp"

namespace dal::rtl {
namespace {

namespace fs = std::filesystem;

/// What is at the destination now.
struct Occupancy {
    bool exists = false;
    std::set<std::string> ours;    // listed in the manifest, and there
    std::set<std::string> others;  // all else
};

tl::unexpected<Diagnostics> cannot_write(const fs::path& path, const std::string& why) {
    return failure(error(Code::cannot_write, {}, "cannot write `" + path.string() + "`: " + why));
}

Result<Occupancy> look_at(const fs::path& destination, const Design& design) {
    Occupancy result;
    std::error_code failed;
    const fs::file_status status = fs::status(destination, failed);
    if (!fs::exists(status)) return result;
    if (!fs::is_directory(status)) return cannot_write(destination, "it exists and is not a directory");
    result.exists = true;
    std::set<std::string> listed;
    if (fs::exists(destination / manifest_name, failed)) {
        auto text = read_file(destination / manifest_name);
        if (!text) return failure(std::move(text.error()));
        listed = files_in_manifest(*text).value_or(std::set<std::string>{});
    }
    for (fs::directory_iterator it(destination, failed), end; !failed && it != end; it.increment(failed)) {
        const std::string name = it->path().filename().string();
        const bool plain = it->is_regular_file(failed) && !it->is_symlink(failed);
        (plain && listed.contains(name) ? result.ours : result.others).insert(name);
    }
    if (failed) return cannot_write(destination, failed.message());
    const char* help = "give a directory that is empty, does not exist, or was made by `dal build`";
    if (!result.others.empty() && listed.empty())
        return failure(
            error(Code::cannot_write, {},
                  "`" + destination.string() + "` holds `" + *result.others.begin() + "` and was not made by dal")
                .with_rule("an output directory is replaced only if a manifest says that dal made it")
                .with_help(help));
    for (const auto& [name, content] : design.files)
        if (result.others.contains(name))
            return failure(error(Code::cannot_write, {},
                                 "`" + (destination / name).string() + "` is in the way and was not made by dal")
                               .with_rule("only files that the manifest lists are replaced")
                               .with_help(help));
    return result;
}

}  // namespace

Result<StagedDesign> StagedDesign::stage(const Design& design, const fs::path& destination) {
    std::error_code failed;
    fs::path target = fs::absolute(destination, failed).lexically_normal();
    if (!target.has_filename()) target = target.parent_path();
    // A link to a directory stays a link.
    if (fs::is_directory(target, failed)) target = fs::canonical(target, failed);
    if (auto occupancy = look_at(target, design); !occupancy) return failure(std::move(occupancy.error()));
    fs::create_directories(target.parent_path(), failed);
    if (failed) return cannot_write(destination, failed.message());
    auto directory = TemporaryDirectory::make(target);
    if (!directory) return failure(std::move(directory.error()));
    for (const auto& [name, content] : design.files)
        if (auto written = write_file(directory->path() / name, content); !written)
            return failure(std::move(written.error()));
    // Temporary directories are private; an output directory is like any other.
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::chmod(directory->path().c_str(), 0777 & ~mask) != 0) return cannot_write(destination, std::strerror(errno));
    StagedDesign staged(std::move(target), std::move(*directory));
    return staged;
}

Result<void> StagedDesign::publish() {
    Design files;
    std::error_code failed;
    for (fs::directory_iterator it(path(), failed), end; !failed && it != end; it.increment(failed))
        files.files[it->path().filename().string()];
    if (failed) return cannot_write(destination_, failed.message());
    // Again, and not from the time of staging: a simulation may have run in between.
    auto occupancy = look_at(destination_, files);
    if (!occupancy) return failure(std::move(occupancy.error()));
    if (occupancy->others.empty()) {
        // An exchange leaves the old files in the temporary directory, which is then removed.
        const bool exchange = occupancy->exists && !occupancy->ours.empty();
        if (::renameat2(AT_FDCWD, path().c_str(), AT_FDCWD, destination_.c_str(), exchange ? RENAME_EXCHANGE : 0) == 0)
            return {};
        if (!exchange && ::rename(path().c_str(), destination_.c_str()) == 0) return {};
        if (!exchange) return cannot_write(destination_, std::strerror(errno));
    }
    // The manifest first: whatever happens then, all our files are known as ours.
    const auto move = [&](const std::string& name) { fs::rename(path() / name, destination_ / name, failed); };
    move(std::string(manifest_name));
    for (const auto& [name, content] : files.files)
        if (!failed && name != manifest_name) move(name);
    for (const std::string& name : occupancy->ours)
        if (!failed && !files.files.contains(name)) fs::remove(destination_ / name, failed);
    if (failed) return cannot_write(destination_, failed.message());
    return {};
}

Result<void> write_design(const Design& design, const fs::path& destination) {
    auto staged = StagedDesign::stage(design, destination);
    if (!staged) return failure(std::move(staged.error()));
    return staged->publish();
}

}  // namespace dal::rtl
