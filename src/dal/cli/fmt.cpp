// dal fmt: programs laid out in the one way there is.
#include <algorithm>
#include <cstdio>

#include "dal/cli/commands.hpp"
#include "dal/cli/console.hpp"
#include "dal/support/file.hpp"
#include "dal/support/printable.hpp"
#include "dal/syntax/format.hpp"

namespace dal::cli {
namespace {

int format_standard_input(Console& console, const FmtOptions& options) {
    auto text = read_standard_input();
    if (!text) return console.report(text.error());
    const FileId file = console.sources().add("<stdin>", std::move(*text));
    auto formatted = format(console.sources(), file);
    if (!formatted) return console.report(formatted.error());
    if (!options.check) {
        std::fwrite(formatted->data(), 1, formatted->size(), stdout);
        return exit_ok;
    }
    if (*formatted == console.sources().file(file).text()) return exit_ok;
    std::puts("<stdin>");
    return exit_failed;
}

int format_file(Console& console, const FmtOptions& options, const std::string& path) {
    auto text = read_program(path);
    if (!text) return console.report(text.error());
    const FileId file = console.sources().add(path, std::move(*text));
    auto formatted = format(console.sources(), file);
    if (!formatted) return console.report(formatted.error());
    if (*formatted == console.sources().file(file).text()) return exit_ok;
    if (options.check) {
        std::puts(printable(path).c_str());
        return exit_failed;
    }
    if (auto written = write_file(path, *formatted); !written) return console.report(written.error());
    if (!console.quiet()) std::printf("%s: formatted\n", printable(path).c_str());
    return exit_ok;
}

}  // namespace

int fmt_command(const FmtOptions& options, const CommonOptions& common) {
    int code = exit_ok;
    for (const std::string& path : options.files) {
        Console console(common);  // of its own: texts are not kept
        code =
            std::max(code, path == "-" ? format_standard_input(console, options) : format_file(console, options, path));
    }
    return code;
}

}  // namespace dal::cli
