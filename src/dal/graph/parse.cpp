#include "dal/graph/parse.hpp"

#include <charconv>
#include <limits>

#include "dal/support/codes/syntax_codes.hpp"

namespace dal {
namespace {

/// A line that cannot be read; caught by parse_graph.
struct BadLine {
    std::string problem;
};

/// Reads one line from left to right. Every function throws BadLine if the text is not what it asks for.
class Cursor {
  public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool at_end() {
        skip_spaces();
        return rest_.empty();
    }
    [[nodiscard]] bool sees(std::string_view token) {
        skip_spaces();
        return rest_.starts_with(token);
    }
    bool accept(std::string_view token) {
        if (!sees(token)) return false;
        rest_.remove_prefix(token.size());
        return true;
    }
    void expect(std::string_view token) {
        if (!accept(token)) fail("`" + std::string(token) + "` is expected");
    }
    /// Letters, digits and `_`.
    std::string word() {
        skip_spaces();
        const size_t length = std::min(rest_.size(), rest_.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"
                                                                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"));
        if (length == 0) fail("a word is expected");
        return take(length);
    }
    /// Everything up to `mark`, which is dropped; spaces around are not part of it.
    std::string until(std::string_view mark) {
        skip_spaces();
        const size_t length = rest_.find(mark);
        if (length == std::string_view::npos) fail("`" + std::string(mark) + "` is missing");
        std::string text = take(length);
        rest_.remove_prefix(mark.size());
        while (text.ends_with(' ')) text.pop_back();
        return text;
    }
    template <class Number>
    Number integer(Number least = std::numeric_limits<Number>::min(),
                   Number most = std::numeric_limits<Number>::max()) {
        skip_spaces();
        Number value{};
        const auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (problem != std::errc() || value < least || value > most) fail("a number is expected, and one in range");
        rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
        return value;
    }
    Int any_integer() {
        skip_spaces();
        const size_t sign = rest_.starts_with('-') ? 1 : 0;
        const auto value = Int::from_decimal(take(digits(sign)));
        if (!value) fail("an integer is expected");
        return *value;
    }
    /// "-0.40625", "3*2^100".
    Dyadic number() {
        skip_spaces();
        const bool negative = accept_here('-');
        size_t length = digits(0);
        if (length < rest_.size() && rest_[length] == '.') length = digits(length + 1);
        if (length > most_digits) fail("a number with more than " + std::to_string(most_digits) + " digits");
        const auto value = Rational::from_decimal(take(length));
        if (!value || !value->is_dyadic()) fail("a dyadic number is expected");
        const Dyadic magnitude = value->numerator();
        int64_t exponent = 0;
        if (rest_.starts_with("*2^")) {
            rest_.remove_prefix(3);
            exponent = integer<int64_t>(-farthest, farthest);
        }
        return (negative ? -magnitude : magnitude).shifted(exponent);
    }
    /// "{a, b}", each read by `item`.
    template <class Item>
    void list(Item&& item, std::string_view open = "{", std::string_view close = "}") {
        expect(open);
        if (accept(close)) return;
        do item();
        while (accept(","));
        expect(close);
    }
    /// "2^-3" as 3: the binary point of a step.
    int step() {
        expect("2^");
        return -integer<int>(-near, near);
    }
    int small() { return integer<int>(-near, near); }

    [[noreturn]] void fail(const std::string& problem) const {
        constexpr size_t shown = 30;
        const std::string here(rest_.substr(0, shown));
        throw BadLine{problem + (here.empty() ? " at the end" : " at `" + here + "`")};
    }

  private:
    static constexpr int near = 1 << 28;
    static constexpr int64_t farthest = int64_t{1} << 40;
    static constexpr size_t most_digits = 10'000;

    void skip_spaces() {
        while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    }
    bool accept_here(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] size_t digits(size_t from) const {
        while (from < rest_.size() && rest_[from] >= '0' && rest_[from] <= '9') ++from;
        return from;
    }
    std::string take(size_t length) {
        std::string text(rest_.substr(0, length));
        rest_.remove_prefix(length);
        return text;
    }

    std::string_view rest_;
};

/// Of one tensor; more is refused before it takes memory.
constexpr int64_t most_elements = int64_t{1} << 28;

class GraphParser {
  public:
    void line(std::string_view text) {
        Cursor at(text);
        if (at.at_end()) return;
        if (at.accept("output ")) {
            std::string name = at.until(" = %");
            const NodeId node = node_id(at);
            if (!at.at_end()) at.fail("the line should end");
            graph_.output(std::move(name), node, {});
            return;
        }
        node(at);
    }
    Graph take() { return std::move(graph_); }

  private:
    void node(Cursor& at) {
        at.expect("%");
        if (at.integer<uint32_t>() != graph_.size())
            at.fail("nodes are numbered from 0 on without gaps; this number is not next");
        std::string name = at.until("= ");
        const std::string operation = at.word();
        std::vector<NodeId> operands;
        while (at.accept("%")) operands.push_back(node_id(at));
        const NodeId id = build(at, operation, std::move(operands), name);
        if (!has_shape_) {
            const Shape written = shape_after_colon(at);
            const Shape& found = graph_[id].shape;
            if (written != found) at.fail("the shape is " + to_string(found) + ", not " + to_string(written));
        }
        has_shape_ = false;
        if (!at.at_end() && !at.accept("in ")) at.fail("a range or the end of the line is expected");
        graph_[id].name = std::move(name);
    }

    NodeId node_id(Cursor& at) const {
        const auto id = at.integer<uint32_t>();
        if (id >= graph_.size()) at.fail("node %" + std::to_string(id) + " is not above");
        return NodeId{id};
    }

    /// ": [2, 3]"; the number of elements is bounded.
    Shape shape_after_colon(Cursor& at) {
        at.expect(":");
        has_shape_ = true;
        return shape(at);
    }
    static Shape shape(Cursor& at) {
        Shape shape;
        int64_t elements = 1;
        at.list(
            [&] {
                shape.push_back(at.integer<int64_t>(0, most_elements));
                if (shape.back() > 0 && elements > most_elements / shape.back()) at.fail("too many elements");
                elements *= std::max<int64_t>(shape.back(), 1);
            },
            "[", "]");
        return shape;
    }

    static Format format(Cursor& at) {
        at.expect("fixed(");
        const int k = at.integer<int>(0, 1);
        at.expect(",");
        const int i = at.small();
        at.expect(",");
        Format format{Kif(k == 1, i, at.small())};
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

    static FormatMap formats(Cursor& at) {
        if (!at.sees("{")) return format(at);
        std::vector<Format> list;
        at.list([&] { list.push_back(format(at)); });
        return FormatMap(std::move(list));
    }

    /// What the builder says is wrong.
    static NodeId built(const Cursor& at, Result<NodeId> result) {
        if (!result) at.fail(result.error().front().message);
        return *result;
    }

    NodeId build(Cursor& at, const std::string& name, std::vector<NodeId> operands, const std::string& node_name) {
        if (at.accept("from ")) return move(at, name, std::move(operands));
        const auto need = [&](size_t count) {
            if (operands.size() != count) at.fail("`" + name + "` has " + std::to_string(count) + " operands");
        };
        if (name == "input") {
            need(0);
            const bool real = at.accept("real");
            op::Input port{.real = real, .formats = real ? FormatMap() : formats(at)};
            Shape shape = shape_after_colon(at);
            if (!port.formats.is_uniform() && static_cast<int64_t>(port.formats.size()) != element_count(shape))
                at.fail(std::to_string(port.formats.size()) + " formats");
            return graph_.input(node_name, std::move(shape), std::move(port), {});
        }
        if (name == "constant") {
            need(0);
            std::vector<Dyadic> values;
            at.list([&] { values.push_back(at.number()); });
            std::optional<FormatMap> quantized;
            if (at.accept("as ")) quantized = formats(at);
            Shape shape = shape_after_colon(at);
            if (static_cast<int64_t>(values.size()) != element_count(shape))
                at.fail(std::to_string(values.size()) + " values");
            if (quantized && !quantized->is_uniform() && quantized->size() != values.size())
                at.fail(std::to_string(quantized->size()) + " formats");
            return graph_.constant(std::move(shape), std::move(values), {}, std::move(quantized));
        }
        if (name == "einsum") {
            at.expect("\"");
            auto spec = parse_einsum(at.until("\""), {});
            if (!spec) at.fail(spec.error().front().message);
            return built(at, graph_.einsum(std::move(*spec), std::move(operands), {}));
        }
        if (name == "select") {
            need(3);
            return built(at, graph_.select(operands[0], operands[1], operands[2], {}));
        }
        for (const Relation relation : {Relation::eq, Relation::ne, Relation::lt, Relation::le})
            if (name == to_string(relation)) {
                need(2);
                return built(at, graph_.compare(relation, operands[0], operands[1], {}));
            }
        for (const BitFunction function : {BitFunction::bit_and, BitFunction::bit_or, BitFunction::bit_xor})
            if (name == to_string(function)) {
                need(2);
                return built(at, graph_.bitwise(function, operands[0], operands[1], {}));
            }
        using Binary = Result<NodeId> (Graph::*)(NodeId, NodeId, const Span&);
        constexpr std::pair<std::string_view, Binary> binary[] = {{"add", &Graph::add},
                                                                  {"sub", &Graph::sub},
                                                                  {"mul", &Graph::mul},
                                                                  {"min", &Graph::min},
                                                                  {"max", &Graph::max}};
        for (const auto& [word, function] : binary)
            if (name == word) {
                need(2);
                return built(at, (graph_.*function)(operands[0], operands[1], {}));
            }
        using Unary = NodeId (Graph::*)(NodeId, const Span&);
        constexpr std::pair<std::string_view, Unary> unary[] = {
            {"neg", &Graph::neg}, {"relu", &Graph::relu}, {"abs", &Graph::abs}};
        for (const auto& [word, function] : unary)
            if (name == word) {
                need(1);
                return (graph_.*function)(operands[0], {});
            }
        if (name == "quantize") {
            need(1);
            return built(at, graph_.quantize(operands[0], formats(at), {}));
        }
        if (name == "shift") {
            need(1);
            return graph_.shift(operands[0], at.integer<int>(), {});
        }
        if (name == "table") {
            need(1);
            return table(at, operands[0]);
        }
        at.fail("there is no operation `" + name + "`");
    }

    NodeId move(Cursor& at, const std::string& name, std::vector<NodeId> operands) {
        std::vector<Source> sources;
        at.list([&] {
            const auto operand = at.integer<uint32_t>();
            if (operand >= operands.size()) at.fail("there is no operand " + std::to_string(operand));
            const int64_t elements = graph_[operands[operand]].size();
            at.expect(":");
            const auto first = at.integer<int64_t>();
            const auto last = at.accept("..") ? at.integer<int64_t>() : first;
            if (first < 0 || last < first || last >= elements)
                at.fail("operand " + std::to_string(operand) + " has " + std::to_string(elements) + " elements");
            if (static_cast<int64_t>(sources.size()) + (last - first) > most_elements) at.fail("too many elements");
            for (int64_t element = first; element <= last; ++element) sources.push_back({operand, element});
        });
        Shape shape = shape_after_colon(at);
        if (static_cast<int64_t>(sources.size()) != element_count(shape))
            at.fail(std::to_string(sources.size()) + " sources");
        return graph_.move(name, std::move(shape), std::move(sources), std::move(operands), {});
    }

    NodeId table(Cursor& at, NodeId x) {
        op::Table table;
        at.expect("first");
        table.first = at.any_integer();
        at.expect("step");
        table.f = at.step();
        at.expect("size");
        table.size = at.integer<int64_t>(1);
        std::vector<Dyadic> entries;
        at.list([&] { entries.push_back(at.number()); });
        const auto size = static_cast<int64_t>(entries.size());
        if (size == 0 || size % table.size != 0) at.fail(std::to_string(size) + " entries");
        if (at.accept("which"))
            at.list([&] {
                table.which.push_back(at.integer<uint32_t>());
                if (table.which.back() >= size / table.size) at.fail("no such table");
            });
        if (!table.which.empty() && static_cast<int64_t>(table.which.size()) != graph_[x].size())
            at.fail(std::to_string(table.which.size()) + " choices of a table");
        table.entries = std::make_shared<const std::vector<Dyadic>>(std::move(entries));
        return graph_.table(std::move(table), x, {});
    }

    Graph graph_;
    bool has_shape_ = false;  // the shape has been read before the node was made
};

}  // namespace

Result<Graph> parse_graph(std::string_view text) {
    GraphParser parser;
    for (int64_t number = 1; !text.empty(); ++number) {
        const size_t length = std::min(text.find('\n'), text.size());
        try {
            parser.line(text.substr(0, length));
        } catch (const BadLine& bad) {
            return failure(
                error(code::syntax_error, {}, "line " + std::to_string(number) + " of a graph: " + bad.problem));
        }
        text.remove_prefix(std::min(length + 1, text.size()));
    }
    return parser.take();
}

}  // namespace dal
