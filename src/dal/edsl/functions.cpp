// Each function is the built-in one of the language, by its name and those of its parameters (sema/builtins_*.cpp).
#include "dal/edsl/functions.hpp"

#include "dal/edsl/session.hpp"

namespace dal::edsl {
namespace {

TensorData text_argument(std::string_view text, const Location& at) {
    return {nullptr, sema::Text{std::string(text)}, at};
}

/// The arguments of a function of a tensor, an axis or several, and `keep`.
Tensor reduce(const char* function, const Operand& x, const Over& over, const Location& at) {
    const TensorData keep = integer_argument(over.keep ? 1 : 0, at);
    if (over.axis.list().empty()) return apply(function, {{"x", x.data()}, {"keep", keep}}, at);
    return apply(function, {{"x", x.data()}, {"axis", integers_argument(over.axis.list(), at)}, {"keep", keep}}, at);
}

Tensor with_axis(const char* function, const Operand& x, int64_t axis, const Location& at) {
    return apply(function, {{"x", x.data()}, {"axis", integer_argument(axis, at)}}, at);
}

Tensor with_count(const char* function, const Operand& x, int64_t count, int64_t axis, const Location& at) {
    return apply(function,
                 {{"x", x.data()}, {"count", integer_argument(count, at)}, {"axis", integer_argument(axis, at)}}, at);
}

}  // namespace

Tensor quantize(const Operand& x, const Formats& formats, Location at) {
    return apply("quantize", {{"x", x.data()}, {"format", formats_argument(formats, at)}}, at);
}

Tensor quantize(const Operand& x, Place place, Location at) { return quantize(x, format_of(place, at), at); }

Tensor einsum(std::string_view equation, const Tensors& operands, Location at) {
    return apply("einsum", {{"equation", text_argument(equation, at)}}, operands.list(), at);
}
Tensor einsum(std::string_view equation, const Operand& x, Location at) { return einsum(equation, Tensors{x}, at); }
Tensor einsum(std::string_view equation, const Operand& a, const Operand& b, Location at) {
    return einsum(equation, Tensors{a, b}, at);
}
Tensor einsum(std::string_view equation, const Operand& a, const Operand& b, const Operand& c, Location at) {
    return einsum(equation, Tensors{a, b, c}, at);
}

Tensor relu(const Operand& x, Location at) { return apply("relu", {{"x", x.data()}}, at); }
Tensor abs(const Operand& x, Location at) { return apply("abs", {{"x", x.data()}}, at); }
Tensor sign(const Operand& x, Location at) { return apply("sign", {{"x", x.data()}}, at); }
Tensor is_negative(const Operand& x, Location at) { return apply("is_negative", {{"x", x.data()}}, at); }
Tensor min(const Operand& a, const Operand& b, Location at) {
    return apply("min", {{"x", a.data()}}, std::span(&b, 1), at);
}
Tensor max(const Operand& a, const Operand& b, Location at) {
    return apply("max", {{"x", a.data()}}, std::span(&b, 1), at);
}
Tensor clip(const Operand& x, const Operand& low, const Operand& high, Location at) {
    return apply("clip", {{"x", x.data()}, {"lo", low.data()}, {"hi", high.data()}}, at);
}
Tensor select(const Operand& condition, const Operand& if_true, const Operand& if_false, Location at) {
    return apply("select", {{"condition", condition.data()}, {"a", if_true.data()}, {"b", if_false.data()}}, at);
}

Tensor bits(const Operand& x, int64_t low, int64_t count, Location at) {
    return apply("bits", {{"x", x.data()}, {"low", integer_argument(low, at)}, {"count", integer_argument(count, at)}},
                 at);
}
Tensor bit(const Operand& x, int64_t position, Location at) {
    return apply("bit", {{"x", x.data()}, {"j", integer_argument(position, at)}}, at);
}
Tensor from_bits(const Operand& bits, Location at) { return apply("from_bits", {{"b", bits.data()}}, at); }
Tensor to_bits(const Operand& x, int64_t count, Location at) {
    return apply("to_bits", {{"x", x.data()}, {"n", integer_argument(count, at)}}, at);
}

Tensor sum(const Operand& x, const Over& over, Location at) { return reduce("sum", x, over, at); }
Tensor mean(const Operand& x, const Over& over, Location at) { return reduce("mean", x, over, at); }
Tensor prod(const Operand& x, const Over& over, Location at) { return reduce("prod", x, over, at); }
Tensor min(const Operand& x, const Over& over, Location at) { return reduce("min", x, over, at); }
Tensor max(const Operand& x, const Over& over, Location at) { return reduce("max", x, over, at); }
Tensor any(const Operand& x, const Over& over, Location at) { return reduce("any", x, over, at); }
Tensor all(const Operand& x, const Over& over, Location at) { return reduce("all", x, over, at); }
Tensor argmin(const Operand& x, const Over& over, Location at) { return reduce("argmin", x, over, at); }
Tensor argmax(const Operand& x, const Over& over, Location at) { return reduce("argmax", x, over, at); }
Tensor sort(const Operand& x, SortOptions options, Location at) {
    return apply("sort",
                 {{"x", x.data()},
                  {"axis", integer_argument(options.axis, at)},
                  {"descending", integer_argument(options.descending ? 1 : 0, at)}},
                 at);
}
Tensor cumsum(const Operand& x, int64_t axis, Location at) { return with_axis("cumsum", x, axis, at); }

Tensor reshape(const Operand& x, const Shape& to, Location at) {
    return apply("reshape", {{"x", x.data()}, {"shape", integers_argument(to, at)}}, at);
}
Tensor flatten(const Operand& x, Location at) { return apply("flatten", {{"x", x.data()}}, at); }
Tensor transpose(const Operand& x, const Axes& axes, Location at) {
    if (axes.list().empty()) return apply("transpose", {{"x", x.data()}}, at);
    return apply("transpose", {{"x", x.data()}, {"axes", integers_argument(axes.list(), at)}}, at);
}
Tensor gather(const Operand& x, const Operand& positions, int64_t axis, Location at) {
    return apply("gather", {{"x", x.data()}, {"positions", positions.data()}, {"axis", integer_argument(axis, at)}},
                 at);
}
Tensor concat(const Tensors& tensors, int64_t axis, Location at) {
    return apply("concat", {{"axis", integer_argument(axis, at)}}, tensors.list(), at);
}
Tensor stack(const Tensors& tensors, int64_t axis, Location at) {
    return apply("stack", {{"axis", integer_argument(axis, at)}}, tensors.list(), at);
}
Tensor pad(const Operand& x, const std::vector<int64_t>& before, const std::vector<int64_t>& after,
           const Operand& value, Location at) {
    return apply("pad",
                 {{"x", x.data()},
                  {"before", integers_argument(before, at)},
                  {"after", integers_argument(after, at)},
                  {"value", value.data()}},
                 at);
}
Tensor pad(const Operand& x, const std::vector<int64_t>& around, Location at) { return pad(x, around, around, 0, at); }
Tensor repeat(const Operand& x, int64_t count, int64_t axis, Location at) {
    return with_count("repeat", x, count, axis, at);
}
Tensor tile(const Operand& x, int64_t count, int64_t axis, Location at) {
    return with_count("tile", x, count, axis, at);
}
Tensor flip(const Operand& x, int64_t axis, Location at) { return with_axis("flip", x, axis, at); }
Tensor broadcast_to(const Operand& x, const Shape& to, Location at) {
    return apply("broadcast_to", {{"x", x.data()}, {"shape", integers_argument(to, at)}}, at);
}
Tensor windows(const Operand& x, const std::vector<int64_t>& size, const WindowOptions& options, Location at) {
    const std::vector<int64_t> each(size.size(), 1);
    std::vector<int64_t> first;
    for (size_t axis = 0; axis < size.size(); ++axis) first.push_back(static_cast<int64_t>(axis));
    const auto given = [&](const std::vector<int64_t>& list, const std::vector<int64_t>& otherwise) {
        return integers_argument(list.empty() ? otherwise : list, at);
    };
    return apply("windows",
                 {{"x", x.data()},
                  {"size", integers_argument(size, at)},
                  {"stride", given(options.stride, each)},
                  {"dilation", given(options.dilation, each)},
                  {"axes", given(options.axes, first)}},
                 at);
}

Tensor lookup(const Operand& x, const Operand& entries, const Formats& domain, const LookupOptions& options,
              Location at) {
    std::vector<Argument> arguments{
        {"x", x.data()}, {"entries", entries.data()}, {"format", formats_argument(domain, at)}};
    if (options.care) arguments.push_back({"care", options.care->data(at)});
    return tensor_of(call("lookup", arguments, {}, at));
}
Tensor thresholds(const Operand& x, const Operand& levels, const ThresholdOptions& options, Location at) {
    std::vector<Argument> arguments{{"x", x.data()}, {"levels", levels.data()}};
    if (options.base) arguments.push_back({"base", options.base->data(at)});
    if (options.step) arguments.push_back({"step", options.step->data(at)});
    arguments.push_back({"below", integer_argument(options.below ? 1 : 0, at)});
    return tensor_of(call("thresholds", arguments, {}, at));
}
Tensor zeros(const Shape& shape, Location at) { return apply("zeros", {{"shape", integers_argument(shape, at)}}, at); }
Tensor ones(const Shape& shape, Location at) { return apply("ones", {{"shape", integers_argument(shape, at)}}, at); }
Tensor full(const Shape& shape, const Operand& value, Location at) {
    return apply("full", {{"shape", integers_argument(shape, at)}, {"value", value.data()}}, at);
}
Tensor iota(int64_t count, Location at) { return apply("iota", {{"shape", integer_argument(count, at)}}, at); }
Tensor iota(const Shape& shape, Location at) { return apply("iota", {{"shape", integers_argument(shape, at)}}, at); }
Tensor eye(int64_t size, Location at) { return apply("eye", {{"n", integer_argument(size, at)}}, at); }

}  // namespace dal::edsl
