#include "dal/sema/recheck.hpp"

#include <algorithm>
#include <set>

#include "dal/sema/declarations.hpp"
#include "dal/sema/names/dependencies.hpp"
#include "dal/support/codes/program_codes.hpp"
#include "dal/syntax/parse.hpp"

namespace dal {
namespace {

using namespace sema;

/// One declaration, and what elaborating it made.
struct Record {
    const ast::Declaration* declaration;
    Module* module;  ///< the main one, or that of the text which was put in place of the first
    size_t index;    ///< among the declarations
    std::set<std::string> mentions;
    size_t first_node = 0;
    size_t last_node = 0;
    std::vector<Output> outputs{};
    std::vector<DeclaredType> declared{};
    Diagnostics reports{};

    [[nodiscard]] const ast::Name* name() const { return declared_name(*declaration); }
};

bool is_output(const ast::Declaration& declaration) { return std::holds_alternative<ast::Output>(declaration.kind); }

/// `output h`, of a name that was declared before.
bool is_port_only(const ast::Declaration& declaration) {
    return is_output(declaration) && std::get<ast::Output>(declaration.kind).value == ast::ExprId::none;
}

bool can_be_replaced(const ast::Declaration& declaration) {
    return is_output(declaration) || std::holds_alternative<ast::Let>(declaration.kind) ||
           std::holds_alternative<ast::Fn>(declaration.kind) || std::holds_alternative<ast::Table>(declaration.kind);
}

/// The live nodes of a graph in the order of the declarations, operands before their users.
class Ordered {
  public:
    Ordered(const Graph& graph) : graph_(graph), renamed_(graph.size()) {}

    /// A constant that several declarations use belongs to the first, whichever made it.
    NodeId add(NodeId node) {
        auto& known = renamed_[static_cast<size_t>(node)];
        if (known) return *known;
        std::vector<NodeId> pending{node};
        while (!pending.empty()) {
            const NodeId at = pending.back();
            const auto& operands = graph_[at].operands;
            const auto missing = std::find_if(operands.begin(), operands.end(), [&](NodeId operand) {
                return !renamed_[static_cast<size_t>(operand)].has_value();
            });
            if (missing != operands.end()) {
                pending.push_back(*missing);
                continue;
            }
            pending.pop_back();
            Node copy = graph_[at];
            for (NodeId& operand : copy.operands) operand = *renamed_[static_cast<size_t>(operand)];
            renamed_[static_cast<size_t>(at)] = result_.append(std::move(copy));
        }
        return *known;
    }

    Graph& result() { return result_; }

  private:
    const Graph& graph_;
    std::vector<std::optional<NodeId>> renamed_;
    Graph result_;
};

}  // namespace

class Recheck::Impl {
  public:
    Impl(SourceMap& sources, const ElaborateOptions& options, SourceText text)
        : sources_(sources), e_(sources, options), directory_(std::move(text.directory)), is_typed_(text.is_typed) {
        if (!is_typed_) e_.files().allow(directory_);
        file_ = sources_.add(std::move(text.name), std::move(text.text));
        e_.modules().main = module_of(file_, false);
        Module& main = *e_.modules().main;
        possible_ = possible_ && !options.tests && !options.coverage && !options.written_formats &&
                    !options.constant_quantizers;
        declarations_.announce(main);
        std::set<std::string> names;
        for (const ast::Declaration& declaration : main.ast->declarations) {
            const ast::Name* name = declared_name(declaration);
            possible_ = possible_ && !std::holds_alternative<ast::With>(declaration.kind) &&
                        (!name || is_port_only(declaration) || names.insert(name->text).second);
            records_.push_back({&declaration, &main, records_.size() + 1, mentioned_names(*main.ast, declaration)});
            elaborate(records_.back());
        }
    }

    std::optional<std::vector<std::string>> replace(std::string text) {
        if (!possible_ || !e_.open_formats().empty() || e_.exhausted()) return std::nullopt;
        const FileId file = sources_.add("a declaration", std::move(text));
        auto module = module_of(file, true);
        if (!module) return std::nullopt;
        const ast::Declaration& declaration = module->ast->declarations.front();
        const ast::Name* name = declared_name(declaration);
        const auto changed = std::find_if(records_.begin(), records_.end(), [&](const Record& record) {
            return record.name() && name && record.name()->text == name->text &&
                   record.declaration->kind.index() == declaration.kind.index() &&
                   is_port_only(*record.declaration) == is_port_only(declaration);
        });
        if (changed == records_.end() || !can_be_replaced(declaration)) return std::nullopt;
        changed->declaration = &declaration;
        changed->module = module.get();
        changed->mentions = mentioned_names(*module->ast, declaration);
        e_.modules().instances.push_back(std::move(module));
        return again(static_cast<size_t>(changed - records_.begin()));
    }

    [[nodiscard]] Result<Program> result() {
        Diagnostics reports = parsing_;
        for (const Record& record : records_)
            for (const Diagnostic& d : record.reports)
                if (std::none_of(reports.begin(), reports.end(),
                                 [&](const Diagnostic& other) { return other.code == d.code && other.span == d.span; }))
                    reports.push_back(d);
        if (!reports.empty()) return failure(std::move(reports));
        Ordered ordered(e_.graph());
        Program program;
        for (const Record& record : records_) {
            for (size_t node = record.first_node; node < record.last_node; ++node)
                ordered.add(static_cast<NodeId>(node));
            for (const Output& output : record.outputs)
                ordered.result().output(output.name, ordered.add(output.node), output.span);
            for (DeclaredType type : record.declared) {
                type.node = ordered.add(type.node);
                program.declared.push_back(std::move(type));
            }
            const bool binds = record.name() && e_.modules().main->names.contains(record.name()->text);
            if (!binds || is_port_only(*record.declaration)) continue;
            const Binding& binding = e_.modules().main->names.at(record.name()->text);
            if (const auto* variable = std::get_if<Variable>(&binding.value))
                program.values.push_back({record.name()->text, binding.span, ordered.add(variable->node)});
            else if (const auto* constant = std::get_if<Constant>(&binding.value))
                program.constants.push_back({record.name()->text, binding.span, *constant});
        }
        program.graph = std::move(ordered.result());
        return program;
    }

  private:
    /// The file as a module; `alone`: null unless it parses and is one declaration.
    std::unique_ptr<Module> module_of(FileId file, bool alone) {
        auto parsed = parse(sources_, file);
        if (alone && (!parsed.diagnostics.empty() || parsed.ast.declarations.size() != 1)) return nullptr;
        if (!alone) {
            parsing_ = std::move(parsed.diagnostics);
            possible_ = parsing_.empty();
        }
        auto module = std::make_unique<Module>();
        module->directory = directory_;
        module->reads_anywhere = is_typed_;
        module->ast = std::make_shared<const Ast>(std::move(parsed.ast));
        module->is_main = true;
        return module;
    }

    /// Elaborates that declaration and those that depend on it. Tests have no name; their own names are looked up
    /// again.
    std::vector<std::string> again(size_t changed) {
        std::set<std::string> names{records_[changed].name()->text};
        std::vector<size_t> stale;
        for (size_t j = changed; j < records_.size(); ++j) {
            const Record& record = records_[j];
            const bool is_port = is_output(*record.declaration) && names.contains(record.name()->text);
            const bool depends = std::any_of(record.mentions.begin(), record.mentions.end(),
                                             [&](const std::string& name) { return names.contains(name); });
            if (j != changed && !depends && !is_port && record.name()) continue;
            stale.push_back(j);
            if (record.name()) names.insert(record.name()->text);
        }
        for (const size_t j : stale) {
            const ast::Name* name = records_[j].name();
            if (name && !is_port_only(*records_[j].declaration)) e_.modules().main->names.erase(name->text);
            if (name && is_output(*records_[j].declaration)) declarations_.forget_output(name->text);
        }
        std::vector<std::string> result;
        for (const size_t j : stale) {
            elaborate(records_[j]);
            if (const ast::Name* name = records_[j].name()) result.push_back(name->text);
        }
        return result;
    }

    void elaborate(Record& record) {
        Module& main = *e_.modules().main;
        Module& module = *record.module;
        const ast::Name* name = record.name();
        if (&module != &main) {  // a text of its own sees what the first declaration saw
            module.names = main.names;
            module.declared = main.declared;
            if (name) module.declared[name->text] = name->span;
        }
        record.first_node = e_.graph().size();
        const size_t outputs = e_.graph().outputs().size();
        declarations_.declare(module, *record.declaration, record.index);
        record.last_node = e_.graph().size();
        const auto made = e_.graph().outputs().subspan(outputs);
        record.outputs.assign(made.begin(), made.end());
        record.declared = std::exchange(e_.program().declared, {});
        record.reports = e_.reports().take();
        if (&module == &main || !name) return;
        if (const auto bound = module.names.find(name->text); bound != module.names.end())
            main.names.insert_or_assign(name->text, bound->second);
    }

    SourceMap& sources_;
    Evaluator e_;
    Declarations declarations_{e_};
    std::filesystem::path directory_;
    bool is_typed_;
    FileId file_{};
    Diagnostics parsing_;
    bool possible_ = true;
    std::vector<Record> records_;
};

Recheck::Recheck(SourceMap& sources, const ElaborateOptions& options, SourceText text)
    : impl_(std::make_unique<Impl>(sources, options, std::move(text))) {}
Recheck::~Recheck() = default;

std::optional<std::vector<std::string>> Recheck::replace(std::string declaration) {
    return impl_->replace(std::move(declaration));
}

Result<Program> Recheck::result() const { return impl_->result(); }

}  // namespace dal
