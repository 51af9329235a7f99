#include "dal/netlist/expression.hpp"

#include <string>
#include <utility>

#include "dal/support/check.hpp"

namespace dal::netlist {

using Kind = Expression::Kind;

Expression literal(const Int& code, int64_t lo, int64_t width) {
    Expression result;
    result.width = width;
    result.value = Int::floor_mod(lo >= 0 ? code >> lo : code << -lo, Int::pow2(width));
    return result;
}

Expression bits(SignalId signal, int64_t first, int64_t width) {
    Expression result;
    result.kind = Kind::bits;
    result.signal = signal;
    result.first = first;
    result.width = width;
    return result;
}

Expression repeat(Expression bit, int64_t width) {
    DAL_CHECK(bit.width == 1, "a vector of " + std::to_string(bit.width) + " bits as a sign");
    Expression result;
    result.kind = Kind::repeat;
    result.width = width;
    result.operands.push_back(std::move(bit));
    return result;
}

Expression concat(std::vector<Expression> operands) {
    if (operands.size() == 1) return std::move(operands.front());
    int64_t width = 0;
    for (const Expression& operand : operands) width += operand.width;
    Expression result;
    result.kind = Kind::concat;
    result.width = width;
    result.operands = std::move(operands);
    return result;
}

Expression combine(Kind kind, std::vector<Expression> operands) {
    Expression result;
    result.kind = kind;
    if (!operands.empty()) result.width = operands.front().width;
    for (const Expression& operand : operands)
        DAL_CHECK(operand.width == result.width,
                  "operands of " + std::to_string(result.width) + " and " + std::to_string(operand.width) + " bits");
    result.operands = std::move(operands);
    return result;
}

Expression mux(Expression condition, Expression if_true, Expression if_false) {
    DAL_CHECK(condition.width == 1, "a condition of " + std::to_string(condition.width) + " bits");
    DAL_CHECK(if_true.width == if_false.width, "alternatives of different widths");
    Expression result;
    result.kind = Kind::mux;
    result.width = if_true.width;
    result.operands.push_back(std::move(condition));
    result.operands.push_back(std::move(if_true));
    result.operands.push_back(std::move(if_false));
    return result;
}

Expression any(Expression operand) {
    Expression result;
    result.kind = Kind::any;
    result.width = 1;
    result.operands.push_back(std::move(operand));
    return result;
}

Expression less(Expression a, Expression b, bool is_signed) {
    DAL_CHECK(a.width == b.width, "a comparison of different widths");
    Expression result;
    result.kind = Kind::less;
    result.is_signed = is_signed;
    result.width = 1;
    result.operands.push_back(std::move(a));
    result.operands.push_back(std::move(b));
    return result;
}

Expression look_up(uint32_t table, Expression code, int64_t width) {
    Expression result;
    result.kind = Kind::look_up;
    result.table = table;
    result.width = width;
    result.operands.push_back(std::move(code));
    return result;
}

}  // namespace dal::netlist
