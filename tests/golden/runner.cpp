// Compiles one program and compares what is said about it with the .expected file beside it: the types of its values,
// or the diagnostics of a program whose name starts with `fail_`. Where there is NAME.verilog.expected too, it holds
// the Verilog of the program, combinational or, after a line `// stages: N`, in that many; NAME.circuit.expected holds
// its circuit. With --update the files are written instead.
//   golden_runner [--update] NAME.da      run in the folder of the program, so that messages name it shortly
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

#include "dal/circuit/cost/pipeline.hpp"
#include "dal/emit/manifest.hpp"
#include "dal/emit/verilog/verilog.hpp"
#include "dal/infer/forward/declared.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/lower/lower.hpp"
#include "dal/netlist/names.hpp"
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

/// What the compiler says; `graph` is that of a program that it accepts.
std::string transcript(const std::string& name, dal::SourceMap& sources, std::optional<dal::Graph>& graph) {
    dal::ElaborateOptions options;
    options.module_directories.emplace_back(DAL_SOURCE_DIR "/stdlib");
    options.tests = true;
    auto program = dal::compile_file(sources, name, options);
    if (!program) return rendered(program.error(), sources);
    dal::Diagnostics problems;
    for (const dal::TestProgram& test : program->tests)
        problems.insert(problems.end(), test.problems.begin(), test.problems.end());
    if (!problems.empty()) return rendered(problems, sources);
    if (auto inferred = dal::infer_forward(program->graph); !inferred) return rendered(inferred.error(), sources);
    if (auto declared = dal::check_declared(program->graph, program->declared); !declared)
        return rendered(declared.error(), sources);
    for (dal::TestProgram& test : program->tests)
        if (auto inferred = dal::infer_forward(test.graph); !inferred) return rendered(inferred.error(), sources);
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
    graph = std::move(program->graph);
    return text;
}

/// The optimized circuit, each pass over it verified.
std::string circuit_text(const dal::Graph& graph) {
    dal::LowerOptions options;
    options.watch.verify = true;
    return dal::circuit::print(dal::lower(graph, options).value());
}

/// What follows `// stages: ` in the program; 0 without it.
uint32_t stages_of(const std::string& program) {
    const std::string mark = "// stages: ";
    const size_t at = program.find(mark);
    return at == std::string::npos ? 0 : static_cast<uint32_t>(std::stoul(program.substr(at + mark.size())));
}

/// All files of the design but the manifest, under their names.
std::string verilog(const std::string& name, const dal::Graph& graph, const dal::SourceMap& sources) {
    const dal::circuit::Circuit circuit = dal::lower(graph).value();
    const uint32_t stages = stages_of(dal::read_file(name).value());
    const dal::circuit::Schedule schedule =
        stages == 0 ? dal::circuit::combinational(circuit) : dal::circuit::pipeline_into(circuit, stages);
    dal::emit::VerilogOptions options;
    options.top = dal::netlist::legal_name(std::filesystem::path(name).stem().string());
    std::string text;
    for (const auto& [file, content] : dal::emit::emit_verilog(circuit, schedule, sources, options).files)
        if (file != dal::emit::manifest_name) text += (text.empty() ? "==> " : "\n==> ") + file + " <==\n" + content;
    return text;
}

/// Compares with the file, or writes it; whether all is well.
bool settle(const std::string& actual, const std::filesystem::path& path, const std::string& name, bool update) {
    if (update) return dal::write_file(path, actual).has_value();
    const auto expected = dal::read_file(path);
    if (expected && *expected == actual) return true;
    std::fprintf(stderr, "differs from %s:\n%s\nrun golden_runner --update %s if it is right now\n", path.c_str(),
                 expected ? expected->c_str() : "(there is no such file)\n", name.c_str());
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    const bool update = argc == 3 && std::string(argv[1]) == "--update";
    if (argc != 2 && !update) {
        std::fputs("usage: golden_runner [--update] NAME.da\n", stderr);
        return 2;
    }
    const std::string name = argv[argc - 1];
    dal::SourceMap sources;
    std::optional<dal::Graph> graph;
    const std::string actual = transcript(name, sources, graph);
    std::fputs(actual.c_str(), stdout);
    if (graph.has_value() == name.starts_with("fail_")) {
        std::fprintf(stderr, "%s should %s\n", name.c_str(), graph ? "fail" : "compile");
        return 1;
    }
    const auto beside = [&](const char* extension) { return std::filesystem::path(name).replace_extension(extension); };
    bool well = settle(actual, beside(".expected"), name, update);
    if (graph && std::filesystem::exists(beside(".verilog.expected"))) {
        const std::string text = verilog(name, *graph, sources);
        std::fputs(text.c_str(), stdout);
        well = settle(text, beside(".verilog.expected"), name, update) && well;
    }
    if (graph && std::filesystem::exists(beside(".circuit.expected"))) {
        const std::string text = circuit_text(*graph);
        std::fputs(text.c_str(), stdout);
        well = settle(text, beside(".circuit.expected"), name, update) && well;
    }
    return well ? 0 : 1;
}
