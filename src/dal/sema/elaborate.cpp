// The entry points, and reporting.
#include "dal/sema/elaborate.hpp"

#include <algorithm>

#include "dal/sema/elaborator.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/limit_codes.hpp"
#include "dal/support/codes/program_codes.hpp"
#include "dal/support/file.hpp"
#include "dal/support/places.hpp"
#include "dal/syntax/parse.hpp"

namespace dal::sema {

bool Elaborator::elaborate(const MainText& text) {
    auto parsed = parse(sources_, text.file);
    const bool parses = parsed.diagnostics.empty();
    diagnostics_ = std::move(parsed.diagnostics);
    auto module = std::make_unique<Module>();
    module->directory = text.directory;
    module->ast = std::make_shared<const Ast>(std::move(parsed.ast));
    module->is_main = true;
    if (main_) {
        for (const auto& [name, binding] : main_->names)
            module->names.emplace(name, Binding{binding.value, binding.span, Binding::earlier});
        earlier_.push_back(std::move(main_));
    }
    main_ = std::move(module);
    std::error_code ignored;
    const auto path = text.directory / std::filesystem::path(sources_.file(text.file).name()).filename();
    loading_.emplace_back(std::filesystem::weakly_canonical(path, ignored), Span{});
    declarations(*main_);
    loading_.pop_back();
    return parses;
}

Result<Program> Elaborator::run(const std::vector<MainText>& texts) {
    bool parses = true;
    for (const MainText& text : texts) {
        program_.tests.clear();
        open_.forget_tests();
        parses = elaborate(text);
        if (!diagnostics_.empty()) break;
    }
    if (options_.needs_output && parses && diagnostics_.empty() && program_.graph.outputs().empty() &&
        program_.tests.empty()) {
        const auto& list = main_->ast->declarations;
        Diagnostic d = error(code::no_output, list.empty() ? Span{texts.back().file, 0, 0} : list.back().span,
                             "the program has no output")
                           .with_rule("a program computes at least one `output`");
        if (!program_.values.empty()) d.help.push_back("`output " + program_.values.back().name + "`");
        report(std::move(d));
    }
    if (diagnostics_.empty()) settle_formats();
    if (diagnostics_.empty()) {
        if (options_.summaries) program_.summaries = summaries();
        if (!options_.find.empty()) program_.found = found(options_.find);
        if (written_) program_.written = written_->take();
        return std::move(program_);
    }
    std::stable_sort(diagnostics_.begin(), diagnostics_.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::pair(a.span.file, a.span.begin) < std::pair(b.span.file, b.span.begin);
    });
    return failure(std::move(diagnostics_));
}

/// What is found in the standard library is reported where the program calls it.
Poison Elaborator::report(Diagnostic diagnostic) {
    if (diagnostics_.size() >= max_diagnostics) {
        exhausted_ = true;
        return {};
    }
    constexpr size_t most_frames = 4;
    const bool in_library = library_.contains(diagnostic.span.file);
    std::optional<size_t> entry;  // the call that leads into the library
    size_t passed = 0;
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame, ++passed) {
        const bool enters = in_library && !entry && !library_.contains(frame->call.file);
        if (!frame->call.known() || (passed >= most_frames && !enters)) continue;
        if (enters) entry = diagnostic.secondary.size();
        diagnostic.secondary.push_back({frame->call, "in this call of `" + frame->function + "`"});
    }
    if (entry) put_first(diagnostic, *entry);
    const Span& span = diagnostic.span;
    if (reported_.emplace(diagnostic.code, span.file, span.begin, span.end).second)
        diagnostics_.push_back(std::move(diagnostic));
    return {};
}

Poison Elaborator::report(Diagnostics diagnostics) {
    for (Diagnostic& diagnostic : diagnostics) report(std::move(diagnostic));
    return {};
}

std::string Elaborator::source_text(const Span& span) const {
    constexpr size_t most = 80;
    const std::string_view text = sources_.text(span);
    if (text.size() > most || text.find('\n') != std::string_view::npos) return "…";
    return std::string(text);
}

bool Elaborator::charge(int64_t elements, const Span& span) {
    if (exhausted_) return false;
    work_ += elements;
    if (work_ <= options_.max_work && static_cast<int64_t>(program_.graph.size()) < options_.max_nodes) return true;
    Diagnostic d =
        work_ > options_.max_work
            ? error(code::program_too_large, span, "the program computes too many elements")
                  .with_rule("all its tensors have at most " + std::to_string(options_.max_work) + " elements")
            : error(code::program_too_large, span, "the program has too many operations")
                  .with_rule("it has at most " + std::to_string(options_.max_nodes) + " after all calls");
    report(std::move(d));
    exhausted_ = true;
    return false;
}

namespace {

/// Help for a list of tensors that can be joined, else nothing.
std::string joined(const Elaborator& e, const Value& value) {
    const auto* list = std::get_if<List>(&value);
    if (!list || list->items->items.size() < 2) return "";
    std::string items;
    Shape rest;  // what must agree: all axes but the first
    for (const Placed& item : list->items->items) {
        if (!is_tensor(item.value) || e.shape_of(item.value).empty()) return "";
        const Shape& shape = e.shape_of(item.value);
        const Shape inner(shape.begin() + 1, shape.end());
        if (!items.empty() && inner != rest) return "";
        rest = inner;
        items += (items.empty() ? "" : ", ") + e.source_text(item.span);
    }
    return "one behind the other: `concat(" + items + ")`";
}

}  // namespace

/// Which words a string could have been: those that it was compared with.
void Elaborator::add_words(Diagnostic& diagnostic, const std::string& text) const {
    const auto known = compared_.find(text);
    if (known == compared_.end()) return;
    const std::vector<std::string> words(known->second.begin(), known->second.end());
    std::string list;
    for (const std::string& word : words) list += (list.empty() ? "\"" : ", \"") + word + "\"";
    diagnostic.rules.push_back("the words that have a meaning here: " + list);
    std::string small = text;
    for (char& c : small)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (const std::string_view best = nearest(small, words); !best.empty())
        diagnostic.help.push_back("did you mean `\"" + std::string(best) + "\"`?");
}

Poison Elaborator::wrong_kind(const Placed& value, std::string_view needed) {
    if (is_poison(value.value)) return {};
    const std::string text = source_text(value.span);
    Diagnostic d = error(code::wrong_kind, value.span,
                         (text.empty() ? "this" : "`" + text + "`") + " is " + std::string(kind_of(value.value)))
                       .with_rule("this place needs " + std::string(needed));
    if (const auto* function = std::get_if<Function>(&value.value); function && needed == "a tensor")
        d.help.push_back("call it: `" + function->fn->name.text + "(…)`");
    if (const auto* dependent = std::get_if<Dependent>(&value.value)) {
        d.rules = {"a test computes what depends on an input by calling it with the inputs"};
        d.help.push_back("`" + dependent->name + "(x: …)`, with the names of the inputs");
    }
    if (const auto* word = std::get_if<Text>(&value.value)) add_words(d, word->text);
    if (const auto* list = std::get_if<List>(&value.value))
        d.rules.emplace_back(list->items->items.empty()
                                 ? "a tensor has at least one element; what has none is the empty list"
                                 : "values of different shapes or kinds make a list, not a tensor");
    if (const std::string help = needed == "a tensor" ? joined(*this, value.value) : ""; !help.empty())
        d.help.push_back(help);
    if (const auto* builtin = std::get_if<const Builtin*>(&value.value)) {
        std::string parameters;
        for (const Builtin::Parameter& p : (*builtin)->parameters)
            if (p.kind != Builtin::Parameter::Kind::optional) parameters += (parameters.empty() ? "" : ", ") + p.name;
        d.help.push_back("call it: `" + (*builtin)->name + "(" + parameters + ")`");
    }
    return report(std::move(d));
}

Poison Elaborator::not_constant(const Placed& value, std::string rule) {
    return report(error(code::not_constant, value.span, "`" + source_text(value.span) + "` depends on an input")
                      .with_rule(std::move(rule)));
}

}  // namespace dal::sema

namespace dal {

Result<Program> compile_file(SourceMap& sources, const std::filesystem::path& path, const ElaborateOptions& options) {
    auto text = read_file(path);
    if (!text) return failure(std::move(text.error()));
    return compile_text(sources, path.string(), std::move(*text), path.parent_path(), options);
}

Result<Program> compile_text(SourceMap& sources, std::string name, std::string text,
                             const std::filesystem::path& directory, const ElaborateOptions& options) {
    std::vector<SourceText> texts;
    texts.push_back({std::move(name), std::move(text), directory});
    return compile_texts(sources, std::move(texts), options);
}

Result<Program> compile_texts(SourceMap& sources, std::vector<SourceText> texts, const ElaborateOptions& options) {
    std::vector<sema::Elaborator::MainText> files;
    for (SourceText& text : texts)
        files.push_back({sources.add(std::move(text.name), std::move(text.text)), std::move(text.directory)});
    return sema::Elaborator(sources, options).run(files);
}

}  // namespace dal
