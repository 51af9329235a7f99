// The entry points, the declarations of a file in their order, and reporting.
#include "dal/sema/elaborate.hpp"

#include <algorithm>

#include "dal/sema/elaborator.hpp"
#include "dal/support/file.hpp"
#include "dal/support/overloaded.hpp"
#include "dal/syntax/parse.hpp"

namespace dal::sema {

Result<Program> Elaborator::run(FileId file, const std::filesystem::path& directory) {
    auto parsed = parse(sources_, file);
    const bool parses = parsed.diagnostics.empty();
    diagnostics_ = std::move(parsed.diagnostics);
    main_ = std::make_unique<Module>();
    main_->directory = directory;
    main_->ast = std::move(parsed.ast);
    main_->is_main = true;
    std::error_code ignored;
    const auto path = directory / std::filesystem::path(sources_.file(file).name()).filename();
    loading_.emplace_back(std::filesystem::weakly_canonical(path, ignored), Span{});
    declarations(*main_);
    const auto& list = main_->ast.declarations;
    const bool tried = std::any_of(list.begin(), list.end(), [](const ast::Declaration& declaration) {
        return std::holds_alternative<ast::Output>(declaration.kind);
    });
    if (parses && !tried) {
        Diagnostic d =
            error(Code::no_output, list.empty() ? Span{file, 0, 0} : list.back().span, "the program has no output")
                .with_rule("a program computes at least one `output`");
        if (!program_.values.empty()) d.help.push_back("`output " + program_.values.back().name + "`");
        report(std::move(d));
    }
    if (diagnostics_.empty()) return std::move(program_);
    std::stable_sort(diagnostics_.begin(), diagnostics_.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::pair(a.span.file, a.span.begin) < std::pair(b.span.file, b.span.begin);
    });
    return failure(std::move(diagnostics_));
}

Poison Elaborator::report(Diagnostic diagnostic) {
    const Span& span = diagnostic.span;
    if (diagnostics_.size() >= max_diagnostics) {
        exhausted_ = true;
        return {};
    }
    if (!reported_.emplace(diagnostic.code, span.file, span.begin, span.end).second) return {};
    constexpr size_t most_frames = 4;
    size_t shown = 0;
    for (auto frame = frames_.rbegin(); frame != frames_.rend() && shown < most_frames; ++frame, ++shown)
        if (frame->call.known())
            diagnostic.secondary.push_back({frame->call, "in this call of `" + frame->function + "`"});
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
            ? error(Code::program_too_large, span, "the program computes too many elements")
                  .with_rule("all its tensors have at most " + std::to_string(options_.max_work) + " elements")
            : error(Code::program_too_large, span, "the program has too many operations")
                  .with_rule("it has at most " + std::to_string(options_.max_nodes) + " after all calls");
    report(std::move(d));
    exhausted_ = true;
    return false;
}

void Elaborator::declarations(Module& module) {
    for (const ast::Name& name : module.ast.broken) {
        module.declared.try_emplace(name.text, name.span);
        module.names.try_emplace(name.text, Binding{Poison{}, name.span, 0});
    }
    for (const ast::Declaration& declaration : module.ast.declarations) {
        const auto* output = std::get_if<ast::Output>(&declaration.kind);
        if (output && output->value == ast::ExprId::none) continue;
        const ast::Name& name = declared_name(declaration);
        module.declared.try_emplace(name.text, name.span);
    }
    for (size_t index = 0; index < module.ast.declarations.size() && !exhausted_; ++index) declare(module, index);
}

void Elaborator::declare(Module& module, size_t index) {
    const ast::Declaration& declaration = module.ast.declarations[index];
    const Scope scope{&module, index + 1, nullptr, {}};
    const auto only_main = [&](const std::string& what) {
        if (module.is_main) return true;
        report(error(Code::misplaced_declaration, declaration.span, "`" + what + "` in a module")
                   .with_rule("the ports of a program are in its main file; a module has functions and constants"));
        return false;
    };
    std::visit(Overloaded{
                   [&](const ast::Use& d) { bind(module, d.name, use(d.name, module), index); },
                   [&](const ast::Param& d) {
                       Value value = let({d.name, d.type, d.value}, scope);
                       if (std::holds_alternative<Variable>(value))
                           value = report(error(Code::not_constant, module.ast[d.value].span,
                                                "`" + d.name.text + "` depends on an input")
                                              .with_rule("a `param` is constant")
                                              .with_help("declare it with `let`"));
                       bind(module, d.name, std::move(value), index);
                   },
                   [&](const ast::Input& d) {
                       bind(module, d.name, only_main("input") ? input(d, scope) : Value(Poison{}), index);
                   },
                   [&](const ast::Let& d) {
                       Value value = let(d, scope);
                       if (module.is_main) name_node(d.name, value);
                       bind(module, d.name, std::move(value), index);
                   },
                   [&](const ast::Output& d) {
                       if (only_main("output")) output(module, d, index, scope);
                   },
                   [&](const ast::Fn& d) {
                       const bool complete = resolve(module, d, index);
                       bind(module, d.name, complete ? Value(Function{&module, &d, index}) : Value(Poison{}), index);
                   },
               },
               declaration.kind);
}

void Elaborator::bind(Module& module, const ast::Name& name, Value value, size_t index) {
    const auto [at, is_new] = module.names.try_emplace(name.text, Binding{value, name.span, index});
    if (!is_new) {
        report(error(Code::duplicate_name, name.span, "`" + name.text + "` is declared twice")
                   .with_place(at->second.span, "declared here first"));
        return;
    }
    if (!module.is_main) return;
    if (const auto* variable = std::get_if<Variable>(&value))
        program_.values.push_back({name.text, name.span, variable->node});
    else if (const auto* constant = std::get_if<Constant>(&value))
        program_.constants.push_back({name.text, name.span, *constant});
}

void Elaborator::name_node(const ast::Name& name, const Value& value) {
    if (const auto* variable = std::get_if<Variable>(&value)) {
        std::string& known = program_.graph[variable->node].name;
        if (known.empty()) known = name.text;
    }
}

Value Elaborator::let(const ast::Let& let, const Scope& scope) {
    std::optional<Type> type;
    if (let.type) type = this->type(*let.type, scope);
    Value value = eval(let.value, scope);
    if (let.type && !type) return Poison{};
    if (type && !conforms({value, scope.module->ast[let.value].span}, *type, let.name.text)) return Poison{};
    if (std::holds_alternative<RealType>(value) || std::holds_alternative<AnyType>(value))
        return wrong_kind({value, scope.module->ast[let.value].span}, "a value");
    return value;
}

Value Elaborator::input(const ast::Input& input, const Scope& scope) {
    const auto type = this->type(input.type, scope);
    if (!type) return Poison{};
    if (std::holds_alternative<AnyType>(type->element))
        return report(error(Code::wrong_kind, input.type.span, "`_` does not say what the port carries")
                          .with_rule("an input has a format, or is `real`"));
    if (!charge(element_count(*type->shape), input.type.span)) return Poison{};
    op::Input port;
    if (const auto* formats = std::get_if<Formats>(&type->element)) {
        auto map = format_map(*formats, *type->shape, input.type.span);
        if (!map) return Poison{};
        port.formats = std::move(*map);
    } else {
        port.real = true;
    }
    return Variable{program_.graph.input(input.name.text, *type->shape, std::move(port), input.name.span)};
}

void Elaborator::output(Module& module, const ast::Output& output, size_t index, const Scope& scope) {
    const auto [other, is_new] = output_names_.try_emplace(output.name.text, output.name.span);
    Value value;
    Span span = output.name.span;
    if (output.value != ast::ExprId::none) {
        span = module.ast[output.value].span;
        value = let({output.name, output.type, output.value}, scope);
        if (!is_poison(value) && !is_tensor(value)) value = wrong_kind({value, span}, "a tensor");
        name_node(output.name, value);
        bind(module, output.name, value, index);
    } else {
        value = name(output.name.text, output.name.span, scope);
        if (!is_new)
            report(error(Code::duplicate_name, output.name.span, "`" + output.name.text + "` is an output twice")
                       .with_place(other->second, "declared here first"));
    }
    if (is_poison(value)) return;
    if (const auto node = node_of({value, span})) program_.graph.output(output.name.text, *node, output.name.span);
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
    const FileId file = sources.add(std::move(name), std::move(text));
    return sema::Elaborator(sources, options).run(file, directory);
}

}  // namespace dal
