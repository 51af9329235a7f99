#include "dal/sema/names/summaries.hpp"

#include <algorithm>

#include "dal/sema/builtins/builtins.hpp"
#include "dal/sema/names/archive_members.hpp"
#include "dal/support/overloaded.hpp"
#include "dal/syntax/documentation.hpp"

namespace dal::sema {
namespace {

/// "fixed(1, 3, 4)"; of different formats the first and how many there are.
std::string format_text(const Formats& formats) {
    const auto& list = *formats.formats;
    const bool same = std::all_of(list.begin(), list.end(), [&](const Format& f) { return f == list.front(); });
    if (formats.shape.empty()) return list.front().to_string();
    return (same ? list.front().to_string() : list.front().to_string() + " …") + to_string(formats.shape);
}

std::vector<std::string> sorted(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    return names;
}

std::string extents(const Shape& shape) { return shape.empty() ? "a scalar" : to_string(shape); }

std::string real_text(const RealTensor& tensor) {
    constexpr int64_t most = 16;
    std::string text;
    for (int64_t element = 0; element < std::min(tensor.size(), most); ++element)
        text += (element > 0 ? ", " : "") + tensor.at(element).to_string();
    if (tensor.is_scalar()) return text;
    return "[" + text + (tensor.size() > most ? ", …]" : "]") +
           (tensor.shape.size() > 1 ? to_string(tensor.shape) : "");
}

class Summarize {
  public:
    Summarize(const SourceMap& sources, const Graph& graph) : sources_(sources), graph_(graph) {}

    NameSummary operator()(const std::string& name, const Value& value) const {
        NameSummary summary{name, std::string(kind_of(value)), "", "", {}, {}};
        std::visit(Overloaded{
                       [](const Poison&) {},
                       [](const RealType&) {},
                       [](const AnyType&) {},
                       [](const Dependent&) {},
                       [&](const Constant& v) { summary.text = extents(v.shape); },
                       [&](const Variable& v) { summary.text = extents(graph_[v.node].shape); },
                       [&](const RealTensor& v) { summary.text = real_text(v); },
                       [&](const Formats& v) {
                           summary.text = format_text(v);
                           summary.members = {"f", "i", "k", "max", "min", "step", "width"};
                       },
                       [&](const Text& v) { summary.text = "\"" + v.text + "\""; },
                       [&](const Function& v) { function(v, summary); },
                       [&](const Builtin* v) {
                           summary.text = v->signature();
                           summary.doc = v->doc;
                       },
                       [&](const TableRef& v) { table(*v, summary); },
                       [&](const Module* v) { module(*v, summary); },
                       [&](const Members& v) { archive(v, summary); },
                       [&](const List& v) { list(v, summary); },
                       [&](const Round& v) { summary.text = to_string(v); },
                       [&](const Overflow& v) { summary.text = to_string(v); },
                       [&](const Place& v) { summary.text = place_name(v); },
                   },
                   value);
        return summary;
    }

  private:
    void function(const Function& function, NameSummary& summary) const {
        const Ast& ast = *function.module->ast;
        const Span& name = function.fn->name.span;
        const Span body = ast[function.fn->body].span;
        summary.text = "fn " + one_line(sources_.text({name.file, name.begin, body.begin}));
        summary.doc = comments_above(sources_.file(name.file), ast, name.begin);
    }

    static void table(const Table& table, NameSummary& summary) {
        std::string parameters;
        for (const Table::Parameter& p : table.parameters)
            parameters += (parameters.empty() ? "" : ", ") + p.name + ": " + p.kif.to_string();
        const auto& entries = *table.entries;
        const auto [low, high] = std::minmax_element(entries.begin(), entries.end());
        summary.text = "table " + table.name + "(" + parameters + "), " + std::to_string(entries.size()) +
                       (entries.size() == 1 ? " entry in [" : " entries in [") + low->to_string() + ", " +
                       high->to_string() + "]";
    }

    static void module(const Module& module, NameSummary& summary) {
        for (const auto& [name, binding] : module.names)
            if (!is_poison(binding.value)) summary.members.push_back(name);
        summary.members = sorted(std::move(summary.members));
        summary.text = module.name;
    }

    static void archive(const Members& of, NameSummary& summary) {
        for (const std::string& name : names_in(of)) {
            summary.members.push_back(name);
            const auto info = of.archive->content.info(find_member(of, name).names.front());
            summary.doc += (summary.doc.empty() ? "" : "\n") + name + ": ";
            if (!info)
                summary.doc += "damaged";
            else
                summary.doc += std::string(to_string(info->type)) + (info->shape.empty() ? "" : to_string(info->shape));
        }
        summary.text = of.archive->file + (of.prefix.empty() ? "" : ", `" + of.prefix + "`");
    }

    void list(const List& list, NameSummary& summary) const {
        const auto& items = list.items->items;
        summary.text = std::to_string(items.size()) + (items.size() == 1 ? " item" : " items");
        constexpr size_t most = 16;
        for (size_t j = 0; j < std::min(most, items.size()); ++j) {
            const NameSummary item = (*this)("", items[j].value);
            summary.doc += (j > 0 ? "\n" : "") + std::to_string(j) + ": " + item.kind +
                           (item.text.empty() ? "" : ", " + item.text);
        }
        if (items.size() > most) summary.doc += "\n…";
    }

    const SourceMap& sources_;
    const Graph& graph_;
};

}  // namespace

std::vector<NameSummary> summaries(const SourceMap& sources, const Program& program, const Module& main) {
    const Summarize summarize(sources, program.graph);
    std::vector<NameSummary> result;
    for (const auto& [name, binding] : main.names)
        if (!is_poison(binding.value)) {
            result.push_back(summarize(name, binding.value));
            result.back().span = binding.span;
        }
    for (const NamedFormat& format : program.formats) {
        if (!format.is_table || format.numbers || format.state != FormatState::by_default) continue;
        for (NameSummary& summary : result)
            if (summary.span == format.span)
                summary.text = summary.text.substr(0, summary.text.rfind(" in [")) + ", without a format yet";
    }
    std::sort(result.begin(), result.end(), [](const NameSummary& a, const NameSummary& b) { return a.name < b.name; });
    return result;
}

FoundName found_name(const std::string& path, const SourceMap& sources, const Program& program, const Module& main) {
    FoundName result;
    const Value* value = nullptr;
    const Module* module = &main;
    for (size_t begin = 0; module && begin <= path.size();) {
        const size_t end = std::min(path.find('.', begin), path.size());
        const auto known = module->names.find(path.substr(begin, end - begin));
        if (known == module->names.end()) return result;
        value = &known->second.value;
        result = {path.substr(0, end), std::string(kind_of(*value)), {}, known->second.span, std::nullopt};
        const auto* inner = std::get_if<const Module*>(value);
        module = inner ? *inner : nullptr;
        if (module) result.members = Summarize(sources, program.graph)("", *value).members;
        begin = end + 1;
    }
    if (result.path != path) return result;
    for (const std::vector<NamedFormat>* list : {&program.formats, &program.module_formats})
        for (const NamedFormat& format : *list)
            if (format.span == result.span) result.format = format;
    const auto* constant = std::get_if<Constant>(value);
    if (!result.format && constant) {
        result.format.emplace();
        result.format->span = result.span;
        result.format->shape = constant->shape;
        if (is_dyadic(*constant)) result.format->numbers = *constant;
    }
    if (result.format) result.format->name = path;
    return result;
}

}  // namespace dal::sema
