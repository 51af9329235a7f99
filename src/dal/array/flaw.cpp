#include "dal/array/flaw.hpp"

#include "dal/support/codes/file_codes.hpp"

namespace dal {

Diagnostics about_file(const std::filesystem::path& path, const Span& origin, const Flaw& flaw) {
    Diagnostic diagnostic = error(code::bad_array_file, origin, "`" + path.string() + "`: " + flaw.fact);
    if (!flaw.rule.empty()) diagnostic.rules.push_back(flaw.rule);
    if (!flaw.help.empty()) diagnostic.help.push_back(flaw.help);
    return {std::move(diagnostic)};
}

}  // namespace dal
