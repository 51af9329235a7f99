// Compiles one program and compares what is said about it with the .expected file beside it: the types of its values,
// or the diagnostics of a program whose name starts with `fail_`. With --update the file is written instead.
//   golden_runner [--update] NAME.da      run in the folder of the program, so that messages name it shortly
#include <cstdio>
#include <filesystem>
#include <string>

#include "dal/infer/forward/declared.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/sema/elaborate.hpp"
#include "dal/support/file.hpp"

namespace {

std::string describe(const dal::NamedConstant& constant) {
    std::string text = constant.name + " =";
    constexpr int64_t most = 8;
    for (int64_t element = 0; element < std::min(most, constant.value.size()); ++element)
        text += " " + constant.value.at(element).to_string();
    if (constant.value.size() > most) text += " …";
    return text + " " + dal::to_string(constant.value.shape) + "\n";
}

std::string rendered(const dal::Diagnostics& diagnostics, const dal::SourceMap& sources) {
    std::string text;
    for (const dal::Diagnostic& diagnostic : diagnostics) text += dal::render(diagnostic, sources, false) + "\n";
    const std::string root = DAL_SOURCE_DIR "/";  // the texts are the same wherever the sources are
    for (size_t at = text.find(root); at != std::string::npos; at = text.find(root, at)) text.erase(at, root.size());
    return text;
}

/// What the compiler says; `ok` tells whether it accepts the program.
std::string transcript(const std::string& name, bool& ok) {
    dal::SourceMap sources;
    dal::ElaborateOptions options;
    options.module_directories.emplace_back(DAL_SOURCE_DIR "/stdlib");
    options.tests = true;
    ok = false;
    auto program = dal::compile_file(sources, name, options);
    if (!program) return rendered(program.error(), sources);
    if (auto inferred = dal::infer_forward(program->graph); !inferred) return rendered(inferred.error(), sources);
    if (auto declared = dal::check_declared(program->graph, program->declared); !declared)
        return rendered(declared.error(), sources);
    for (dal::TestProgram& test : program->tests)
        if (auto inferred = dal::infer_forward(test.graph); !inferred) return rendered(inferred.error(), sources);
    ok = true;
    std::string text;
    for (const dal::NamedConstant& constant : program->constants) text += describe(constant);
    for (const dal::NamedValue& value : program->values)
        text += value.name + ": " + dal::type_text(program->graph[value.node]) + "\n";
    for (const dal::Output& output : program->graph.outputs()) text += "output " + output.name + "\n";
    for (const dal::TestProgram& test : program->tests) {
        text += (test.is_property ? "property " : "test ") + test.name + "\n";
        for (const dal::NodeId input : test.graph.inputs())
            text += "  " + test.graph[input].name + ": " + dal::type_text(test.graph[input]) + "\n";
        for (const dal::Expectation& expectation : test.expects)
            text += "  expect " + expectation.text + ": " + dal::type_text(test.graph[expectation.node]) + "\n";
    }
    return text;
}

}  // namespace

int main(int argc, char** argv) {
    const bool update = argc == 3 && std::string(argv[1]) == "--update";
    if (argc != 2 && !update) {
        std::fputs("usage: golden_runner [--update] NAME.da\n", stderr);
        return 2;
    }
    const std::string name = argv[argc - 1];
    bool ok = false;
    const std::string actual = transcript(name, ok);
    std::fputs(actual.c_str(), stdout);
    if (ok == name.starts_with("fail_")) {
        std::fprintf(stderr, "%s should %s\n", name.c_str(), ok ? "fail" : "compile");
        return 1;
    }
    const std::filesystem::path expected_path = std::filesystem::path(name).replace_extension(".expected");
    if (update) {
        const auto written = dal::write_file(expected_path, actual);
        return written ? 0 : 1;
    }
    const auto expected = dal::read_file(expected_path);
    if (expected && *expected == actual) return 0;
    std::fprintf(stderr, "differs from %s:\n%s\nrun golden_runner --update %s if it is right now\n",
                 expected_path.c_str(), expected ? expected->c_str() : "(there is no such file)\n", name.c_str());
    return 1;
}
