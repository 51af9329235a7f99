// What the commands share towards the user: diagnostics with color, progress lines, timing.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "dal/cli/options.hpp"
#include "dal/cli/progress.hpp"
#include "dal/support/diagnostic.hpp"
#include "dal/support/source.hpp"

namespace dal::cli {

class Console {
  public:
    explicit Console(const CommonOptions& options);

    [[nodiscard]] SourceMap& sources() noexcept { return sources_; }
    /// Prints each diagnostic to standard error and returns the exit code: exit_mismatch if engines disagree.
    int report(const Diagnostics& diagnostics) const;
    /// The same for warnings; nothing if there are none.
    void warn(const Diagnostics& warnings) const;
    /// What is being done: progress.hpp shows it. The next output replaces it.
    void progress(std::string_view text) { progress_.tell(text); }
    // The same, to be called from elsewhere; the console must outlive it.
    Progress progress_lines() {
        return [this](std::string_view text) { progress_.tell(text); };
    }
    Advance advance_lines() {
        return [this](int64_t done, std::optional<int64_t> all) { progress_.advance(done, all); };
    }
    /// Nothing is being done any more.
    void clear_progress() { progress_.clear(); }
    /// Whether diagnostics have color.
    [[nodiscard]] bool color() const noexcept { return color_; }
    [[nodiscard]] bool quiet() const noexcept { return quiet_; }
    /// Folders that programs may read from, besides their own.
    [[nodiscard]] const std::vector<std::filesystem::path>& allowed() const noexcept { return allowed_; }

  private:
    void print(const Diagnostics& diagnostics, const std::string& summary) const;

    SourceMap sources_;
    bool color_ = false;
    bool quiet_ = false;
    std::vector<std::filesystem::path> allowed_;
    mutable ProgressLine progress_;
};

/// "0.12 s".
std::string seconds_since(std::chrono::steady_clock::time_point start);

}  // namespace dal::cli
