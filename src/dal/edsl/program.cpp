#include "dal/edsl/program.hpp"

#include <algorithm>

#include "dal/driver/load.hpp"
#include "dal/edsl/session.hpp"
#include "dal/support/codes/name_codes.hpp"
#include "dal/support/codes/result_codes.hpp"
#include "dal/support/codes/size_codes.hpp"

namespace dal::edsl {
namespace {

/// `formats` as a declared type of a tensor of this shape.
bool declare(Session& session, const std::string& name, const Formats& formats, const TensorData& data) {
    const sema::TensorOps::Type type{sema::Formats{formats.shape(), formats.shared()},
                                     session.elaborator().shape_of(data.value), session.span()};
    return session.elaborator().conforms(session.placed(data), type, name);
}

Tensor let_named(const std::string& name, const Formats* formats, const Tensor& value, const Location& at) {
    const TensorData& data = value.data(at);
    Session session({data}, at);
    if (formats) {
        declare(session, name, *formats, data);
        session.finish();
    }
    if (data.state) data.state->bind(name, data.value, at);
    return value;
}

void output_named(const std::shared_ptr<State>& state, const std::string& name, const Formats* formats,
                  const Tensor& value, const Location& at) {
    const TensorData& data = value.data(at);
    Session session({data}, at, state);
    if (formats) {
        declare(session, name, *formats, data);
        session.finish();
    }
    // `let("y", …)` and then `output("y", …)` of the same tensor is the output of a name that exists.
    const auto* variable = std::get_if<sema::Variable>(&data.value);
    const auto outputs = state->program().graph.outputs();
    const bool is_output = std::any_of(outputs.begin(), outputs.end(),
                                       [&](const Output& output) { return output.name == state->full_name(name); });
    if (is_output || !variable || state->node_named(state->full_name(name)) != variable->node)
        state->bind(name, data.value, at);
    const auto node = session.elaborator().node_of(session.placed(data));
    session.finish();
    state->program().graph.output(state->full_name(name), *node, session.span());
}

std::string quoted_list(const std::map<std::string, Codes>& codes) {
    std::string list;
    for (const auto& [name, value] : codes) list += (list.empty() ? "`" : ", `") + name + "`";
    return list;
}

}  // namespace

Tensor let(const std::string& name, const Operand& value, Location at) {
    return let_named(name, nullptr, value.tensor, at);
}
Tensor let(const std::string& name, const Formats& format, const Operand& value, Location at) {
    return let_named(name, &format, value.tensor, at);
}

Scope::~Scope() {
    if (state_) std::erase_if(state_->scopes, [&](const auto& scope) { return scope.id == id_; });
}

Program::Program() : state_(std::make_shared<State>()) {}

Tensor Program::input(const std::string& name, RealPort, const Shape& shape, Location at) {
    return port(name, nullptr, shape, at);
}
Tensor Program::input(const std::string& name, const Formats& type, const Shape& shape, Location at) {
    return port(name, &type, shape, at);
}

Tensor Program::param(const std::string& name, const Tensor& value, Location at) {
    return parameter(name, nullptr, value, at);
}
Tensor Program::param(const std::string& name, const Formats& type, const Tensor& value, Location at) {
    return parameter(name, &type, value, at);
}

Tensor Program::parameter(const std::string& name, const Formats* type, const Tensor& value, const Location& at) {
    const TensorData& data = value.data(at);
    Session session({data}, at, state_);
    if (std::holds_alternative<sema::Variable>(data.value))
        session.elaborator().not_constant(session.placed(data), "a parameter is constant");
    session.finish();
    if (type) {
        declare(session, name, *type, data);
        session.finish();
    }
    sema::Value parameter = session.elaborator().open_formats().parameter(
        state_->full_name(name), session.span(), session.placed(data).span, data.value, std::nullopt);
    state_->bind(name, parameter, at);
    return session.tensor(std::move(parameter));
}

Tensor Program::port(const std::string& name, const Formats* type, const Shape& shape, const Location& at) {
    Session session({}, at, state_);
    state_->need_new(name, at);
    sema::TensorOps& elaborator = session.elaborator();
    for (const int64_t extent : shape)
        if (extent <= 0)
            elaborator.report(error(code::bad_extent, session.span(), "an extent of " + std::to_string(extent))
                                  .with_rule("extents are positive integers"));
    session.finish();
    op::Input operation{.real = type == nullptr, .formats = {}};
    if (elaborator.check_size(shape, session.span()) && elaborator.charge(element_count(shape), session.span()) && type)
        if (auto map = elaborator.format_map({type->shape(), type->shared()}, shape, session.span()))
            operation.formats = std::move(*map);
    session.finish();
    const sema::Variable input{
        elaborator.graph().input(state_->full_name(name), shape, std::move(operation), session.span())};
    state_->bind(name, input, at);
    return session.tensor(input);
}

void Program::output(const std::string& name, const Tensor& value, Location at) {
    output_named(state_, name, nullptr, value, at);
}
void Program::output(const std::string& name, const Formats& type, const Tensor& value, Location at) {
    output_named(state_, name, &type, value, at);
}

Scope Program::scope(const std::string& name, Location at) {
    need_name(name, at);
    const uint64_t id = state_->next_scope++;
    state_->scopes.push_back({name, id});
    return {state_, id};
}

void Program::check(Location at) { state_->check(at); }
bool Program::is_checked() const noexcept { return state_->is_settled(); }
std::vector<NamedType> Program::types() const { return named_types(state_->program(), state_->sources().map()); }
std::vector<std::string> Program::warnings() const { return state_->warnings(); }
std::string Program::graph_text() const { return print(state_->program().graph); }
Outputs Program::run(const Batches& inputs, const RunOptions& options, Location at) {
    return state_->run(inputs, options, at);
}
DesignReport Program::build(const BuildOptions& options, const Batches& vectors, Location at) {
    return state_->build(options, vectors, at);
}

const Codes& Outputs::operator[](const MemberName& output) const {
    const auto found = codes_.find(output.name);
    if (found == codes_.end())
        fail(error(code::unknown_name, {}, "there is no output `" + output.name + "`")
                 .with_rule("the outputs are " + quoted_list(codes_)),
             output.at);
    return found->second;
}

std::vector<double> Outputs::doubles(const MemberName& output) const {
    const Codes& codes = (*this)[output];
    std::vector<double> values;
    values.reserve(static_cast<size_t>(codes.samples() * codes.elements()));
    for (int64_t sample = 0; sample < codes.samples(); ++sample)
        for (int64_t element = 0; element < codes.elements(); ++element) {
            const Dyadic value = codes.value(sample, element);
            const auto exact = value.to_double();
            if (!exact)
                fail(error(code::inexact_output, {},
                           "`" + output.name + index_text(codes.shape(), element) + "` of sample " +
                               std::to_string(sample) + " is " + value.to_string() + ", which is no float64")
                         .with_help("take the codes: `outputs[\"" + output.name + "\"]`"),
                     output.at);
            values.push_back(*exact);
        }
    return values;
}

}  // namespace dal::edsl

namespace dal {

edsl::Program compile(std::string_view text, const std::filesystem::path& directory,
                      const edsl::CompileOptions& options) {
    auto state = std::make_shared<edsl::State>();
    state->compile("<text>", std::string(text), directory, options);
    return edsl::Program(std::move(state));
}

edsl::Program compile_file(const std::filesystem::path& file, edsl::Location at) { return compile_file(file, {}, at); }

edsl::Program compile_file(const std::filesystem::path& file, const edsl::CompileOptions& options, edsl::Location at) {
    auto state = std::make_shared<edsl::State>();
    state->compile(file, options, at);
    return edsl::Program(std::move(state));
}

}  // namespace dal
