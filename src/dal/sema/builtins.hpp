// The names that every program sees: functions, short formats, rounding and overflow modes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dal/sema/value.hpp"

namespace dal::sema {

class Elaborator;

/// What a built-in function is given: its parameters in order, absent ones empty, and the whole call.
struct BuiltinCall {
    std::span<const std::optional<Placed>> arguments;
    Span span;
    const Scope& scope;
};

struct Builtin {
    struct Parameter {
        std::string name;
        bool required = true;
    };
    std::string name;
    std::vector<Parameter> parameters;
    Value (*call)(Elaborator&, const BuiltinCall&);
};

/// The value of a built-in name, or null.
const Value* find_builtin(const std::string& name);
/// All of them, for suggestions.
const std::vector<std::string>& builtin_names();

}  // namespace dal::sema
