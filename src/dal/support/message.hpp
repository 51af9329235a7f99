// A diagnostic as data: a code (those that there are: support/codes), an observed fact at a place, the rule that it
// breaks, and help that can be pasted. Public: C++ programs catch it (edsl/error.hpp). Code inside dal includes
// diagnostic.hpp, which adds results that carry diagnostics.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dal/support/source.hpp"

namespace dal {

/// The number of a kind of diagnostic. Those that there are have names in the headers of support/codes.
enum class Code : uint16_t {};

/// "E0301".
std::string_view code_text(Code code) noexcept;
/// One line that names the kind; the heading of its section in docs/diagnostics.md.
std::string_view code_title(Code code) noexcept;
/// Every kind, in the order of the registry.
std::span<const Code> all_codes() noexcept;

enum class Severity : uint8_t { error, warning };

/// A place with a remark.
struct Label {
    Span span;
    std::string text;
};

struct Diagnostic {
    Code code;
    std::string message;             ///< the observed fact
    Span span;                       ///< the primary place; may point nowhere
    std::string label;               ///< remark under the carets; may be empty
    std::vector<Label> secondary;    ///< other places: the definition, the first declaration, …
    std::vector<std::string> rules;  ///< printed as "= rule: …"
    std::vector<std::string> help;   ///< printed as "= help: …"; pasting it should work
    Severity severity = Severity::error;
    std::string advice{};  ///< the name of a warning, printed in place of the code

    // Fluent additions, so that a diagnostic reads as one expression.
    Diagnostic&& with_label(std::string text) &&;
    Diagnostic&& with_place(Span place, std::string text) &&;
    Diagnostic&& with_rule(std::string text) &&;
    Diagnostic&& with_help(std::string text) &&;
};

Diagnostic error(Code code, const Span& span, std::string message);

/// One or more diagnostics, in the order found.
using Diagnostics = std::vector<Diagnostic>;

/// The text of a diagnostic as in docs/diagnostics.md: header, snippet with carets, rules, help; ends
/// with a newline. `color` adds ANSI escapes.
std::string render(const Diagnostic& diagnostic, const SourceMap& sources, bool color);

/// The candidate nearest to `name` if it is near enough to be a misspelling (at most a third of its
/// letters differ; one in names of two), for "did you mean `…`?"; empty if none is.
std::string_view nearest(std::string_view name, std::span<const std::string> candidates);

}  // namespace dal
