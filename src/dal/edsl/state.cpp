#include "dal/edsl/state.hpp"

#include <algorithm>
#include <thread>

#include "dal/array/sample_source.hpp"
#include "dal/driver/design.hpp"
#include "dal/driver/engines.hpp"
#include "dal/driver/load.hpp"
#include "dal/edsl/session.hpp"
#include "dal/graph/difference.hpp"
#include "dal/graph/inputs.hpp"
#include "dal/graph/reorder.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/report/constant_warnings.hpp"
#include "dal/report/warnings.hpp"
#include "dal/support/codes/batch_codes.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/codes/name_codes.hpp"
#include "dal/support/codes/program_codes.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::edsl {
namespace {

ElaborateOptions text_options(const CompileOptions& wanted) {
    ElaborateOptions options = elaborate_options(wanted.allowed_folders);
    options.constant_quantizers = true;
    return options;
}

}  // namespace

std::vector<std::string> State::warnings() {
    dal::Program& known = program();
    if (!compiled_) known.constant_quantizers = report::quantizers_of_constants(known.graph);
    std::vector<std::string> texts;
    for (const Diagnostic& d : report::warnings(known, sources_.map(), ""))
        texts.push_back(render(d, sources_.map(), false));
    return texts;
}

void State::refuse(Diagnostics diagnostics, const Location& at) {
    for (Diagnostic& diagnostic : diagnostics)
        if (!diagnostic.span.known()) diagnostic.span = sources_.span(at);
    throw Error(std::move(diagnostics), sources_.map());
}

void State::compile(std::string name, std::string text, const std::filesystem::path& directory,
                    const CompileOptions& options) {
    file_ = name;
    auto program = compile_text(sources_.map(), std::move(name), std::move(text), directory, text_options(options));
    if (!program) throw Error(std::move(program.error()), sources_.map());
    if (auto settled = settle(*program); !settled) throw Error(std::move(settled.error()), sources_.map());
    compiled_ = std::move(*program);
    settled_ = true;
}

void State::compile(const std::filesystem::path& file, const CompileOptions& options, const Location& at) {
    file_ = file.filename().string();
    auto program = compile_settled(sources_.map(), file, text_options(options));
    if (!program) refuse(std::move(program.error()), at);
    compiled_ = std::move(*program);
    settled_ = true;
}

void State::need_open(const Location& at) {
    if (!settled_) return;
    refuse({error(code::program_settled, {}, "the program is settled")
                .with_rule("nothing is added to a program after `check`, `run` or `build`")
                .with_help("make a new Program")},
           at);
}

std::string State::full_name(const std::string& name) const {
    std::string full;
    for (const NamedScope& scope : scopes) full += scope.name + ".";
    return full + name;
}

void State::need_new(const std::string& name, const Location& at) {
    need_name(name, at);
    const Span span = sources_.span(at);
    const std::string full = full_name(name);
    if (const auto known = names_.find(full); known != names_.end())
        refuse({error(code::duplicate_name, span, "`" + full + "` is declared twice")
                    .with_place(known->second.span, "declared here first")
                    .with_help("parts that are made twice have names of their own in a `Program::scope`")},
               at);
}

void State::bind(const std::string& name, const sema::Value& value, const Location& at) {
    need_new(name, at);
    const Span span = sources_.span(at);
    const std::string full = full_name(name);
    const auto* variable = std::get_if<sema::Variable>(&value);
    names_.emplace(full, Named{span, variable ? std::optional(variable->node) : std::nullopt});
    if (variable) {
        std::string& node_name = program().graph[variable->node].name;
        if (node_name.empty()) node_name = full;
        program().values.push_back({full, span, variable->node});
    } else if (const auto* constant = std::get_if<Constant>(&value)) {
        program().constants.push_back({full, span, *constant});
    }
}

std::optional<NodeId> State::node_named(const std::string& full) const {
    const auto known = names_.find(full);
    return known == names_.end() ? std::nullopt : known->second.node;
}

/// As C++ text reads: variables in the order in which they were made, temporaries where they are used, operands from
/// left to right.
void State::order_nodes() {
    const auto size = static_cast<uint32_t>(program().graph.size());
    std::vector<NodeId> order;
    order.reserve(size);
    const auto append = [&](uint32_t begin, uint32_t end) {
        for (uint32_t node = begin; node < end; ++node) order.push_back(static_cast<NodeId>(node));
    };
    struct Visit {
        uint32_t call;
        size_t next;  ///< of its temporaries
    };
    std::vector<Visit> stack;
    uint32_t done = 0;
    for (uint32_t root = 0; root < calls.size(); ++root) {
        append(done, calls[root].begin);  // inputs, and what a failed call left
        done = calls[root].end;
        if (calls[root].is_temporary) continue;
        stack.push_back({root, 0});
        while (!stack.empty()) {
            Visit& visit = stack.back();
            const Call& call = calls[visit.call];
            if (visit.next < call.temporaries.size()) {
                stack.push_back({call.temporaries[visit.next++], 0});
            } else {
                append(call.begin, call.end);
                stack.pop_back();
            }
        }
    }
    append(done, size);
    places_ = reorder(program().graph, order);
    for (NamedValue& value : program().values) value.node = places_[static_cast<size_t>(value.node)];
    for (DeclaredType& type : program().declared) type.node = places_[static_cast<size_t>(type.node)];
}

void State::check(const Location& at) {
    if (settled_) return;
    if (program().graph.outputs().empty())
        refuse({error(code::no_output, {}, "the program has no output")
                    .with_rule("a program computes at least one output")
                    .with_help("`p.output(\"y\", y)`")},
               at);
    if (!elaborator_->open_formats().settle(*elaborator_)) refuse(elaborator_->reports().take(), at);
    if (auto settled = settle(program()); !settled) refuse(std::move(settled.error()), at);
    order_nodes();
    settled_ = true;
}

Samples State::samples_of(const Batch& batch, const Node& input, const Location& at) {
    const auto shape_of = [&](const auto& values) {
        const auto count = static_cast<int64_t>(values.size());
        const int64_t elements = input.size();
        if (count % elements != 0)
            refuse({error(code::bad_batch, {},
                          "input `" + input.name + "` gets " + std::to_string(count) + " numbers, a sample has " +
                              std::to_string(elements))
                        .with_rule("a batch is whole samples, one after the other")},
                   at);
        Shape shape = input.shape;
        shape.insert(shape.begin(), count / elements);
        return shape;
    };
    return std::visit(
        Overloaded{
            [](const Samples& samples) { return samples; },
            [&](const std::vector<double>& values) { return Samples(Array::from_doubles(shape_of(values), values)); },
            [&](const std::vector<int64_t>& values) { return Samples(Array::from_int64(shape_of(values), values)); },
            [&](const std::vector<Number>& values) {
                const int64_t count = shape_of(values).front();
                return Samples(codes_of(values, input, count, at));
            },
            [&](const std::filesystem::path& file) {
                auto source = open_samples(file, {input.name, input.shape, finest_point(program().graph)});
                if (!source) refuse(std::move(source.error()), at);
                auto read = read_rest(**source);
                if (!read) refuse(std::move(read.error()), at);
                return std::move(*read);
            },
        },
        batch.data_);
}

/// Codes as wide as the widest number needs, with the binary point of each element.
Codes State::codes_of(const std::vector<Number>& values, const Node& input, int64_t samples, const Location& at) {
    const auto elements = static_cast<size_t>(input.size());
    std::vector<Dyadic> numbers;
    numbers.reserve(values.size());
    std::vector<int64_t> points(elements, 0);
    for (size_t j = 0; j < values.size(); ++j) {
        const auto rational = values[j].rational();
        if (!rational || !rational->is_dyadic())
            refuse({error(code::bad_sample, {},
                          "`" + input.name + index_text(input.shape, static_cast<int64_t>(j % elements)) +
                              "` of sample " + std::to_string(j / elements) + " is " + values[j].to_string())
                        .with_rule("samples are multiples of powers of two")},
                   at);
        numbers.push_back(rational->numerator());
        points[j % elements] = std::max(points[j % elements], -numbers.back().exponent());
    }
    int64_t bits = 1;
    for (size_t j = 0; j < numbers.size(); ++j)
        bits = std::max(bits, numbers[j].code(points[j % elements])->bit_length() + 1);
    Codes codes(input.shape, samples, std::vector<int>(points.begin(), points.end()),
                static_cast<int>((bits + 63) / 64));
    for (size_t j = 0; j < numbers.size(); ++j)
        codes.set_code(static_cast<int64_t>(j / elements), static_cast<int64_t>(j % elements),
                       *numbers[j].code(points[j % elements]));
    return codes;
}

std::vector<Samples> State::samples(const Batches& inputs, const Location& at) {
    const Graph& graph = program().graph;
    std::vector<std::string> names;
    for (const NodeId id : graph.inputs()) names.push_back(graph[id].name);
    for (const auto& [name, batch] : inputs) {
        if (inputs.count(name) > 1)
            refuse({error(code::bad_batch, {},
                          "input `" + name + "` is given " + std::to_string(inputs.count(name)) + " batches")
                        .with_rule("each input has one batch")},
                   at);
        if (std::find(names.begin(), names.end(), name) != names.end()) continue;
        std::string list;
        for (const std::string& known : names) list += (list.empty() ? "`" : ", `") + known + "`";
        refuse(
            {error(code::bad_batch, {}, "the program has no input `" + name + "`").with_rule("its inputs are " + list)},
            at);
    }
    std::vector<Samples> batches;
    for (const NodeId id : graph.inputs()) {
        const auto found = inputs.find(graph[id].name);
        if (found == inputs.end())
            refuse({error(code::bad_batch, {}, "input `" + graph[id].name + "` has no data")
                        .with_place(graph[id].span, "the input")
                        .with_help("`{{\"" + graph[id].name + "\", samples}}`")},
                   at);
        batches.push_back(samples_of(found->second, graph[id], at));
    }
    return batches;
}

void State::need_within(const char* option, int64_t value, int64_t least, int64_t most, const Location& at) {
    if (value >= least && value <= most) return;
    refuse({error(code::bad_arguments, {}, std::string("`") + option + "` is " + std::to_string(value))
                .with_rule("it is from " + std::to_string(least) + " to " + std::to_string(most))},
           at);
}

Outputs State::run(const Batches& inputs, const RunOptions& options, const Location& at) {
    need_within("threads", options.threads, 0, 1024, at);
    check(at);
    const Graph& graph = program().graph;
    const std::vector<Samples> batches = samples(inputs, at);
    Result<std::vector<Codes>> codes;
    if (options.engine == Engine::jit) {  // compiled once
        const std::lock_guard lock(jit_mutex_);
        if (auto checked = check_batches(graph, batches); !checked) refuse(std::move(checked.error()), at);
        if (!jit_ || jit_threads_ != options.threads) {
            auto compiled = JitProgram::compile(graph, {.threads = options.threads});
            if (!compiled) refuse(std::move(compiled.error()), at);
            jit_ = std::move(*compiled);
            jit_threads_ = options.threads;
        }
        codes = jit_->run(batches);
    } else {
        codes = run_engine(graph, batches, options);
    }
    if (!codes) refuse(std::move(codes.error()), at);
    if (options.check && options.engine == Engine::jit)
        if (auto same = check_outputs(graph, batches, *codes, options); !same) refuse(std::move(same.error()), at);
    std::map<std::string, Codes> outputs;
    for (size_t j = 0; j < codes->size(); ++j) outputs.emplace(graph.outputs()[j].name, std::move((*codes)[j]));
    return Outputs(std::move(outputs));
}

DesignReport State::build(BuildOptions options, const Batches& vectors, const Location& at) {
    if (options.directory.empty())
        refuse({error(code::bad_arguments, {}, "`directory` is empty")
                    .with_rule("the files of a design go into a directory of their own")
                    .with_help("`p.build({.directory = \"out\"})`")},
               at);
    if (auto checked = check_options(options); !checked) refuse(std::move(checked.error()), at);
    check(at);
    if (options.source.empty())
        options.source = file_.empty() ? std::filesystem::path(at.file_name()).filename().string() : file_;
    const bool is_file = !file_.empty() && !file_.starts_with('<');  // not a text, nor C++
    if (!is_file && options.top.empty()) options.top = "net";
    const std::vector<Samples> given = vectors.empty() ? std::vector<Samples>{} : samples(vectors, at);
    auto build = build_design(program().graph, sources_.map(), given, options);
    if (!build) refuse(std::move(build.error()), at);
    return build->report();
}

}  // namespace dal::edsl
