#include "dal/graph/parse.hpp"

#include <charconv>
#include <limits>

#include "dal/graph/limits.hpp"
#include "dal/graph/op_info.hpp"
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

/// "fixed(1, 3, 4, round: rnd)".
Format read_format(Cursor& at) {
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

/// Reads the fields of an operation (graph/op_info.hpp) as print writes them.
class FieldReader {
  public:
    FieldReader(Cursor& at, std::span<const int64_t> operand_sizes) : at_(at), operand_sizes_(operand_sizes) {}

    void operator()(const char* label, auto& field) {
        at_.expect(label);
        read(field);
    }
    void point(const char* label, int& f) {
        at_.expect(label);
        f = at_.step();
    }
    void if_any(const char* label, std::optional<FormatMap>& formats) {
        if (at_.accept(label)) read(formats.emplace());
    }
    void if_any(const char* label, std::vector<uint32_t>& which) {
        if (at_.accept(label)) at_.list([&] { which.push_back(at_.integer<uint32_t>()); });
    }

  private:
    void read(int& number) { number = at_.integer<int>(); }
    void read(int64_t& number) { number = at_.integer<int64_t>(); }
    void read(Int& number) { number = at_.any_integer(); }
    void read(op::Input& port) {
        port.real = at_.accept("real");
        if (!port.real) read(port.formats);
    }
    void read(FormatMap& formats) {
        if (!at_.sees("{")) {
            formats = read_format(at_);
            return;
        }
        std::vector<Format> list;
        at_.list([&] { list.push_back(read_format(at_)); });
        formats = FormatMap(std::move(list));
    }
    void read(std::vector<Dyadic>& values) {
        at_.list([&] { values.push_back(at_.number()); });
    }
    void read(std::shared_ptr<const std::vector<Dyadic>>& values) {
        std::vector<Dyadic> list;
        read(list);
        values = std::make_shared<const std::vector<Dyadic>>(std::move(list));
    }
    void read(EinsumSpec& spec) {
        at_.expect("\"");
        auto parsed = parse_einsum(at_.until("\""), {});
        if (!parsed) at_.fail(parsed.error().front().message);
        spec = std::move(*parsed);
    }
    void read(std::vector<Source>& sources) {
        at_.list([&] {
            const auto operand = at_.integer<uint32_t>();
            if (operand >= operand_sizes_.size()) at_.fail("there is no operand " + std::to_string(operand));
            const int64_t elements = operand_sizes_[operand];
            at_.expect(":");
            const auto first = at_.integer<int64_t>();
            const auto last = at_.accept("..") ? at_.integer<int64_t>() : first;
            if (first < 0 || last < first || last >= elements)
                at_.fail("operand " + std::to_string(operand) + " has " + std::to_string(elements) + " elements");
            if (static_cast<int64_t>(sources.size()) + (last - first) > most_elements) at_.fail("too many elements");
            for (int64_t element = first; element <= last; ++element) sources.push_back({operand, element});
        });
    }

    Cursor& at_;
    std::span<const int64_t> operand_sizes_;
};

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
        const NodeId id = build(at, operation, std::move(operands));
        if (!at.at_end() && !at.accept("in ")) at.fail("a range or the end of the line is expected");
        graph_[id].name = std::move(name);
    }

    NodeId build(Cursor& at, const std::string& name, std::vector<NodeId> operands) {
        std::optional<Operation> operation = operation_named(name);
        if (at.sees("from ")) operation = op::Move{.name = name, .sources = {}};
        if (!operation) at.fail("there is no operation `" + name + "`");
        const int count = info_of(*operation).operands;
        if (count != OpInfo::any_number && operands.size() != static_cast<size_t>(count))
            at.fail("`" + name + "` has " + std::to_string(count) + " operands");
        std::vector<Shape> shapes;
        std::vector<int64_t> sizes;
        for (const NodeId operand : operands) {
            shapes.push_back(graph_[operand].shape);
            sizes.push_back(graph_[operand].size());
        }
        FieldReader fields(at, sizes);
        std::visit([&](auto& one) { each_field(one, fields); }, *operation);
        const Shape written = shape_after_colon(at);
        const auto found = result_shape(*operation, shapes, written, {});
        if (!found) at.fail(found.error().front().message);
        if (written != *found) at.fail("the shape is " + to_string(*found) + ", not " + to_string(written));
        if (const std::string problem = misfit(*operation, sizes, element_count(written)); !problem.empty())
            at.fail(problem);
        return graph_.make(std::move(*operation), std::move(operands), {}, written).value();
    }

    NodeId node_id(Cursor& at) const {
        const auto id = at.integer<uint32_t>();
        if (id >= graph_.size()) at.fail("node %" + std::to_string(id) + " is not above");
        return NodeId{id};
    }

    /// ": [2, 3]"; the number of elements is bounded.
    static Shape shape_after_colon(Cursor& at) {
        at.expect(":");
        Shape shape;
        int64_t elements = 1;
        at.list(
            [&] {
                shape.push_back(at.integer<int64_t>(0));
                if (shape.back() > 0 && elements > most_elements / shape.back()) at.fail("too many elements");
                elements *= std::max<int64_t>(shape.back(), 1);
            },
            "[", "]");
        return shape;
    }

    Graph graph_;
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
