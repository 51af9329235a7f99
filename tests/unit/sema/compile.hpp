// Compiles texts for the tests of this layer.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "dal/sema/elaborate.hpp"

namespace dal::test {

struct Compiled {
    SourceMap sources;
    Result<Program> program;

    explicit Compiled(const std::string& text, const std::filesystem::path& directory = {},
                      const ElaborateOptions& options = {})
        : program(compile_text(sources, "test.da", text, directory, options)) {}

    [[nodiscard]] const Program& operator*() const {
        REQUIRE_MESSAGE(program.has_value(), messages());
        return *program;
    }
    [[nodiscard]] const Graph& graph() const { return (**this).graph; }
    [[nodiscard]] std::string messages() const {
        std::string text;
        if (!program)
            for (const Diagnostic& d : program.error()) text += render(d, sources, false);
        return text;
    }
    /// The only diagnostic's code, as text.
    [[nodiscard]] std::string code() const {
        if (program) return "none";
        return program.error().size() == 1 ? std::string(code_text(program.error().front().code)) : messages();
    }
    /// Values of a named constant.
    [[nodiscard]] std::string constant(const std::string& name) const {
        for (const NamedConstant& c : (**this).constants) {
            if (c.name != name) continue;
            std::string text;
            for (const Rational& value : *c.value.values) text += (text.empty() ? "" : " ") + value.to_string();
            return text;
        }
        return "no constant " + name;
    }
    [[nodiscard]] std::vector<std::string> operations() const {
        std::vector<std::string> names;
        for (const Node& node : graph().nodes()) names.emplace_back(operation_name(node.operation));
        return names;
    }
};

inline std::string repeated(const std::string& text, size_t count) {
    std::string result;
    result.reserve(text.size() * count);
    for (size_t j = 0; j < count; ++j) result += text;
    return result;
}

}  // namespace dal::test
