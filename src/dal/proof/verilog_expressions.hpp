// The expressions of Verilog, with its precedences. Private to the reader.
#pragma once

#include <string>
#include <utility>

#include "dal/proof/verilog.hpp"
#include "dal/proof/verilog_lexer.hpp"

namespace dal::proof {

/// Operands of an operator must have the width of its result: then nothing depends on the rules by which Verilog
/// extends them.
class VerilogExpressions {
  public:
    VerilogExpressions(VerilogLexer& lexer, Module& module) : at_(lexer), module_(module) {}

    ExpressionId read();
    SignalId signal();
    /// "[3:1]", "[2]" or nothing: first bit and width, within `width`.
    std::pair<int64_t, int64_t> part(int64_t width);
    /// Null if there is none.
    LookUp* table(std::string_view name);

  private:
    ExpressionId binary(int level);
    ExpressionId unary();
    ExpressionId primary();
    ExpressionId braces();
    ExpressionId named();
    ExpressionId make(Expression expression);
    ExpressionId same_width(Operator kind, ExpressionId a, ExpressionId b);
    ExpressionId less(ExpressionId a, bool a_signed, ExpressionId b, bool b_signed);
    [[nodiscard]] int64_t width(ExpressionId id) const { return module_.expressions[id].width; }

    VerilogLexer& at_;
    Module& module_;
    int depth_ = 0;
    bool signed_ = false;  ///< the operand that was read last is $signed(…)
};

}  // namespace dal::proof
