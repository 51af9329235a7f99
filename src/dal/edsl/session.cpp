#include "dal/edsl/session.hpp"

#include <algorithm>
#include <utility>

#include "dal/support/check.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/codes/limit_codes.hpp"
#include "dal/support/codes/program_codes.hpp"

namespace dal::edsl {
namespace {

/// For what belongs to no program.
Sources& free_sources() {
    thread_local Sources sources;
    return sources;
}

thread_local const EntryOfTable* innermost_entry = nullptr;

const ElaborateOptions& free_options() {
    static const ElaborateOptions options = [] {
        ElaborateOptions wanted;
        wanted.meant_constants = true;
        return wanted;
    }();
    return options;
}

const sema::Scope& no_scope() {
    static const sema::Module module;
    static const sema::Scope scope{&module, 0, nullptr, {}};
    return scope;
}

}  // namespace

EntryOfTable::EntryOfTable(const std::string& name, std::span<const Number> arguments, const Location& at)
    : name_(name), arguments_(arguments), at_(at), around_(std::exchange(innermost_entry, this)) {}
EntryOfTable::~EntryOfTable() { innermost_entry = around_; }

void name_entry(Diagnostics& diagnostics, Sources& sources) {
    for (const EntryOfTable* entry = innermost_entry; entry; entry = entry->around_) {
        std::string list;
        for (const Number& argument : entry->arguments_) list += (list.empty() ? "" : ", ") + argument.to_string();
        for (Diagnostic& diagnostic : diagnostics)
            diagnostic.secondary.push_back({sources.span(entry->at_), "for `" + entry->name_ + "(" + list + ")`"});
    }
}

Session::Session(std::vector<TensorData> operands, const Location& at, std::shared_ptr<State> state)
    : operands_(std::move(operands)), state_(std::move(state)), at_(at) {
    const TensorData* first = nullptr;
    for (const TensorData& operand : operands_) {
        if (!operand.state) continue;
        if (!state_) state_ = operand.state;
        if (operand.state == state_) {
            first = &operand;
            continue;
        }
        Diagnostic d = error(code::mixed_programs, span(), "tensors of two programs meet");
        if (first) d.secondary.push_back({sources().span(first->at), "of one program"});
        d.secondary.push_back({sources().span(operand.at), "of another program"});
        d.rules.emplace_back("a tensor is used in the program whose inputs it depends on; constants are used anywhere");
        throw Error({std::move(d)}, sources().map());
    }
    if (state_) {
        state_->need_open(at_);
        begin_ = static_cast<uint32_t>(state_->program().graph.size());
        for (const TensorData& operand : operands_)
            if (operand.made_nodes() && !operand.is_temporary) state_->calls[operand.call].is_kept = true;
    } else {
        own_ = std::make_unique<sema::TensorOps>(free_sources().map(), free_options());
    }
}

Sources& Session::sources() { return state_ ? state_->sources() : free_sources(); }

void Session::finish() {
    Diagnostics reported = elaborator().reports().take();
    if (reported.empty()) return;
    name_entry(reported, sources());
    throw Error(std::move(reported), sources().map());
}

TensorData Session::finish(sema::Value value) {
    finish();
    if (sema::is_poison(value))  // reported once, and true ever since
        throw Error({error(code::program_too_large, span(), "the program has become too large before")},
                    sources().map());
    if (!std::holds_alternative<sema::Variable>(value)) {
        // Parameters that take a format from this program belong to it.
        const bool is_open = state_ && elaborator().open_formats().knows(value);
        return {is_open ? state_ : nullptr, std::move(value), at_};
    }
    Call call{begin_, static_cast<uint32_t>(state_->program().graph.size()), {}};
    for (const TensorData& operand : operands_) {
        if (!operand.made_nodes() || !operand.is_temporary || state_->calls[operand.call].is_kept) continue;
        call.temporaries.push_back(operand.call);
        state_->calls[operand.call].is_temporary = true;
    }
    state_->calls.push_back(std::move(call));
    return {state_, std::move(value), at_, static_cast<uint32_t>(state_->calls.size() - 1)};
}

Tensor tensor_of(TensorData data) { return Tensor(std::make_shared<const TensorData>(std::move(data))); }

TensorData Operand::data() const {
    TensorData data = tensor.data(at);
    data.is_temporary = is_temporary;
    return data;
}

Tensor Session::tensor(sema::Value value) { return tensor_of(finish(std::move(value))); }

TensorData call(const char* function, std::span<const Argument> arguments, std::span<const Operand> rest,
                const Location& at) {
    const sema::Value* found = sema::find_builtin(function);
    DAL_CHECK(found && std::holds_alternative<const sema::Builtin*>(*found), std::string("no function ") + function);
    const sema::Builtin& builtin = *std::get<const sema::Builtin*>(*found);
    std::vector<TensorData> operands;
    for (const Argument& argument : arguments) operands.push_back(argument.value);
    for (const Operand& operand : rest) operands.push_back(operand.data());
    Session session(operands, at);
    std::vector<std::optional<sema::Placed>> placed(builtin.parameters.size());
    for (const Argument& argument : arguments) {
        const auto parameter = std::find_if(builtin.parameters.begin(), builtin.parameters.end(),
                                            [&](const auto& p) { return p.name == argument.name; });
        DAL_CHECK(parameter != builtin.parameters.end(),
                  std::string(function) + " has no parameter " + std::string(argument.name));
        placed[static_cast<size_t>(parameter - builtin.parameters.begin())] = session.placed(argument.value);
    }
    std::vector<sema::Placed> others;
    others.reserve(rest.size());
    for (const Operand& operand : rest) others.push_back(session.placed(operand.data()));
    return session.finish(
        builtin.call(session.elaborator(), sema::BuiltinCall{placed, others, session.span(), no_scope()}));
}

Tensor apply(const char* function, std::initializer_list<Argument> arguments, std::span<const Operand> rest,
             const Location& at) {
    return tensor_of(call(function, arguments, rest, at));
}

Tensor apply(const char* function, std::initializer_list<Argument> arguments, const Location& at) {
    return apply(function, arguments, {}, at);
}

TensorData integer_argument(int64_t value, const Location& at) {
    return {nullptr, Constant::scalar(Rational(Dyadic(Int(value)))), at};
}

TensorData integers_argument(const std::vector<int64_t>& values, const Location& at) {
    std::vector<Rational> list;
    list.reserve(values.size());
    for (const int64_t value : values) list.emplace_back(Dyadic(Int(value)));
    return {nullptr, Constant::of({static_cast<int64_t>(values.size())}, std::move(list)), at};
}

TensorData formats_argument(const Formats& formats, const Location& at) {
    return {nullptr, sema::Formats{formats.shape(), formats.shared()}, at};
}

std::string in_quotes(std::string_view name) {
    std::string text = "\"";
    constexpr size_t most = 60;
    size_t end = std::min(name.size(), most);
    while (end < name.size() && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;  // within a letter
    for (const char c : name.substr(0, end)) {
        const auto code = static_cast<unsigned char>(c);
        if (code < 0x20 || code == 0x7f) {
            constexpr const char* digits = "0123456789abcdef";
            text += {'\\', 'x', digits[code >> 4], digits[code & 15]};
        } else {
            text += c;
        }
    }
    return text + (end < name.size() ? "…\"" : "\"");
}

void need_name(const std::string& name, const Location& at) {
    bool begins = true;  // a word
    bool is_name = true;
    for (const char c : name) {
        const bool digit = c >= '0' && c <= '9';
        const bool letter = c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        is_name = is_name && (letter || (!begins && (digit || c == '.')));
        begins = c == '.';
    }
    if (is_name && !begins) return;
    fail(error(code::bad_arguments, {}, in_quotes(name) + " is not a name")
             .with_rule("names consist of letters, digits and `_`, and do not start with a digit"),
         at);
}

void fail(Diagnostic diagnostic, const Location& at) {
    diagnostic.span = free_sources().span(at);
    Diagnostics diagnostics{std::move(diagnostic)};
    name_entry(diagnostics, free_sources());
    throw Error(std::move(diagnostics), free_sources().map());
}

}  // namespace dal::edsl
