// Shapes of tensors, and arrays of constants.
#include "dal/sema/builtins/builtins.hpp"
#include "dal/sema/tensor_ops.hpp"

namespace dal::sema {
namespace {

Value integer_value(int64_t value) { return Constant::scalar(Rational(Dyadic(Int(value)))); }

bool has_shape(TensorOps& e, const Placed& x) { return std::holds_alternative<Formats>(x.value) || e.need_tensor(x); }

Value call_shape(TensorOps& e, const BuiltinCall& call) {
    if (!has_shape(e, call[0])) return Poison{};
    const Shape& shape = e.shape_of(call[0].value);
    if (shape.empty()) return List{std::make_shared<const ListItems>()};
    std::vector<Rational> values;
    values.reserve(shape.size());
    for (const int64_t extent : shape) values.emplace_back(Dyadic(Int(extent)));
    return Constant::of({static_cast<int64_t>(shape.size())}, std::move(values));
}

Value call_size(TensorOps& e, const BuiltinCall& call) {
    if (!has_shape(e, call[0])) return Poison{};
    return integer_value(element_count(e.shape_of(call[0].value)));
}

Value call_rank(TensorOps& e, const BuiltinCall& call) {
    if (!has_shape(e, call[0])) return Poison{};
    return integer_value(static_cast<int64_t>(e.shape_of(call[0].value).size()));
}

Value call_len(TensorOps& e, const BuiltinCall& call) {
    const auto count = e.item_count(call[0]);
    return count ? integer_value(*count) : Poison{};
}

Value filled(TensorOps& e, const Placed& shape_value, const Rational& value, const Span& span) {
    auto shape = e.shape_argument(shape_value);
    if (!shape || !e.charge(element_count(*shape), span)) return Poison{};
    std::vector<Rational> values(static_cast<size_t>(element_count(*shape)), value);
    return Constant::of(std::move(*shape), std::move(values));
}

Value call_zeros(TensorOps& e, const BuiltinCall& call) { return filled(e, call[0], 0, call.span); }
Value call_ones(TensorOps& e, const BuiltinCall& call) { return filled(e, call[0], 1, call.span); }

Value call_full(TensorOps& e, const BuiltinCall& call) {
    const auto shape = e.shape_argument(call[0]);
    if (!shape || !has_shape(e, call[1])) return Poison{};
    const Placed operands[] = {call[1]};
    return e.move("broadcast_to", broadcast_to(e.shape_of(call[1].value), *shape), operands, call.span);
}

Value call_iota(TensorOps& e, const BuiltinCall& call) {
    const auto shape = e.shape_argument(call[0]);
    if (!shape || !e.charge(element_count(*shape), call.span)) return Poison{};
    std::vector<Rational> values;
    for (int64_t j = 0; j < element_count(*shape); ++j) values.emplace_back(Dyadic(Int(j)));
    return Constant::of(*shape, std::move(values));
}

Value call_eye(TensorOps& e, const BuiltinCall& call) {
    const auto extent = e.integer(call[0], "an extent", 1, int64_t{1} << 31);
    if (!extent || !e.check_size({*extent, *extent}, call.span) || !e.charge(*extent * *extent, call.span))
        return Poison{};
    std::vector<Rational> values(static_cast<size_t>(*extent * *extent));
    for (int64_t j = 0; j < *extent; ++j) values[static_cast<size_t>(j * (*extent + 1))] = 1;
    return Constant::of({*extent, *extent}, std::move(values));
}

Value call_load(TensorOps& e, const BuiltinCall& call) {
    return e.files().load(e, call[0], call.arguments[1], *call.scope.module, call.span);
}

}  // namespace

const std::vector<Builtin>& array_builtins() {
    static const std::vector<Builtin> list{
        {"shape", {"x"}, "the extents of all axes", call_shape},
        {"rank", {"x"}, "the number of axes", call_rank},
        {"size", {"x"}, "the number of elements", call_size},
        {"len", {"x"}, "the extent of the first axis, or the number of items of a list", call_len},
        {"zeros", {"shape"}, "0 everywhere; a shape is an integer or a list of them", call_zeros},
        {"ones", {"shape"}, "1 everywhere", call_ones},
        {"full", {"shape", "value"}, "one value everywhere", call_full},
        {"iota", {"shape"}, "0, 1, 2, … in row-major order", call_iota},
        {"eye", {"n"}, "the n × n matrix with 1 on the diagonal", call_eye},
        {"load",
         {"file", {"type", "said by the file"}},
         "an array (.npy) or an archive of arrays (.npz), beside the program",
         call_load},
    };
    return list;
}

}  // namespace dal::sema
