// Settled programs from text, for the tests of this layer.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "dal/driver/load.hpp"

namespace dal::test {

struct Settled {
    SourceMap sources;
    Program program;

    explicit Settled(const std::string& text, const ElaborateOptions& options = elaborate_options(),
                     const std::string& name = "test.da", const std::filesystem::path& directory = {}) {
        auto compiled = compile_text(sources, name, text, directory, options);
        REQUIRE_MESSAGE(compiled.has_value(), messages(compiled));
        program = std::move(*compiled);
        auto settled = settle(program);
        REQUIRE_MESSAGE(settled.has_value(), messages(settled));
    }

    template <class T>
    [[nodiscard]] std::string messages(const Result<T>& result) const {
        std::string text;
        if (!result)
            for (const Diagnostic& d : result.error()) text += render(d, sources, false);
        return text;
    }
};

/// What commands elaborate that look at formats as they are written.
inline ElaborateOptions with_written_formats() {
    ElaborateOptions options = elaborate_options();
    options.written_formats = true;
    return options;
}

/// The same for tests and properties.
inline ElaborateOptions with_tests(Coverage* coverage = nullptr) {
    ElaborateOptions options = elaborate_options();
    options.tests = true;
    options.needs_output = false;
    options.coverage = coverage;
    return options;
}

}  // namespace dal::test
