#include "dal/edsl/constants.hpp"

#include "dal/edsl/session.hpp"

namespace dal::edsl {

#define DAL_CONSTANT_FUNCTION(name) \
    Tensor name(const TensorOperand& x, Location at) { return apply(#name, {{"x", x.data()}}, at); }
DAL_CONSTANT_FUNCTION(exp)
DAL_CONSTANT_FUNCTION(exp2)
DAL_CONSTANT_FUNCTION(log)
DAL_CONSTANT_FUNCTION(log2)
DAL_CONSTANT_FUNCTION(sqrt)
DAL_CONSTANT_FUNCTION(sin)
DAL_CONSTANT_FUNCTION(cos)
DAL_CONSTANT_FUNCTION(tan)
DAL_CONSTANT_FUNCTION(asin)
DAL_CONSTANT_FUNCTION(acos)
DAL_CONSTANT_FUNCTION(atan)
DAL_CONSTANT_FUNCTION(sinh)
DAL_CONSTANT_FUNCTION(cosh)
DAL_CONSTANT_FUNCTION(tanh)
DAL_CONSTANT_FUNCTION(sigmoid)
DAL_CONSTANT_FUNCTION(erf)
DAL_CONSTANT_FUNCTION(floor)
DAL_CONSTANT_FUNCTION(ceil)
DAL_CONSTANT_FUNCTION(round)
#undef DAL_CONSTANT_FUNCTION

Tensor pow(const TensorOperand& a, const Operand& b, Location at) {
    return apply("pow", {{"a", a.data()}, {"b", b.data()}}, at);
}
Tensor atan2(const TensorOperand& y, const Operand& x, Location at) {
    return apply("atan2", {{"y", y.data()}, {"x", x.data()}}, at);
}

}  // namespace dal::edsl
