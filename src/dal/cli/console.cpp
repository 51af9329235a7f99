#include "dal/cli/console.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "dal/support/codes/build_codes.hpp"
#include "dal/support/printable.hpp"

namespace dal::cli {
namespace {

bool wants_color(ColorMode mode) {
    switch (mode) {
        case ColorMode::always: return true;
        case ColorMode::never: return false;
        case ColorMode::automatic: break;
    }
    const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org
    const char* terminal = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) != 0 && (no_color == nullptr || *no_color == 0) &&
           (terminal == nullptr || std::string_view(terminal) != "dumb");
}

}  // namespace

Console::Console(const CommonOptions& options)
    : color_(wants_color(options.color)), quiet_(options.quiet), allowed_(options.allowed), progress_(!options.quiet) {}

void Console::print(const Diagnostics& diagnostics, const std::string& summary) const {
    progress_.clear();
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics) text += render(diagnostic, sources_, color_) + "\n";
    text += summary;
    std::fwrite(text.data(), 1, text.size(), stderr);
}

int Console::report(const Diagnostics& diagnostics) const {
    print(diagnostics, diagnostics.size() > 1 ? std::to_string(diagnostics.size()) + " errors\n" : "");
    const bool mismatch = !diagnostics.empty() && diagnostics.front().code == code::verification_failed;
    return mismatch ? exit_mismatch : exit_failed;
}

void Console::warn(const Diagnostics& warnings) const {
    if (warnings.empty()) return;
    print(warnings, std::to_string(warnings.size()) + (warnings.size() == 1 ? " warning\n" : " warnings\n"));
}

std::string seconds_since(std::chrono::steady_clock::time_point start) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.2f s", seconds);
    return buffer;
}

}  // namespace dal::cli
