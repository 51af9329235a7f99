// Each function is the built-in one of the language, by its name and those of its parameters (sema/builtins_*.cpp).
#include "dal/edsl/functions.hpp"

#include "dal/edsl/session.hpp"

namespace dal::edsl {
namespace {

TensorData text_argument(std::string_view text, const Location& at) {
    return {nullptr, sema::Text{std::string(text)}, at};
}

/// The arguments of a function of a tensor, an axis or several, and `keep`.
Tensor reduce(const char* function, const Tensor& x, const Over& over, const Location& at) {
    const TensorData keep = integer_argument(over.keep ? 1 : 0, at);
    if (over.axis.list().empty()) return apply(function, {{"x", x.data()}, {"keep", keep}}, at);
    return apply(function, {{"x", x.data()}, {"axis", integers_argument(over.axis.list(), at)}, {"keep", keep}}, at);
}

Tensor with_axis(const char* function, const Tensor& x, int64_t axis, const Location& at) {
    return apply(function, {{"x", x.data()}, {"axis", integer_argument(axis, at)}}, at);
}

Tensor with_count(const char* function, const Tensor& x, int64_t count, int64_t axis, const Location& at) {
    return apply(function,
                 {{"x", x.data()}, {"count", integer_argument(count, at)}, {"axis", integer_argument(axis, at)}}, at);
}

}  // namespace

Tensor quantize(const Tensor& x, const Formats& formats, Location at) {
    return apply("quantize", {{"x", x.data()}, {"format", formats_argument(formats, at)}}, at);
}

Tensor einsum(std::string_view equation, const std::vector<Tensor>& operands, Location at) {
    return apply("einsum", {{"equation", text_argument(equation, at)}}, operands, at);
}
Tensor einsum(std::string_view equation, const Tensor& x, Location at) { return einsum(equation, std::vector{x}, at); }
Tensor einsum(std::string_view equation, const Tensor& a, const Tensor& b, Location at) {
    return einsum(equation, std::vector{a, b}, at);
}
Tensor einsum(std::string_view equation, const Tensor& a, const Tensor& b, const Tensor& c, Location at) {
    return einsum(equation, std::vector{a, b, c}, at);
}

Tensor relu(const Tensor& x, Location at) { return apply("relu", {{"x", x.data()}}, at); }
Tensor abs(const Tensor& x, Location at) { return apply("abs", {{"x", x.data()}}, at); }
Tensor sign(const Tensor& x, Location at) { return apply("sign", {{"x", x.data()}}, at); }
Tensor is_negative(const Tensor& x, Location at) { return apply("is_negative", {{"x", x.data()}}, at); }
Tensor min(const Tensor& a, const Tensor& b, Location at) {
    return apply("min", {{"x", a.data()}}, std::span(&b, 1), at);
}
Tensor max(const Tensor& a, const Tensor& b, Location at) {
    return apply("max", {{"x", a.data()}}, std::span(&b, 1), at);
}
Tensor clip(const Tensor& x, const Tensor& low, const Tensor& high, Location at) {
    return apply("clip", {{"x", x.data()}, {"lo", low.data()}, {"hi", high.data()}}, at);
}
Tensor select(const Tensor& condition, const Tensor& if_true, const Tensor& if_false, Location at) {
    return apply("select", {{"condition", condition.data()}, {"a", if_true.data()}, {"b", if_false.data()}}, at);
}

Tensor bits(const Tensor& x, int64_t low, int64_t count, Location at) {
    return apply("bits", {{"x", x.data()}, {"low", integer_argument(low, at)}, {"count", integer_argument(count, at)}},
                 at);
}
Tensor bit(const Tensor& x, int64_t position, Location at) {
    return apply("bit", {{"x", x.data()}, {"j", integer_argument(position, at)}}, at);
}
Tensor from_bits(const Tensor& bits, Location at) { return apply("from_bits", {{"b", bits.data()}}, at); }
Tensor to_bits(const Tensor& x, int64_t count, Location at) {
    return apply("to_bits", {{"x", x.data()}, {"n", integer_argument(count, at)}}, at);
}

Tensor sum(const Tensor& x, const Over& over, Location at) { return reduce("sum", x, over, at); }
Tensor mean(const Tensor& x, const Over& over, Location at) { return reduce("mean", x, over, at); }
Tensor prod(const Tensor& x, const Over& over, Location at) { return reduce("prod", x, over, at); }
Tensor min(const Tensor& x, const Over& over, Location at) { return reduce("min", x, over, at); }
Tensor max(const Tensor& x, const Over& over, Location at) { return reduce("max", x, over, at); }
Tensor any(const Tensor& x, const Over& over, Location at) { return reduce("any", x, over, at); }
Tensor all(const Tensor& x, const Over& over, Location at) { return reduce("all", x, over, at); }
Tensor argmin(const Tensor& x, const Over& over, Location at) { return reduce("argmin", x, over, at); }
Tensor argmax(const Tensor& x, const Over& over, Location at) { return reduce("argmax", x, over, at); }
Tensor sort(const Tensor& x, SortOptions options, Location at) {
    return apply("sort",
                 {{"x", x.data()},
                  {"axis", integer_argument(options.axis, at)},
                  {"descending", integer_argument(options.descending ? 1 : 0, at)}},
                 at);
}
Tensor cumsum(const Tensor& x, int64_t axis, Location at) { return with_axis("cumsum", x, axis, at); }

Tensor reshape(const Tensor& x, const Shape& to, Location at) {
    return apply("reshape", {{"x", x.data()}, {"shape", integers_argument(to, at)}}, at);
}
Tensor flatten(const Tensor& x, Location at) { return apply("flatten", {{"x", x.data()}}, at); }
Tensor transpose(const Tensor& x, const Axes& axes, Location at) {
    if (axes.list().empty()) return apply("transpose", {{"x", x.data()}}, at);
    return apply("transpose", {{"x", x.data()}, {"axes", integers_argument(axes.list(), at)}}, at);
}
Tensor gather(const Tensor& x, const Tensor& positions, int64_t axis, Location at) {
    return apply("gather", {{"x", x.data()}, {"positions", positions.data()}, {"axis", integer_argument(axis, at)}},
                 at);
}
Tensor concat(const std::vector<Tensor>& tensors, int64_t axis, Location at) {
    return apply("concat", {{"axis", integer_argument(axis, at)}}, tensors, at);
}
Tensor stack(const std::vector<Tensor>& tensors, int64_t axis, Location at) {
    return apply("stack", {{"axis", integer_argument(axis, at)}}, tensors, at);
}
Tensor pad(const Tensor& x, const std::vector<int64_t>& before, const std::vector<int64_t>& after, const Tensor& value,
           Location at) {
    return apply("pad",
                 {{"x", x.data()},
                  {"before", integers_argument(before, at)},
                  {"after", integers_argument(after, at)},
                  {"value", value.data()}},
                 at);
}
Tensor repeat(const Tensor& x, int64_t count, int64_t axis, Location at) {
    return with_count("repeat", x, count, axis, at);
}
Tensor tile(const Tensor& x, int64_t count, int64_t axis, Location at) {
    return with_count("tile", x, count, axis, at);
}
Tensor flip(const Tensor& x, int64_t axis, Location at) { return with_axis("flip", x, axis, at); }
Tensor broadcast_to(const Tensor& x, const Shape& to, Location at) {
    return apply("broadcast_to", {{"x", x.data()}, {"shape", integers_argument(to, at)}}, at);
}
Tensor windows(const Tensor& x, const std::vector<int64_t>& size, const WindowOptions& options, Location at) {
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

Tensor lookup(const Tensor& x, const Tensor& entries, const Formats& domain, Location at) {
    return apply("lookup", {{"x", x.data()}, {"entries", entries.data()}, {"format", formats_argument(domain, at)}},
                 at);
}
Tensor zeros(const Shape& shape, Location at) { return apply("zeros", {{"shape", integers_argument(shape, at)}}, at); }
Tensor ones(const Shape& shape, Location at) { return apply("ones", {{"shape", integers_argument(shape, at)}}, at); }
Tensor full(const Shape& shape, const Tensor& value, Location at) {
    return apply("full", {{"shape", integers_argument(shape, at)}, {"value", value.data()}}, at);
}
Tensor iota(int64_t count, Location at) { return apply("iota", {{"shape", integer_argument(count, at)}}, at); }
Tensor eye(int64_t size, Location at) { return apply("eye", {{"n", integer_argument(size, at)}}, at); }

}  // namespace dal::edsl
