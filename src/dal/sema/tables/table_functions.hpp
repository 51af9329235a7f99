// Tables in the language: the declaration `table` and calls of tables (the built-in functions `lookup` and `thresholds`
// are among table_builtins of builtins.hpp). Constants are looked up at once; of a variable, a table becomes one graph
// operation, whose operand inference checks. Functions report what is wrong and return Poison.
#pragma once

#include <optional>
#include <span>

#include "dal/sema/tables/table.hpp"
#include "dal/sema/values/value.hpp"

namespace dal::sema {

class Evaluator;
class TensorOps;

/// Evaluates a `table` declaration: a TableRef. `place`: the format of the place `table` of the innermost `with` that
/// has one, for a table without `->`; then the entries have no format and must be multiples of a power of two.
Value declare_table(Evaluator& e, const ast::Table& table, const std::optional<Placed>& place, const Scope& scope);

/// `called(a, b, …)`: element-wise, broadcasting. `span`: the call.
Value call_table(TensorOps& e, const TableRef& called, std::span<const Placed> arguments, const Span& span);

}  // namespace dal::sema
