#include "dal/report/check_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dal/infer/advice/ebops.hpp"
#include "dal/infer/demand/demand.hpp"
#include "dal/report/widths.hpp"

namespace dal::report {
namespace {

using Json = nlohmann::ordered_json;

Json place_of(const Span& span, const SourceMap& sources) {
    if (!span.known()) return nullptr;
    const SourceFile& file = sources.file(span.file);
    const auto position = file.position(span.begin);
    return {{"file", file.name()}, {"line", position.line}, {"column", position.column}};
}

/// k, i and f of each element.
class Formats {
  public:
    void add(const Kif& kif) {
        k_.push_back(kif.k ? 1 : 0);
        i_.push_back(kif.i);
        f_.push_back(kif.f);
    }
    void write(Json& entry) && {
        entry["k"] = std::move(k_);
        entry["i"] = std::move(i_);
        entry["f"] = std::move(f_);
    }

  private:
    std::vector<int> k_, i_, f_;
};

Json value_json(const NamedValue& value, const Graph& graph, const Demand& demand, const SourceMap& sources) {
    const Node& node = graph[value.node];
    const char* kind = std::holds_alternative<op::Input>(node.operation) ? "input" : "value";
    Json entry{{"name", value.name}, {"kind", kind}, {"shape", node.shape}, {"type", type_text(node)}};
    entry["where"] = place_of(value.span, sources);
    if (node.real) return entry;
    Formats formats;
    Json min = Json::array();
    Json max = Json::array();
    for (const Interval& range : node.range) {
        formats.add(range.kif());
        min.push_back(range.min().to_string());
        max.push_back(range.max().to_string());
    }
    Json seen = Json::array();
    for (size_t element = 0; element < node.range.size(); ++element) {
        const int64_t bits = demand.of(value.node, static_cast<int64_t>(element)).count();
        seen.push_back(std::min<int64_t>(bits, node.range[element].width()));
    }
    std::move(formats).write(entry);
    entry["min"] = std::move(min);
    entry["max"] = std::move(max);
    entry["bits_seen"] = std::move(seen);
    return entry;
}

Json constant_json(const NamedConstant& constant, const SourceMap& sources) {
    const Constant& value = constant.value;
    Json entry{{"name", constant.name}, {"kind", "constant"}, {"shape", value.shape}};
    entry["where"] = place_of(constant.span, sources);
    if (value.formats) {
        Formats formats;
        for (int64_t element = 0; element < value.size(); ++element) formats.add(value.formats->at(element).kif);
        std::move(formats).write(entry);
    }
    Json values = Json::array();
    for (const Rational& number : *value.values) values.push_back(number.to_string());
    entry["values"] = std::move(values);
    return entry;
}

Json types_json(const Program& program, const SourceMap& sources) {
    const Demand demand(program.graph);
    std::vector<std::pair<Span, Json>> found;
    for (const NamedValue& value : program.values)
        found.emplace_back(value.span, value_json(value, program.graph, demand, sources));
    for (const NamedConstant& constant : program.constants)
        found.emplace_back(constant.span, constant_json(constant, sources));
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return std::pair(a.first.file, a.first.begin) < std::pair(b.first.file, b.first.begin);
    });
    Json values = Json::array();
    for (auto& [span, entry] : found) values.push_back(std::move(entry));
    return values;
}

/// As text: counts have no bound, and means no finite decimal.
Json ebops_json(const Graph& graph, const SourceMap& sources, BiasTerm bias) {
    Json layers = Json::array();
    Rational total;
    for (const LayerEbops& layer : count_ebops(graph, bias)) {
        const Node& node = graph[layer.node];
        layers.push_back({{"operation", operation_name(node.operation)},
                          {"products", layer.products.to_string()},
                          {"bias", ebops_text(layer.bias_term)},
                          {"additions", ebops_text(layer.additions)},
                          {"ebops", ebops_text(layer.total())},
                          {"where", place_of(node.place(), sources)}});
        total = total + layer.total();
    }
    return {{"bias_term", bias == BiasTerm::inputs ? "inputs" : "outputs"},
            {"layers", std::move(layers)},
            {"total", ebops_text(total)}};
}

Json widths_json(const Program& program, const SourceMap& sources) {
    Json values = Json::array();
    for (const Widths& value : collect_widths(program, sources))
        values.push_back({{"name", value.name},
                          {"type", value.type},
                          {"where", value.place},
                          {"bits", value.bits()},
                          {"elements_of_width", value.elements}});
    return values;
}

}  // namespace

std::string check_json(const Program& program, const SourceMap& sources, const CheckParts& parts) {
    Json result = Json::object();
    if (parts.types || (!parts.ebops && !parts.widths)) result["values"] = types_json(program, sources);
    if (parts.ebops) result["ebops"] = ebops_json(program.graph, sources, *parts.ebops);
    if (parts.widths) result["widths"] = widths_json(program, sources);
    return result.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);  // files have any names
}

}  // namespace dal::report
