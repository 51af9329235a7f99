#include "dal/proof/graph_text.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace dal::proof {
namespace {

constexpr int64_t most_elements = int64_t{1} << 24;

/// One line.
class Cursor {
  public:
    Cursor(std::string_view text, size_t line, Budget& budget) : rest_(text), line_(line), budget_(budget) {}

    [[noreturn]] void fail(const std::string& problem) const {
        give_up("line " + std::to_string(line_) + " of the graph: " + problem);
    }
    bool accept(std::string_view token) {
        while (rest_.starts_with(' ')) rest_.remove_prefix(1);
        if (!rest_.starts_with(token)) return false;
        rest_.remove_prefix(token.size());
        return true;
    }
    [[nodiscard]] bool sees(std::string_view token) {
        accept("");
        return rest_.starts_with(token);
    }
    void expect(std::string_view token) {
        budget_.spend();
        if (!accept(token)) fail("`" + std::string(token) + "` is expected");
    }
    [[nodiscard]] bool at_end() {
        accept("");
        return rest_.empty();
    }
    std::string until(std::string_view mark) {
        const size_t length = rest_.find(mark);
        if (length == std::string_view::npos) fail("`" + std::string(mark) + "` is missing");
        std::string text(rest_.substr(0, length));
        rest_.remove_prefix(length + mark.size());
        return text;
    }
    std::string word() {
        accept("");
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        });
        std::string text(rest_.begin(), end);
        if (text.empty()) fail("a word is expected");
        rest_.remove_prefix(text.size());
        return text;
    }
    int64_t integer(int64_t least, int64_t most) {
        accept("");
        int64_t value = 0;
        const auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (problem != std::errc() || value < least || value > most) fail("a number is expected");
        rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
        return value;
    }
    /// "-0.40625", "3*2^100".
    Dyadic number() {
        budget_.spend();
        const bool negative = accept("-");
        const auto end =
            std::find_if_not(rest_.begin(), rest_.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
        const auto value = Rational::from_decimal(std::string_view(rest_.begin(), end));
        if (!value || !value->is_dyadic()) fail("a dyadic number is expected");
        rest_.remove_prefix(static_cast<size_t>(end - rest_.begin()));
        int64_t exponent = 0;
        if (rest_.starts_with("*2^")) {
            rest_.remove_prefix(3);
            exponent = integer(-far, far);
        }
        const Dyadic magnitude = value->numerator();
        return (negative ? -magnitude : magnitude).shifted(exponent);
    }
    template <class Item>
    void list(Item&& item, std::string_view open = "{", std::string_view close = "}") {
        expect(open);
        if (accept(close)) return;
        do item();
        while (accept(","));
        expect(close);
    }
    static constexpr int64_t far = 1 << 20;

  private:
    std::string_view rest_;
    size_t line_;
    Budget& budget_;
};

Format read_format(Cursor& at) {
    constexpr int near = 1 << 16;
    at.expect("fixed(");
    const bool k = at.integer(0, 1) == 1;
    at.expect(",");
    const int i = static_cast<int>(at.integer(-near, near));
    at.expect(",");
    Format format{Kif(k, i, static_cast<int>(at.integer(-near, near)))};
    while (at.accept(",")) {
        if (at.accept("round:")) {
            const auto round = round_from_string(at.word());
            if (!round) at.fail("no such rounding");
            format.round = *round;
        } else {
            at.expect("overflow:");
            const auto overflow = overflow_from_string(at.word());
            if (!overflow) at.fail("no such overflow");
            format.overflow = *overflow;
        }
    }
    at.expect(")");
    return format;
}

class GraphReader {
  public:
    GraphReader(GraphText& graph, Budget& budget) : graph_(graph), budget_(budget) {}

    void line(std::string_view text, size_t number) {
        Cursor at(text, number, budget_);
        if (at.at_end()) return;
        if (at.accept("output ")) {
            std::string name = at.until(" = %");
            graph_.outputs.emplace_back(std::move(name), known(at));
            return;
        }
        at.expect("%");
        if (at.integer(0, most_elements) != static_cast<int64_t>(graph_.nodes.size())) at.fail("a node is missing");
        GraphNode node;
        node.name = at.until("= ");
        while (node.name.starts_with(' ')) node.name.erase(0, 1);
        while (node.name.ends_with(' ')) node.name.pop_back();
        node.operation = at.word();
        while (at.accept("%")) node.operands.push_back(known(at));
        fields(at, node);
        shape(at, node);
        check(at, node);
        graph_.nodes.push_back(std::move(node));
    }

  private:
    uint32_t known(Cursor& at) const {
        return static_cast<uint32_t>(at.integer(0, static_cast<int64_t>(graph_.nodes.size()) - 1));
    }

    static void formats(Cursor& at, GraphNode& node) {
        if (at.sees("fixed"))
            node.formats.push_back(read_format(at));
        else
            at.list([&] { node.formats.push_back(read_format(at)); });
    }

    void fields(Cursor& at, GraphNode& node) {
        const std::string& name = node.operation;
        if (at.accept("from")) {
            node.operation = "move";
            at.list([&] { source(at, node); });
        } else if (name == "input") {
            node.real = at.accept("real");
            if (!node.real) formats(at, node);
        } else if (name == "constant") {
            at.list([&] { node.values.push_back(at.number()); });
            // What the numbers were quantized to changes nothing.
            if (at.accept("as")) {
                GraphNode ignored;
                formats(at, ignored);
            }
        } else if (name == "quantize") {
            formats(at, node);
        } else if (name == "einsum") {
            at.expect("\"");
            node.equation = at.until("\"");
        } else if (name == "shift") {
            node.amount = at.integer(-Cursor::far, Cursor::far);
        } else if (name == "table") {
            table(at, node);
        }
    }

    void source(Cursor& at, GraphNode& node) const {
        const auto operand = static_cast<uint32_t>(at.integer(0, most_elements));
        at.expect(":");
        const int64_t first = at.integer(0, most_elements);
        const int64_t last = at.accept("..") ? at.integer(first, most_elements) : first;
        if (operand >= node.operands.size()) at.fail("an operand that is not there");
        if (last >= graph_.nodes[node.operands[operand]].elements()) at.fail("an element that is not there");
        if (static_cast<int64_t>(node.sources.size()) + last - first > most_elements) at.fail("too many elements");
        for (int64_t element = first; element <= last; ++element) node.sources.emplace_back(operand, element);
    }

    static void table(Cursor& at, GraphNode& node) {
        at.expect("first");
        const auto first = at.number();
        if (first.exponent() < 0) at.fail("an integer is expected");
        node.first = first.code(0).value_or(Int(0));
        at.expect("step");
        at.expect("2^");
        node.f = -at.integer(-Cursor::far, Cursor::far);
        at.expect("size");
        node.size = at.integer(1, most_elements);
        at.list([&] { node.values.push_back(at.number()); });
        if (at.accept("which"))
            at.list([&] { node.which.push_back(static_cast<uint32_t>(at.integer(0, most_elements))); });
    }

    static void shape(Cursor& at, GraphNode& node) {
        at.expect(":");
        int64_t elements = 1;
        at.list(
            [&] {
                node.shape.push_back(at.integer(0, most_elements));
                elements *= node.shape.back();
                if (elements > most_elements) at.fail("too many elements");
            },
            "[", "]");
    }

    void check(Cursor& at, const GraphNode& node) const {
        static const std::map<std::string, size_t, std::less<>> operands = {
            {"input", 0},   {"constant", 0}, {"quantize", 1}, {"add", 2}, {"sub", 2},    {"mul", 2},
            {"shift", 1},   {"neg", 1},      {"relu", 1},     {"abs", 1}, {"min", 2},    {"max", 2},
            {"eq", 2},      {"ne", 2},       {"lt", 2},       {"le", 2},  {"select", 3}, {"table", 1},
            {"bit_and", 2}, {"bit_or", 2},   {"bit_xor", 2}};
        const auto count = static_cast<size_t>(node.elements());
        const auto found = operands.find(node.operation);
        if (found != operands.end() && found->second != node.operands.size()) at.fail("another number of operands");
        if (found == operands.end() && node.operation != "move" && node.operation != "einsum")
            at.fail("`" + node.operation + "` is not supported");
        const auto fits = [&](size_t size) { return size == count; };
        if (node.operation == "move" && !fits(node.sources.size())) at.fail("another number of sources");
        if (node.operation == "constant" && !fits(node.values.size())) at.fail("another number of values");
        const bool needs_formats = node.operation == "quantize" || (node.operation == "input" && !node.real);
        if (needs_formats && node.formats.size() != 1 && !fits(node.formats.size()))
            at.fail("another number of formats");
        if (node.operation != "table") return;
        const auto size = static_cast<size_t>(node.size);
        if (node.values.empty() || node.values.size() % size != 0) at.fail("a table that is not complete");
        if (!node.which.empty() && !fits(node.which.size())) at.fail("another number of choices");
        for (const uint32_t which : node.which)
            if (which >= node.values.size() / size) at.fail("a table that is not there");
    }

    GraphText& graph_;
    Budget& budget_;
};

}  // namespace

GraphText read_graph(std::string_view text, Budget& budget) {
    GraphText graph;
    GraphReader reader(graph, budget);
    for (size_t number = 1; !text.empty(); ++number) {
        const size_t length = std::min(text.find('\n'), text.size());
        reader.line(text.substr(0, length), number);
        text.remove_prefix(std::min(length + 1, text.size()));
    }
    return graph;
}

}  // namespace dal::proof
