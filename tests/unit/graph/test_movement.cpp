#include <doctest/doctest.h>

#include "dal/graph/movement.hpp"

using namespace dal;

namespace {

using List = std::vector<int64_t>;

/// The elements of operand 0 that a movement reads; -1 for the scalar that fills.
List elements(MovementResult result) {
    REQUIRE_MESSAGE(result.ok(), result.problem());
    REQUIRE(static_cast<int64_t>(result->sources.size()) == element_count(result->shape));
    List list;
    for (const Source& source : result->sources) list.push_back(source.operand == 0 ? source.element : -1);
    return list;
}

Shape shape(MovementResult result) {
    REQUIRE_MESSAGE(result.ok(), result.problem());
    return result->shape;
}

std::string problem(const MovementResult& result) {
    CHECK_FALSE(result.ok());
    return result.problem();
}

Subscript at(int64_t position) { return {.kind = Subscript::Kind::at, .position = position, .first = {}, .last = {}}; }
Subscript slice(std::optional<int64_t> first, std::optional<int64_t> last, int64_t step = 1) {
    return {.kind = Subscript::Kind::slice, .position = 0, .first = first, .last = last, .step = step};
}
const Subscript all{.kind = Subscript::Kind::all, .position = 0, .first = {}, .last = {}};
const Subscript new_axis{.kind = Subscript::Kind::new_axis, .position = 0, .first = {}, .last = {}};

MovementResult index(const Shape& x, const std::vector<Subscript>& subscripts) { return subscript(x, subscripts); }
MovementResult padded(const Shape& x, const List& before, const List& after) { return pad(x, before, after); }
MovementResult joined(const std::vector<Shape>& operands, int64_t axis) { return concat(operands, axis); }
MovementResult stacked(const std::vector<Shape>& operands, int64_t axis) { return stack(operands, axis); }
MovementResult picked(const Shape& x, const List& positions, const Shape& positions_shape, int64_t axis) {
    return gather(x, positions, positions_shape, axis);
}
MovementResult windowed(const Shape& x, const List& axes, const List& sizes, const List& strides,
                        const List& dilations) {
    return windows(x, axes, sizes, strides, dilations);
}

constexpr int64_t huge = INT64_MAX;
constexpr int64_t least = INT64_MIN;

}  // namespace

TEST_CASE("reshape keeps the order and counts the elements") {
    CHECK(elements(reshape({2, 3}, {3, 2})) == List{0, 1, 2, 3, 4, 5});
    CHECK(shape(reshape({2, 3}, {-1})) == Shape{6});
    CHECK(shape(reshape({2, 3}, {2, -1, 1})) == Shape{2, 3, 1});
    CHECK(shape(reshape({}, {1, 1})) == Shape{1, 1});
    CHECK(shape(reshape({1}, {})) == Shape{});
    CHECK(shape(reshape({0, 4}, {7, 0})) == Shape{7, 0});
    CHECK(shape(reshape({0}, {3, -1})) == Shape{3, 0});
    CHECK(problem(reshape({2, 3}, {4})) == "[2, 3] has 6 elements, [4] has 4");
    CHECK(problem(reshape({}, {huge, huge})).starts_with("a scalar has 1 element, ["));
    CHECK(problem(reshape({2, 3}, {4, -1})) == "[2, 3] has 6 elements, which reshape to [4, -1] cannot share out");
    CHECK(problem(reshape({2, 3}, {-1, -1})) == "reshape to [-1, -1] leaves two extents open");
    CHECK(problem(reshape({0}, {0, -1})) == "the open extent of reshape to [0, -1] could be any: others are 0");
    CHECK(problem(reshape({2}, {-2, -1})) == "extent -2 of axis 0 in reshape to [-2, -1] is negative");
}

TEST_CASE("transpose permutes axes") {
    CHECK(elements(transpose({2, 3}, {})) == List{0, 3, 1, 4, 2, 5});
    CHECK(shape(transpose({2, 3, 4}, {-1, 0, 1})) == Shape{4, 2, 3});
    CHECK(elements(transpose({2, 3, 4}, {2, 0, 1}))[1] == 4);
    CHECK(shape(transpose({}, {})) == Shape{});
    CHECK(problem(transpose({2, 3}, {0, 2})) == "no axis 2 in [2, 3]: axes are -2 to 1");
    CHECK(problem(transpose({2, 3}, {0, -2})) == "axis -2 of [2, 3] twice in transpose");
    CHECK(problem(transpose({2, 3}, {0})) == "transpose of [2, 3] with 1 axis name: it has 2");
}

TEST_CASE("slices take what walking from start to end takes") {
    for (int64_t n = 0; n <= 5; ++n)
        for (int64_t step : {-7, -3, -2, -1, 1, 2, 3, 7})
            for (int64_t first = -n - 1; first <= n + 1; ++first)
                for (int64_t last = -n - 1; last <= n + 1; ++last) {
                    CAPTURE(n);
                    CAPTURE(step);
                    CAPTURE(first);
                    CAPTURE(last);
                    const auto result = index({n}, {slice(first, last, step)});
                    const bool inside = first >= -n && first <= n && last >= -n && last <= n;
                    const bool starts_outside = step < 0 && first == n && n > 0;
                    CHECK(result.ok() == (inside && !starts_outside));
                    if (!result.ok()) continue;
                    const int64_t from = first < 0 ? first + n : first;
                    const int64_t to = last < 0 ? last + n : last;
                    List expected;
                    for (int64_t j = from; step > 0 ? j < to : j > to; j += step) expected.push_back(j);
                    CHECK(elements(result) == expected);
                }
    CHECK(elements(index({5}, {slice({}, {}, -1)})) == List{4, 3, 2, 1, 0});
    CHECK(elements(index({5}, {slice({}, {}, -2)})) == List{4, 2, 0});
    CHECK(elements(index({5}, {slice({}, 1, -2)})) == List{4, 2});
    CHECK(elements(index({5}, {slice(-2, {})})) == List{3, 4});
    CHECK(elements(index({5}, {slice({}, {}, huge)})) == List{0});
    CHECK(elements(index({5}, {slice({}, {}, least)})) == List{4});
    CHECK(elements(index({0}, {slice({}, {}, -1)})).empty());
    CHECK(problem(index({5}, {slice(1, 9)})) == "slice end 9 is outside axis 0 of [5]");
    CHECK(problem(index({2, 5}, {all, slice(-6, {})})) == "slice start -6 is outside axis 1 of [2, 5]");
    CHECK(problem(index({5}, {slice({}, {}, 0)})) == "a slice with step 0 of axis 0 of [5]");
}

TEST_CASE("indices drop axes, add them and leave the rest whole") {
    CHECK(elements(index({2, 3}, {at(1)})) == List{3, 4, 5});
    CHECK(elements(index({2, 3}, {all, at(-1)})) == List{2, 5});
    CHECK(elements(index({2, 3, 4}, {at(1), all, at(2)})) == List{14, 18, 22});
    CHECK(shape(index({2, 3}, {new_axis, all, new_axis})) == Shape{1, 2, 3, 1});
    CHECK(shape(index({2, 3}, {at(0), all, at(0)})) == Shape{});
    CHECK(shape(index({2, 3}, {at(0), at(0), all})) == Shape{});
    CHECK(shape(index({}, {all})) == Shape{});
    CHECK(elements(index({2, 3}, {slice({}, {}, -1), slice(1, 3)})) == List{4, 5, 1, 2});
    CHECK(shape(index({0, 3}, {all, at(2)})) == Shape{0});
    CHECK(problem(index({2, 3}, {at(0), at(3)})) == "position 3 is outside axis 1 of [2, 3]");
    CHECK(problem(index({2, 3}, {at(least)})).starts_with("position -9223372036854775808 is outside"));
    CHECK(problem(index({2}, {at(0), at(0)})) == "2 indices for [2], which has 1 axis");
    CHECK(problem(index({}, {at(0)})) == "1 index for a scalar, which has 0 axes");
    CHECK(problem(index({2}, {all, all})) == "`..` twice in the index of [2]");
}

TEST_CASE("gather replaces an axis by the axes of the positions") {
    CHECK(elements(picked({4}, {3, -1, 0}, {3}, 0)) == List{3, 3, 0});
    CHECK(elements(picked({2, 3}, {2, 0}, {2}, 1)) == List{2, 0, 5, 3});
    CHECK(shape(picked({2, 3, 4}, {0, 1, 2, 1}, {2, 2}, -2)) == Shape{2, 2, 2, 4});
    CHECK(elements(picked({2, 3}, {1}, {}, 0)) == List{3, 4, 5});
    CHECK(shape(picked({2, 3}, {}, {0}, 0)) == Shape{0, 3});
    CHECK(problem(picked({4}, {0, 4}, {2}, 0)) == "position 4 at [1] of the positions is outside axis 0 of [4]");
    CHECK(problem(picked({4}, {-5}, {}, 0)) == "position -5 of the positions is outside axis 0 of [4]");
    CHECK(problem(picked({}, {0}, {}, 0)) == "axis 0 of a scalar, which has no axes");
}

TEST_CASE("concat and stack put operands behind each other") {
    auto result = joined({{2, 1}, {2, 2}, {2, 0}}, 1);
    REQUIRE(result.ok());
    CHECK(result->shape == Shape{2, 3});
    CHECK(result->sources == std::vector<Source>{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {1, 2}, {1, 3}});
    CHECK(shape(joined({{0}, {0}}, 0)) == Shape{0});
    CHECK(shape(joined({{2, 3}, {1, 3}}, -2)) == Shape{3, 3});
    auto pair = stacked({{2}, {2}}, -1);
    REQUIRE(pair.ok());
    CHECK(pair->shape == Shape{2, 2});
    CHECK(pair->sources == std::vector<Source>{{0, 0}, {1, 0}, {0, 1}, {1, 1}});
    CHECK(shape(stacked({{}, {}, {}}, 0)) == Shape{3});
    CHECK(problem(joined({}, 0)) == "concat of nothing");
    CHECK(problem(joined({{2, 3}, {3, 3}}, 1)) ==
          "concat along axis 1 of [2, 3] and [3, 3] (operand 2): they differ in another axis");
    CHECK(problem(joined({{2}, {2, 1}}, 0)).find("operand 2") != std::string::npos);
    CHECK(problem(joined({{}, {}}, 0)) == "axis 0 of a scalar, which has no axes");
    CHECK(problem(stacked({{2}, {3}}, 0)) == "stack of [2] and [3] (operand 2): shapes differ");
    CHECK(problem(stacked({{2}}, 2)) == "no axis 2 in [2]: axes are -2 to 1");
}

TEST_CASE("pad surrounds") {
    CHECK(elements(padded({2}, {1}, {2})) == List{-1, 0, 1, -1, -1});
    CHECK(elements(padded({1, 2}, {0, 1}, {1, 0})) == List{-1, 0, 1, -1, -1, -1});
    CHECK(elements(padded({0}, {1}, {1})) == List{-1, -1});
    CHECK(elements(padded({}, {}, {})) == List{0});
    CHECK(problem(padded({2}, {-1}, {0})) == "pad of axis 0 of [2] by -1");
    CHECK(problem(padded({2}, {1, 1}, {0})) == "pad of [2] with 2 extents before and 1 after: it has 1 axes");
    CHECK(problem(padded({2}, {huge}, {0})) == "pad of axis 0 of [2] by too much");
    CHECK(problem(padded({2}, {huge / 2}, {0})).starts_with("the result would be ["));
}

TEST_CASE("repeat, tile and flip") {
    CHECK(elements(repeat({2}, 2, 0)) == List{0, 0, 1, 1});
    CHECK(elements(tile({2}, 2, 0)) == List{0, 1, 0, 1});
    CHECK(elements(repeat({2, 2}, 2, 0)) == List{0, 1, 0, 1, 2, 3, 2, 3});
    CHECK(elements(tile({2, 2}, 2, -1)) == List{0, 1, 0, 1, 2, 3, 2, 3});
    CHECK(shape(repeat({2, 3}, 0, 1)) == Shape{2, 0});
    CHECK(elements(flip({2, 3}, 1)) == List{2, 1, 0, 5, 4, 3});
    CHECK(elements(flip({2, 3}, 0)) == List{3, 4, 5, 0, 1, 2});
    CHECK(shape(flip({0, 3}, 1)) == Shape{0, 3});
    CHECK(problem(repeat({2}, -1, 0)) == "repeat of [2] -1 times");
    CHECK(problem(repeat({2}, huge, 0)).find("too large") != std::string::npos);
    CHECK(problem(tile({2}, huge / 2, 0)).starts_with("the result would be ["));
    CHECK(problem(flip({2}, 1)) == "no axis 1 in [2]: axes are -1 to 0");
}

TEST_CASE("broadcast_to stretches as NumPy does") {
    CHECK(elements(broadcast_to({2, 1}, {2, 2})) == List{0, 0, 1, 1});
    CHECK(elements(broadcast_to({2}, {2, 2})) == List{0, 1, 0, 1});
    CHECK(elements(broadcast_to({}, {3})) == List{0, 0, 0});
    CHECK(shape(broadcast_to({1}, {0})) == Shape{0});
    CHECK(problem(broadcast_to({2}, {3})) == "[2] does not broadcast to [3]");
    CHECK(problem(broadcast_to({2, 2}, {2})) == "[2, 2] does not broadcast to [2]");
    CHECK(problem(broadcast_to({3}, {1})) == "[3] does not broadcast to [1]");
    CHECK(problem(broadcast_to({}, {-1})).find("negative") != std::string::npos);
    CHECK(problem(broadcast_to({}, {huge, huge})).starts_with("the result would be"));
}

TEST_CASE("windows slide") {
    CHECK(elements(windowed({4}, {0}, {2}, {1}, {1})) == List{0, 1, 1, 2, 2, 3});
    CHECK(elements(windowed({5}, {0}, {2}, {2}, {2})) == List{0, 2, 2, 4});
    auto result = windowed({5, 6, 2}, {0, 1}, {3, 2}, {2, 1}, {1, 3});
    REQUIRE(result.ok());
    REQUIRE(result->shape == Shape{2, 3, 2, 3, 2});
    size_t j = 0;
    for (int64_t h = 0; h < 2; ++h)
        for (int64_t w = 0; w < 3; ++w)
            for (int64_t c = 0; c < 2; ++c)
                for (int64_t kh = 0; kh < 3; ++kh)
                    for (int64_t kw = 0; kw < 2; ++kw)
                        CHECK(result->sources[j++].element == ((2 * h + kh) * 6 + w + 3 * kw) * 2 + c);
    CHECK(shape(windowed({2, 3}, {1, 0}, {3, 2}, {1, 1}, {1, 1})) == Shape{1, 1, 3, 2});
    CHECK(elements(windowed({2}, {0}, {1}, {huge}, {huge})) == List{0});
    CHECK(problem(windowed({4}, {0}, {3}, {1}, {2})) == "a window of 3 with dilation 2 does not fit axis 0 of [4]");
    CHECK(problem(windowed({4}, {0}, {huge}, {1}, {huge})).find("does not fit") != std::string::npos);
    CHECK(problem(windowed({0}, {0}, {1}, {1}, {1})) == "a window of 1 does not fit axis 0 of [0]");
    CHECK(problem(windowed({4}, {0}, {0}, {1}, {1})) == "windows with size 0 over axis 0 of [4]");
    CHECK(problem(windowed({4}, {0}, {1}, {0}, {1})) == "windows with stride 0 over axis 0 of [4]");
    CHECK(problem(windowed({4, 4}, {0, -2}, {1, 1}, {1, 1}, {1, 1})) == "axis 0 of [4, 4] twice in windows");
    CHECK(problem(windowed({4}, {0}, {1, 2}, {1}, {1})) == "windows over 1 axis with 2 sizes, 1 stride and 1 dilation");
}

TEST_CASE("shapes with an extent of 0 beside huge ones move nothing") {
    const Shape x{0, huge, huge};
    CHECK(elements(transpose(x, {})).empty());
    CHECK(elements(index(x, {all, at(3)})).empty());
    CHECK(elements(flip(x, 1)).empty());
    CHECK(elements(picked(x, {1}, {1}, 1)).empty());
    CHECK(elements(joined({x, x}, 0)).empty());
    CHECK(elements(broadcast_to(x, x)).empty());
    CHECK(elements(reshape(x, {0})).empty());
}
