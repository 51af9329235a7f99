// dal explain: why does this element have the bits that it has?
#include "dal/infer/explain/explain.hpp"

#include <algorithm>
#include <cstdio>

#include "dal/cli/commands.hpp"
#include "dal/cli/program.hpp"
#include "dal/infer/advice/ebops.hpp"
#include "dal/infer/explain/explain_seen.hpp"
#include "dal/support/printable.hpp"

namespace dal::cli {
namespace {

/// "h1[3]" or "h1[1, 2]": the name, and the indices as typed.
struct Place {
    std::string name;
    std::vector<int64_t> index;
};
std::optional<Place> parse_place(const std::string& text) {
    const size_t open = text.find('[');
    Place place{text.substr(0, open), {}};
    if (open == std::string::npos) return place;
    if (text.back() != ']') return std::nullopt;
    std::string digits;
    for (const char c : text.substr(open + 1, text.size() - open - 2) + ",") {
        if (c == ' ') continue;
        if (c != ',') {
            digits += c;
            continue;
        }
        const auto number = Int::from_decimal(digits);
        if (!number || number->is_negative() || !number->fits_int64()) return std::nullopt;
        place.index.push_back(number->to_int64());
        digits.clear();
    }
    return place;
}

/// Row-major position; nothing if the index is not one of the shape.
std::optional<int64_t> element_at(const Shape& shape, const std::vector<int64_t>& index) {
    if (index.size() != shape.size()) return std::nullopt;
    int64_t element = 0;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
        if (index[axis] >= shape[axis]) return std::nullopt;
        element = element * shape[axis] + index[axis];
    }
    return element;
}

/// The element with the most bits.
int64_t widest(const Node& node) {
    const auto narrower = [](const Interval& a, const Interval& b) { return a.width() < b.width(); };
    return node.range.empty() ? 0
                              : std::max_element(node.range.begin(), node.range.end(), narrower) - node.range.begin();
}

/// Of a product or its bias, or of an addition: what the whole tensor counts.
void print_ebops(const std::vector<LayerEbops>& layers, NodeId id) {
    for (const LayerEbops& layer : layers) {
        if (layer.node != id && layer.bias != id) continue;
        const bool both = layer.bias && layer.node != *layer.bias;
        std::printf("  %s EBOPs%s\n", ebops_text(layer.total()).c_str(), both ? ", product and bias" : "");
    }
}

void print_chain(const Graph& graph, const SourceMap& sources, NodeId id, int64_t element) {
    const std::vector<LayerEbops> layers = count_ebops(graph);
    for (const Explanation& step : explain(graph, id, element)) {
        const Node& node = graph[step.node];
        std::printf("%s\n", step.what.c_str());
        if (!node.real) {
            const Interval& range = node.range[static_cast<size_t>(step.element)];
            std::printf("  %s: %s\n", range.kif().to_string().c_str(), range.shown().c_str());
        }
        std::printf("  %s\n", step.rule.c_str());
        if (node.place().known()) std::printf("  %s\n", sources.describe(node.place()).c_str());
        print_ebops(layers, step.node);
    }
    std::fputs(explain_seen(graph, Demand(graph), id, element, sources).c_str(), stdout);
}

/// Why there is nothing to explain about a name.
std::string no_value(const std::string& file, const Program& program, const std::string& name) {
    const FoundName& found = program.found;
    const bool complete = found.path == name;
    const std::string what = "`" + found.path + "` is " + found.kind;
    if (found.kind.empty()) {
        std::vector<std::string> known;
        for (const NamedValue& value : program.values) known.push_back(value.name);
        for (const NamedFormat& format : program.formats) known.push_back(format.name);
        return file + " has no value `" + name + "`; it has " + (known.empty() ? "nothing" : listed(known));
    }
    if (found.kind == "a function")
        return what + (complete ? "" : ", and what it names is made anew by each call") +
               "; name the result of a call, `let v = " + found.path + "(…)`, and explain `v`";
    if (found.kind == "a module")
        return (complete ? what : what + ", and has no name `" + name.substr(found.path.size() + 1) + "`") +
               "; it has " + (found.members.empty() ? "nothing" : listed(found.members));
    return what + "; values, constants, parameters and tables can be explained";
}

int print_format(const NamedFormat& format, const Place& place, const std::string& written, const SourceMap& sources) {
    std::optional<int64_t> element;
    if (!place.index.empty() && !format.is_table) element = element_at(format.shape, place.index);
    if (!place.index.empty() && !element) {
        std::fprintf(stderr, "`%s` has no element `%s`; %s %s\n", format.name.c_str(), written.c_str(),
                     format.is_table ? "a table has one format, of" : "its shape is", to_string(format.shape).c_str());
        return exit_usage;
    }
    std::fputs(explain_format(format, element, sources).c_str(), stdout);
    return exit_ok;
}

}  // namespace

int explain_command(const ExplainOptions& options, const CommonOptions& common) {
    Console console(common);
    const auto place = parse_place(options.value);
    if (!place) {
        std::fprintf(stderr, "`%s` is not a name with an index; write `h1`, `h1[3]`, `h1[1, 2]` or `module.name`\n",
                     options.value.c_str());
        return exit_usage;
    }
    auto program = load_program(console, options.program, {.constants = true, .find = place->name});
    console.clear_progress();
    if (!program) return console.report(program.error());
    const auto& values = program->values;
    const auto named =
        std::find_if(values.begin(), values.end(), [&](const NamedValue& value) { return value.name == place->name; });
    if (named == values.end()) {
        if (program->found.format)
            return print_format(*program->found.format, *place, options.value, console.sources());
        std::fprintf(stderr, "%s\n", printable(no_value(options.program, *program, place->name)).c_str());
        return exit_usage;
    }
    const Node& node = program->graph[named->node];
    const auto element =
        place->index.empty() ? std::optional<int64_t>(widest(node)) : element_at(node.shape, place->index);
    if (!element) {
        std::fprintf(stderr, "`%s` has no element `%s`; its shape is %s\n", place->name.c_str(), options.value.c_str(),
                     to_string(node.shape).c_str());
        return exit_usage;
    }
    print_chain(program->graph, console.sources(), named->node, *element);
    return exit_ok;
}

}  // namespace dal::cli
