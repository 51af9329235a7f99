// The entry points.
#include "dal/sema/elaborate.hpp"

#include <algorithm>
#include <cctype>

#include "dal/sema/coverage.hpp"
#include "dal/sema/names/summaries.hpp"
#include "dal/sema/tests.hpp"
#include "dal/support/codes/program_codes.hpp"
#include "dal/support/codes/syntax_codes.hpp"
#include "dal/support/file.hpp"
#include "dal/syntax/parse.hpp"

namespace dal::sema {
namespace {

/// Texts that see the names of those before them.
class Compilation {
  public:
    struct MainText {
        FileId file;
        std::filesystem::path directory;
        bool is_typed = false;
    };

    Compilation(SourceMap& sources, const ElaborateOptions& options) : e_(sources, options) {
        if (options.tests) tests_.emplace(e_, declarations_);
    }

    /// To read no more of the library than what the texts mention.
    Compilation& of_mentioned() {
        only_mentioned_ = true;
        return *this;
    }
    Result<Program> run(const std::vector<MainText>& texts);

  private:
    /// Makes `text` the main module; whether it parses.
    bool elaborate(const MainText& text);

    Evaluator e_;
    Declarations declarations_{e_};
    std::optional<Tests> tests_;
    bool only_mentioned_ = false;
};

/// Whether the texts use no module but those of the library: what other modules mention is not known before.
bool only_uses_library(const SourceMap& sources, const std::vector<Compilation::MainText>& texts,
                       const ElaborateOptions& options) {
    bool uses = false;
    for (const Compilation::MainText& text : texts) {
        const std::string_view content = sources.file(text.file).text();
        for (size_t at = content.find("use "); at != std::string_view::npos; at = content.find("use ", at + 1)) {
            size_t end = at + 4;
            while (end < content.size() &&
                   (std::isalnum(static_cast<unsigned char>(content[end])) || content[end] == '_'))
                ++end;
            const std::string file = std::string(content.substr(at + 4, end - at - 4)) + ".da";
            std::error_code ignored;
            const bool is_library =
                std::any_of(options.module_directories.begin(), options.module_directories.end(),
                            [&](const std::filesystem::path& folder) { return folder == text.directory; });
            if (!is_library && std::filesystem::exists(text.directory / file, ignored)) return false;
            uses = true;
        }
    }
    return uses;
}

/// Tests with errors of syntax, as tests that fail: what is wrong with them is no error of the program any more. Names
/// in them are declared nowhere.
std::vector<TestProgram> take_broken_tests(Parsed& parsed) {
    std::vector<TestProgram> result;
    for (BrokenTest& test : parsed.broken_tests) {
        const auto is_inside = [&](const Span& span) {
            return test.extent.begin <= span.begin && span.begin < test.extent.end;
        };
        TestProgram& program = result.emplace_back();
        program.name = std::move(test.name);
        program.span = test.name_span;
        program.is_property = test.is_property;
        const auto others = std::stable_partition(parsed.diagnostics.begin(), parsed.diagnostics.end(),
                                                  [&](const Diagnostic& d) { return !is_inside(d.span); });
        program.problems.assign(std::make_move_iterator(others), std::make_move_iterator(parsed.diagnostics.end()));
        parsed.diagnostics.erase(others, parsed.diagnostics.end());
        if (program.problems.empty())  // the same was said of another test
            program.problems.push_back(
                error(code::syntax_error, program.span, "a keyword stands where a name should in this test"));
        std::erase_if(parsed.ast.broken, [&](const ast::Name& name) { return is_inside(name.span); });
    }
    return result;
}

bool Compilation::elaborate(const MainText& text) {
    auto parsed = parse(e_.reports().sources(), text.file);
    std::vector<TestProgram> broken_tests;
    if (e_.options().tests) broken_tests = take_broken_tests(parsed);
    const bool parses = parsed.diagnostics.empty();
    e_.reports().start(std::move(parsed.diagnostics));
    auto module = std::make_unique<Module>();
    module->directory = text.directory;
    module->reads_anywhere = text.is_typed;
    if (!text.is_typed) e_.files().allow(text.directory);
    module->ast = std::make_shared<const Ast>(std::move(parsed.ast));
    module->is_main = true;
    Modules& modules = e_.modules();
    if (modules.main) {
        for (const auto& [name, binding] : modules.main->names)
            module->names.emplace(name, Binding{binding.value, binding.span, Binding::earlier});
        modules.earlier.push_back(std::move(modules.main));
    }
    modules.main = std::move(module);
    std::error_code ignored;
    const auto path = text.directory / std::filesystem::path(e_.reports().sources().file(text.file).name()).filename();
    modules.loading.emplace_back(std::filesystem::weakly_canonical(path, ignored), Span{});
    declarations_.all(*modules.main);
    modules.loading.pop_back();
    for (TestProgram& test : broken_tests) {
        e_.program().tests.push_back(std::move(test));
        if (e_.coverage()) e_.coverage()->is_test();
    }
    return parses;
}

Result<Program> Compilation::run(const std::vector<MainText>& texts) {
    Program& program = e_.program();
    const Reports& reports = e_.reports();
    const ElaborateOptions& options = e_.options();
    bool parses = true;
    if (only_mentioned_) {
        e_.modules().mentioned.emplace();
        for (const MainText& text : texts)
            add_words(e_.reports().sources().file(text.file).text(), *e_.modules().mentioned);
    }
    for (const MainText& text : texts) {
        program.tests.clear();
        e_.open_formats().forget_tests();
        parses = elaborate(text);
        if (!reports.empty()) break;
    }
    const Module& main = *e_.modules().main;
    if (options.needs_output && parses && reports.empty() && program.graph.outputs().empty() && program.tests.empty()) {
        const auto& list = main.ast->declarations;
        Diagnostic d = error(code::no_output, list.empty() ? Span{texts.back().file, 0, 0} : list.back().span,
                             "the program has no output")
                           .with_rule("a program computes at least one `output`");
        if (!program.values.empty()) d.help.push_back("`output " + program.values.back().name + "`");
        e_.report(std::move(d));
    }
    if (reports.empty()) e_.open_formats().settle(e_);
    if (reports.empty()) {
        const SourceMap& sources = e_.reports().sources();
        if (options.summaries) program.summaries = summaries(sources, program, main);
        if (!options.find.empty()) program.found = found_name(options.find, sources, program, main);
        if (e_.written()) program.written = e_.written()->take();
        return std::move(program);
    }
    Diagnostics diagnostics = e_.reports().take();
    std::stable_sort(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::pair(a.span.file, a.span.begin) < std::pair(b.span.file, b.span.begin);
    });
    return failure(std::move(diagnostics));
}

}  // namespace
}  // namespace dal::sema

namespace dal {

Result<Program> compile_file(SourceMap& sources, const std::filesystem::path& path, const ElaborateOptions& options) {
    auto text = read_program(path);
    if (!text) return failure(std::move(text.error()));
    return compile_text(sources, path.string(), std::move(*text), path.parent_path(), options);
}

Result<Program> compile_text(SourceMap& sources, std::string name, std::string text,
                             const std::filesystem::path& directory, const ElaborateOptions& options) {
    std::vector<SourceText> texts;
    texts.push_back({std::move(name), std::move(text), directory, false});
    return compile_texts(sources, std::move(texts), options);
}

Result<Program> compile_texts(SourceMap& sources, std::vector<SourceText> texts, const ElaborateOptions& options) {
    std::vector<sema::Compilation::MainText> files;
    files.reserve(texts.size());
    for (SourceText& text : texts)
        files.push_back(
            {sources.add(std::move(text.name), std::move(text.text)), std::move(text.directory), text.is_typed});
    // What nobody mentions matters to those who look around, and for what is said of errors.
    const bool looks_around = options.summaries || options.coverage || !options.find.empty();
    if (!looks_around && sema::only_uses_library(sources, files, options)) {
        const size_t known = sources.size();
        if (auto program = sema::Compilation(sources, options).of_mentioned().run(files)) return program;
        sources.shrink(known);
    }
    return sema::Compilation(sources, options).run(files);
}

}  // namespace dal
