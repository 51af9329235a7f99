// Tables in the language: the declaration `table`, calls of tables, and the built-in functions `lookup` (a table given
// as a value) and `thresholds` (a quantizer with many levels). Constants are looked up at once; of a variable, a
// table becomes one graph operation, whose operand inference checks. Functions report what is wrong and return Poison.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dal/sema/builtins/builtins.hpp"
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

/// The functions, to be listed among the others: lookup, thresholds.
const std::vector<Builtin>& table_builtins();

}  // namespace dal::sema
