// The names that every program sees: functions, short formats, rounding and overflow modes. One file per group of
// functions; each function carries its documentation. Internal to this layer; builtin_docs.hpp is for others.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dal/sema/values/value.hpp"

namespace dal::sema {

class TensorOps;

/// What a built-in function is given: its parameters in order, absent ones empty, and the whole call.
struct BuiltinCall {
    std::span<const std::optional<Placed>> arguments;
    std::span<const Placed> rest;  ///< what was given for the parameter that takes any number
    Span span;
    const Scope& scope;

    /// An argument that is required, so that it is there.
    [[nodiscard]] const Placed& operator[](size_t parameter) const { return *arguments[parameter]; }
};

struct Builtin {
    struct Parameter {
        enum class Kind : uint8_t { required, optional, rest };
        Parameter(const char* its_name)  // NOLINT(google-explicit-constructor)
            : name(its_name), kind(Kind::required) {}
        Parameter(std::string its_name, Kind its_kind) : name(std::move(its_name)), kind(its_kind) {}
        Parameter(const char* its_name, const char* its_default)
            : name(its_name), kind(Kind::optional), shown(its_default) {}
        std::string name;
        Kind kind;
        std::string shown;  ///< the default, for documentation: "trn"
    };
    std::string name;
    /// One may be of kind `rest`: it takes all further positional arguments; those after it are given by name.
    std::vector<Parameter> parameters;
    std::string doc;  ///< one line
    Value (*call)(TensorOps&, const BuiltinCall&);

    /// "clip(x, lo, hi)".
    [[nodiscard]] std::string signature() const;
};

/// A parameter that takes any number of arguments.
inline Builtin::Parameter rest(std::string name) { return {std::move(name), Builtin::Parameter::Kind::rest}; }

// The groups, each in its own file.
const std::vector<Builtin>& format_builtins();
const std::vector<Builtin>& arithmetic_builtins();
const std::vector<Builtin>& bit_builtins();
const std::vector<Builtin>& reduction_builtins();
const std::vector<Builtin>& movement_builtins();
const std::vector<Builtin>& array_builtins();
const std::vector<Builtin>& real_builtins();
const std::vector<Builtin>& table_builtins();

/// The value of a built-in name, or null.
const Value* find_builtin(const std::string& name);
/// All of them, for suggestions.
const std::vector<std::string>& builtin_names();

}  // namespace dal::sema
