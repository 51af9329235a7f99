#include "dal/cli/repl/evaluate.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>

#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/cost/pipeline.hpp"
#include "dal/cli/console.hpp"
#include "dal/driver/load.hpp"
#include "dal/emit/verilog/verilog.hpp"
#include "dal/graph/extract.hpp"
#include "dal/graph/inputs.hpp"
#include "dal/infer/explain/explain_seen.hpp"
#include "dal/infer/explain/growth.hpp"
#include "dal/infer/forward/declared.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/lower/lower.hpp"
#include "dal/report/tensor_text.hpp"
#include "dal/report/warnings.hpp"
#include "dal/sema/elaborate.hpp"
#include "dal/support/codes/batch_codes.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/program_codes.hpp"
#include "dal/support/codes/real_codes.hpp"
#include "dal/support/printable.hpp"

namespace dal::cli::repl {
namespace {

/// The name that an expression is given. The user may have one like it.
constexpr const char* it = "it";

void print_text(const std::string& text) { std::puts(printable_lines(text).c_str()); }

/// Lines so that what follows starts on this one.
std::string lines_before(uint32_t line) { return std::string(line - 1, '\n'); }

/// `let name =` on the line before an expression, so that messages show the line as it was typed.
SourceText binding(const std::string& name, const std::string& expression, uint32_t line) {
    return {"<repl>", lines_before(line - 1) + "let " + name + " =\n" + expression, std::filesystem::path("."), true};
}

/// The name for the data of an input, which must not hide the input.
std::string data_of(const Given& given) { return given.input + "_data"; }

const NameSummary* find_summary(const Program& program, const std::string& name) {
    for (const NameSummary& summary : program.summaries)
        if (summary.name == name) return &summary;
    return nullptr;
}

template <class List>
auto* find_in(const List& list, FileId file, const std::string& name) {
    const auto found = std::find_if(list.rbegin(), list.rend(),
                                    [&](const auto& item) { return item.span.file == file && item.name == name; });
    return found == list.rend() ? nullptr : &*found;
}

/// More fractional bits than any quantizer of a graph keeps.
int64_t beyond_quantizers(const Graph& graph) {
    int64_t finest = 0;
    for (const Node& node : graph.nodes())
        if (const auto* quantize = std::get_if<op::Quantize>(&node.operation))
            for (size_t j = 0; j < quantize->formats.size(); ++j)
                finest = std::max(finest, int64_t{quantize->formats.at(static_cast<int64_t>(j)).kif.f});
    return finest + 1;
}

/// A constant as the data of an input of the graph, one sample. A `real` input is quantized before anything else
/// happens to it; so a number that no computer has can be another one that is rounded in the same way.
Result<Samples> sample_of(const Constant& constant, const Node& input, const Span& span, const Graph& graph) {
    if (const auto element = first_non_dyadic(constant); element && !input.real)
        return failure(
            error(code::not_dyadic, span, constant.at(*element).shown() + " is not a multiple of a power of two")
                .with_rule("the input `" + input.name + "` has a format, which its data fit exactly"));
    const int64_t f = beyond_quantizers(graph);
    std::vector<Interval> ranges;
    for (const Rational& value : *constant.values)
        ranges.push_back(Interval::constant(value.is_dyadic() ? value.numerator() : value.stand_in(f)));
    Codes codes = make_output(constant.shape, 1, ranges);
    for (int64_t element = 0; element < constant.size(); ++element)
        codes.set_code(0, element, ranges[static_cast<size_t>(element)].lo());
    return Samples(std::move(codes));
}

class Evaluation {
  public:
    Evaluation(const Session& session, const Question& question, const CommonOptions& common)
        : session_(session), question_(question), common_(common), console_(common) {}

    int run(std::string& note) {
        auto compiled = compile();
        if (!compiled) return console_.report(compiled.error());
        program_ = std::move(*compiled);
        auto inferred = infer_forward(program_.graph);
        if (inferred) inferred = check_declared(program_.graph, program_.declared);
        if (!inferred) return console_.report(inferred.error());
        warn();
        for (const NameSummary& summary : program_.summaries) {
            if (is_own(summary)) continue;
            note += summary.name;
            for (const std::string& member : summary.members)
                if (member.find_first_of("\t\n") == std::string::npos) note += "\t" + member;
            note += "\n";
        }
        auto answered = answer();
        if (!answered) return console_.report(answered.error());
        return exit_ok;
    }

  private:
    [[nodiscard]] bool asks_expression() const { return !question_.expression.empty(); }
    /// Whether a name is ours and not the user's.
    [[nodiscard]] bool is_own(const NameSummary& summary) const {
        return summary.span.known() && static_cast<size_t>(summary.span.file) >= session_.pieces.size();
    }
    [[nodiscard]] FileId file_of_expression() const { return static_cast<FileId>(session_.pieces.size()); }
    [[nodiscard]] FileId file_of_given(size_t index) const {
        return static_cast<FileId>(session_.pieces.size() + (asks_expression() ? 1 : 0) + index);
    }

    /// What `dal check` says unasked, about what was typed last.
    void warn() {
        if (!asks_expression() && (question_.ask != Ask::declare || session_.pieces.empty())) return;
        const auto newest = asks_expression() ? file_of_expression() : static_cast<FileId>(session_.pieces.size() - 1);
        Diagnostics found = report::warnings(program_, console_.sources(), "");
        std::erase_if(found, [&](const Diagnostic& d) { return d.span.file != newest; });
        console_.warn(found);
    }

    /// Files of the source map: the pieces, the expression, what is given.
    Result<Program> compile() {
        std::vector<SourceText> texts;
        for (const Piece& piece : session_.pieces)
            texts.push_back({piece.name, lines_before(piece.line) + piece.text, piece.directory, !piece.is_file});
        if (asks_expression()) texts.push_back(binding(it, question_.expression, question_.line));
        for (const Given& given : session_.given) texts.push_back(binding(data_of(given), given.text, given.line));
        if (texts.empty()) texts.push_back({"<repl>", "", ".", true});
        ElaborateOptions options = elaborate_options(common_.allowed);
        options.needs_output = false;
        options.constant_quantizers = true;
        options.summaries = true;
        if (question_.ask == Ask::explain) options.find = question_.expression;
        return compile_texts(console_.sources(), std::move(texts), options);
    }

    Result<void> answer() {
        switch (question_.ask) {
            case Ask::names: return {};
            case Ask::declare: return declared();
            case Ask::set: return check_given(session_.given.size() - 1);
            case Ask::value: return value();
            case Ask::type: return type();
            case Ask::range: return range();
            case Ask::explain: return explain();
            case Ask::cost: return cost();
            case Ask::graph: return graph();
            case Ask::verilog: return verilog();
        }
        return {};
    }

    // What an expression is: a tensor of the graph, a constant, or something else.
    [[nodiscard]] const NamedValue* variable() const { return find_in(program_.values, file_of_expression(), it); }
    [[nodiscard]] const NamedConstant* constant() const {
        return find_in(program_.constants, file_of_expression(), it);
    }

    Result<void> value() {
        if (const NamedConstant* found = constant()) {
            print_text(report::tensor_text(found->value));
            return {};
        }
        if (const NamedValue* found = variable()) return tensor(found->node);
        if (const NameSummary* summary = own_summary()) print_text(described(*summary));
        return {};
    }

    /// The summary of the expression, which what is given may hide.
    [[nodiscard]] const NameSummary* own_summary() const { return find_summary(program_, it); }

    static std::string described(const NameSummary& summary) {
        std::string text = summary.text.empty() ? summary.kind : summary.text;
        if (summary.kind == "a module" || summary.kind == "an archive of arrays" || summary.kind == "a list")
            text = summary.kind.substr(summary.kind.find(' ') + 1) + ": " + text;
        std::string details = summary.doc;
        if (summary.kind == "a module") {
            std::string line;
            for (const std::string& member : summary.members) {
                if (line.size() + member.size() > 90) {
                    details += line + "\n";
                    line.clear();
                }
                line += (line.empty() ? "" : " ") + member;
            }
            details += line;
        }
        if (details.empty()) return text;
        text += "\n  ";
        for (const char c : details) text += c == '\n' ? std::string("\n  ") : std::string(1, c);
        return text;
    }

    [[nodiscard]] std::string typed(NodeId id) const {
        const Node& node = program_.graph[id];
        const std::string hull = report::hull_text(node);
        return type_text(node) + (hull.empty() ? "" : " in " + hull);
    }

    /// Its value, if the inputs that it needs are given; else what is known about it.
    Result<void> tensor(NodeId id) {
        const Node& node = program_.graph[id];
        const Output output{it, id, node.span};
        const Graph part = extract(program_.graph, {&output, 1});
        std::vector<Samples> inputs;
        std::string missing;
        for (const NodeId input : part.inputs()) {
            const std::string& name = part[input].name;
            if (const auto given = given_for(name)) {
                auto sample = sample_for(*given, part[input], part);
                if (!sample) return failure(std::move(sample.error()));
                inputs.push_back(std::move(*sample));
            } else {
                missing += (missing.empty() ? "`" : ", `") + name + "`";
            }
        }
        if (!missing.empty() || node.real) {
            print_text(typed(id) + (missing.empty() ? "" : ", depends on " + missing));
            return {};
        }
        const auto results = interpret(part, inputs);
        if (!results) return failure(results.error());
        print_text(report::tensor_text(results->front(), 0));
        return {};
    }

    [[nodiscard]] std::optional<size_t> given_for(const std::string& input) const {
        for (size_t j = session_.given.size(); j-- > 0;)
            if (session_.given[j].input == input) return j;
        return std::nullopt;
    }

    Result<Samples> sample_for(size_t given, const Node& input, const Graph& graph) const {
        const std::string& name = session_.given[given].input;
        const std::string data = data_of(session_.given[given]);
        if (const auto* known = find_in(program_.constants, file_of_given(given), data))
            return sample_of(known->value, input, known->span, graph);
        const auto* variable = find_in(program_.values, file_of_given(given), data);
        return failure(error(variable ? code::not_constant : code::wrong_kind, variable ? variable->span : Span{},
                             "the data for `" + name + "` " +
                                 (variable ? "depends on an input" : "is no array of numbers that a computer has"))
                           .with_rule("`:set` gives an input constant numbers"));
    }

    Result<void> check_given(size_t index) {
        const std::string& name = session_.given[index].input;
        const Graph& graph = program_.graph;
        std::vector<std::string> names;
        std::optional<NodeId> input;
        for (const NodeId id : graph.inputs()) {
            names.push_back(graph[id].name);
            if (graph[id].name == name) input = id;
        }
        if (!input) {
            Diagnostic d = error(code::bad_batch, {}, "the session has no input `" + name + "`");
            for (const std::string& known : names) d.rules.push_back("an input is `" + known + "`");
            return failure(std::move(d));
        }
        auto sample = sample_for(index, graph[*input], graph);
        if (!sample) return failure(std::move(sample.error()));
        const Output output{it, *input, {}};
        const Graph part = extract(graph, {&output, 1});
        if (auto fits = check_batches(part, {&*sample, 1}); !fits) return failure(std::move(fits.error()));
        const Node& node = part[part.inputs().front()];
        for (int64_t element = 0; element < node.size(); ++element)
            if (auto read = read_sample(node, *sample, 0, element); !read) return failure(std::move(read.error()));
        return {};
    }

    Result<void> declared() {
        const auto newest = static_cast<FileId>(session_.pieces.size() - 1);
        std::vector<std::pair<uint32_t, std::string>> lines;
        for (const NameSummary& summary : program_.summaries) {
            if (summary.span.file != newest) continue;
            std::string line = summary.name + ": ";
            if (const auto* found = find_in(program_.values, newest, summary.name))
                line += typed(found->node);
            else if (const auto* number = find_in(program_.constants, newest, summary.name))
                line = summary.name + (number->value.is_scalar() ? " = " + number->value.at(0).shown()
                                                                 : ": constant" + to_string(number->value.shape));
            else if (summary.kind == "a function" || summary.kind == "a table")
                line = summary.text;
            else
                line +=
                    summary.kind.substr(summary.kind.find(' ') + 1) + (summary.text.empty() ? "" : " " + summary.text);
            lines.emplace_back(summary.span.begin, std::move(line));
        }
        std::sort(lines.begin(), lines.end());
        if (!common_.quiet)
            for (const auto& [position, line] : lines) print_text(line);
        return {};
    }

    Result<void> type() {
        if (const NamedValue* found = variable())
            print_text(type_text(program_.graph[found->node]));
        else if (const NamedConstant* number = constant())
            print_text("constant" + (number->value.is_scalar() ? "" : to_string(number->value.shape)) +
                       fitting(number->value));
        else if (const NameSummary* summary = own_summary())
            print_text(summary->kind.substr(summary->kind.find(' ') + 1) +
                       (summary->text.empty() ? "" : ": " + summary->text));
        return {};
    }

    /// The smallest format that holds all of a constant.
    static std::string fitting(const Constant& constant) {
        if (!is_dyadic(constant)) return ", in no format exactly";
        return ", fits " + hull(constant).kif().to_string();
    }
    static Interval hull(const Constant& constant) {
        Interval all = Interval::constant(constant.at(0).numerator());
        for (const Rational& value : *constant.values) all = all.hull(Interval::constant(value.numerator()));
        return all;
    }

    Result<void> range() {
        if (const NamedConstant* number = constant()) {
            const auto [low, high] = std::minmax_element(number->value.values->begin(), number->value.values->end());
            print_text("[" + low->shown() + ", " + high->shown() + "]");
            return {};
        }
        const auto id = tensor_node("range");
        if (!id) return failure(id.error());
        const Node& node = program_.graph[*id];
        if (node.real) {
            print_text("any number");
            return {};
        }
        print_text(report::hull_text(node));
        const bool same = std::all_of(node.range.begin(), node.range.end(),
                                      [&](const Interval& r) { return r == node.range.front(); });
        if (!same)
            print_text(report::tensor_text(node.shape, [&](int64_t element) {
                const Interval& range = node.range[static_cast<size_t>(element)];
                return range.min().shown() + ".." + range.max().shown();
            }));
        return {};
    }

    /// The node of the expression; what has none is refused.
    Result<NodeId> tensor_node(const std::string& what) const {
        if (const NamedValue* found = variable()) return found->node;
        const NameSummary* summary = own_summary();
        return failure(
            error(code::wrong_kind, {}, "`" + question_.expression + "` is " + (summary ? summary->kind : "no tensor"))
                .with_rule("`:" + what + "` is about what depends on an input"));
    }

    Result<void> explain() {
        if (program_.found.format) {
            std::fputs(explain_format(*program_.found.format, std::nullopt, console_.sources()).c_str(), stdout);
            return {};
        }
        const auto id = tensor_node("explain");
        if (!id) return failure(id.error());
        const Graph& graph = program_.graph;
        const Node& node = graph[*id];
        if (node.real) {
            print_text("any number comes in: nothing is known of its width before it is quantized");
            return {};
        }
        const auto widest =
            std::max_element(node.range.begin(), node.range.end(),
                             [](const Interval& a, const Interval& b) { return a.width() < b.width(); });
        const int64_t element = widest - node.range.begin();
        for (const GrowthStep& step : growth(graph, *id, element)) {
            const Node& at = graph[step.node];
            const Interval& range = at.range[static_cast<size_t>(step.element)];
            const std::string place = console_.sources().describe(at.place());
            print_text(describe(graph, step) + ": " + range.shown() + (place.empty() ? "" : "  (" + place + ")"));
        }
        std::fputs(explain_seen(graph, Demand(graph), *id, element, console_.sources()).c_str(), stdout);
        return {};
    }

    /// The expression, or all outputs of the session.
    Result<Graph> part() const {
        std::vector<Output> outputs;
        if (asks_expression()) {
            const auto id = tensor_node(question_.ask == Ask::cost    ? "cost"
                                        : question_.ask == Ask::graph ? "graph"
                                                                      : "verilog");
            if (!id) return failure(id.error());
            outputs.push_back({it, *id, {}});
        } else {
            std::map<std::string, Output> latest;
            for (const Output& output : program_.graph.outputs()) latest.insert_or_assign(output.name, output);
            for (const auto& [name, output] : latest) outputs.push_back(output);
        }
        if (outputs.empty())
            return failure(error(code::no_output, {}, "the session has no output")
                               .with_help("give an expression, or declare an `output`"));
        return extract(program_.graph, outputs);
    }

    /// Without results that are not quantized: they are no wires.
    Result<circuit::Circuit> lowered() {
        const auto graph = part();
        if (!graph) return failure(graph.error());
        for (const Output& output : graph->outputs())
            if ((*graph)[output.node].real)
                return failure(error(code::real_output, {}, "`" + question_.expression + "` is not quantized")
                                   .with_rule("a circuit computes with formats"));
        LowerOptions options;
        options.progress = [&](size_t done, size_t total) {
            console_.progress("optimizing " + std::to_string(done) + "/" + std::to_string(total));
        };
        auto circuit = lower(*graph, options);
        console_.clear_progress();
        return circuit;
    }

    Result<void> cost() {
        const auto circuit = lowered();
        if (!circuit) return failure(circuit.error());
        const circuit::Report report = circuit::report(*circuit);
        const auto line = [](const char* name, int64_t count) {
            std::printf("%-12s %lld\n", name, static_cast<long long>(count));
        };
        line("adders", report.adders);
        line("adder bits", report.adder_bits);
        line("depth", report.depth);
        line("LUTs, about", report.luts);
        if (report.multipliers > 0) line("multipliers", report.multipliers);
        if (report.tables > 0) line("tables", report.tables);
        return {};
    }

    Result<void> graph() {
        const auto graph = part();
        if (!graph) return failure(graph.error());
        std::fputs(print(*graph, Detail::brief).c_str(), stdout);
        return {};
    }

    Result<void> verilog() {
        const auto circuit = lowered();
        if (!circuit) return failure(circuit.error());
        emit::VerilogOptions options;
        options.source = "<repl>";
        const emit::Design design =
            emit::emit_verilog(*circuit, circuit::combinational(*circuit), console_.sources(), options);
        for (const auto& [name, text] : design.files)
            if (name.ends_with(".v")) std::fputs(text.c_str(), stdout);
        return {};
    }

    const Session& session_;
    const Question& question_;
    const CommonOptions& common_;
    Console console_;
    Program program_;
};

}  // namespace

int evaluate(const Session& session, const Question& question, const CommonOptions& common, std::string& note) {
    return Evaluation(session, question, common).run(note);
}

}  // namespace dal::cli::repl
