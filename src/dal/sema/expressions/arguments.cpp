// Matching the arguments of a call with parameters.
#include <algorithm>

#include "dal/sema/expressions/evaluator.hpp"
#include "dal/sema/names/foreign_names.hpp"
#include "dal/support/codes/call_codes.hpp"

namespace dal::sema {
namespace {

using Kind = Builtin::Parameter::Kind;

std::string count_text(size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// Takes the arguments one by one, and reports those that do not fit.
class Binder {
  public:
    Binder(Evaluator& e, const Evaluator::Signature& signature, size_t given)
        : e_(e), signature_(signature), parameters_(signature.parameters), given_(given) {
        const auto rest =
            std::find_if(parameters_.begin(), parameters_.end(), [](const auto& p) { return p.kind == Kind::rest; });
        is_variadic_ = rest != parameters_.end();
        places_ = static_cast<size_t>(rest - parameters_.begin());
        result_.bound.resize(parameters_.size());
    }

    void by_position(Placed value) {
        ok_ = ok_ && !is_poison(value.value);
        if (has_names_) {
            e_.report(complain(value.span, "an argument without a name after one with a name")
                          .with_rule("arguments are given by position, then by name"));
        } else if (next_ < places_) {
            result_.bound[next_++] = std::move(value);
        } else if (is_variadic_) {
            result_.rest.push_back(std::move(value));
        } else if (next_++ == places_) {
            e_.report(complain(value.span, "`" + signature_.function + "` takes " +
                                               count_text(parameters_.size(), "argument") + ", " +
                                               std::to_string(given_) + (given_ == 1 ? " is" : " are") + " given"));
        }
    }

    void by_name(const ast::Name& name, Placed value) {
        has_names_ = true;
        ok_ = ok_ && !is_poison(value.value);
        const auto parameter = std::find_if(parameters_.begin(), parameters_.end(),
                                            [&](const auto& p) { return p.name == name.text && p.kind != Kind::rest; });
        if (parameter == parameters_.end()) return unknown(name);
        auto& slot = result_.bound[static_cast<size_t>(parameter - parameters_.begin())];
        if (slot)
            e_.report(
                complain(name.span, "`" + name.text + "` is given twice").with_place(slot->span, "given here first"));
        else
            slot = std::move(value);
    }

    std::optional<Evaluator::Arguments> finish(const Span& span) {
        std::string missing;
        for (size_t j = 0; j < parameters_.size(); ++j)
            if (parameters_[j].kind == Kind::required && !result_.bound[j])
                missing += (missing.empty() ? "`" : ", `") + parameters_[j].name + "`";
        if (!missing.empty() && ok_)
            e_.report(with_translation(e_.reports().sources(), span,
                                       complain(span, "this call of `" + signature_.function + "` lacks " + missing)));
        return ok_ ? std::optional(std::move(result_)) : std::nullopt;
    }

  private:
    Diagnostic complain(const Span& at, std::string message) {
        ok_ = false;
        Diagnostic d = error(code::bad_arguments, at, std::move(message));
        if (signature_.definition.known())
            d.secondary.push_back({signature_.definition, "`" + signature_.function + "` is declared here"});
        if (!signature_.text.empty()) d.rules.push_back("it is `" + signature_.text + "`");
        return d;
    }

    void unknown(const ast::Name& name) {
        std::vector<std::string> names;
        for (const auto& p : parameters_)
            if (p.kind != Kind::rest) names.push_back(p.name);
        Diagnostic d = complain(name.span, "`" + signature_.function + "` has no parameter `" + name.text + "`");
        std::string best(nearest(name.text, names));
        constexpr size_t stem = 4;  // `rounding` is near to `round` all the same
        for (const std::string& known : names)
            if (best.empty() && known.size() >= stem && name.text.starts_with(known)) best = known;
        if (!best.empty()) d.help.push_back("did you mean `" + best + "`?");
        e_.report(std::move(d));
    }

    Evaluator& e_;
    const Evaluator::Signature& signature_;
    std::span<const Builtin::Parameter> parameters_;
    size_t given_;
    bool is_variadic_ = false;
    size_t places_ = 0;  ///< parameters given by position: all before and with the one that takes any number
    size_t next_ = 0;
    bool has_names_ = false;
    bool ok_ = true;
    Evaluator::Arguments result_;
};

}  // namespace

std::optional<Evaluator::Arguments> Evaluator::bind_arguments(const Signature& signature,
                                                              const std::vector<Placed>& positional,
                                                              const ast::Call* call, const Scope& scope,
                                                              const Span& span) {
    Binder binder(*this, signature, positional.size() + (call ? call->arguments.size() : 0));
    for (const Placed& value : positional) binder.by_position(value);
    for (size_t j = 0; call && j < call->arguments.size(); ++j) {
        const ast::Argument& argument = call->arguments[j];
        Placed value = placed(argument.value, scope);
        if (argument.name)
            binder.by_name(*argument.name, std::move(value));
        else
            binder.by_position(std::move(value));
    }
    return binder.finish(span);
}

}  // namespace dal::sema
