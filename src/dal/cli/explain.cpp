// dal explain: why does this element have the bits that it has?
#include "dal/infer/explain.hpp"

#include <algorithm>
#include <cstdio>

#include "dal/cli/commands.hpp"
#include "dal/cli/program.hpp"

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

void print_chain(const Graph& graph, const SourceMap& sources, NodeId id, int64_t element) {
    for (const Explanation& step : explain(graph, id, element)) {
        const Node& node = graph[step.node];
        std::printf("%s\n", step.what.c_str());
        if (!node.real) {
            const Interval& range = node.range[static_cast<size_t>(step.element)];
            std::printf("  %s: %s\n", range.kif().to_string().c_str(), range.to_string().c_str());
        }
        std::printf("  %s\n", step.rule.c_str());
        if (node.place().known()) std::printf("  %s\n", sources.describe(node.place()).c_str());
    }
    if (graph[id].real) return;
    const std::string saving = what_saves_a_bit(graph[id].range[static_cast<size_t>(element)]);
    if (!saving.empty()) std::printf("one bit less: %s\n", saving.c_str());
}

}  // namespace

int explain_command(const ExplainOptions& options, const CommonOptions& common) {
    Console console(common);
    const auto place = parse_place(options.value);
    if (!place) {
        std::fprintf(stderr, "`%s` is not a name with an index; write `h1`, `h1[3]` or `h1[1, 2]`\n",
                     options.value.c_str());
        return exit_usage;
    }
    auto program = load_program(console, options.program);
    console.clear_progress();
    if (!program) return console.report(program.error());
    const auto& values = program->values;
    const auto named =
        std::find_if(values.begin(), values.end(), [&](const NamedValue& value) { return value.name == place->name; });
    if (named == values.end()) {
        std::string known;
        for (const NamedValue& value : values) known += (known.empty() ? "`" : ", `") + value.name + "`";
        std::fprintf(stderr, "%s has no value `%s`; it has %s\n", options.program.c_str(), place->name.c_str(),
                     known.c_str());
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
