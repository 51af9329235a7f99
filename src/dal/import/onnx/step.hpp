// What a model computes with a value before a quantizer, element by element: kept as exact functions until it is known
// whether a quantizer follows, which turns them into integer thresholds, or not, and then the program computes them.
#pragma once

#include <optional>
#include <vector>

#include "dal/array/array.hpp"
#include "dal/numeric/real.hpp"

namespace dal::importer::onnx {

/// Functions of one float32 number that only a table can compute.
enum class Unary : uint8_t {
    tanh,
    sigmoid,
    exp,
    elu,   ///< alpha
    selu,  ///< alpha, gamma
    gelu,
    gelu_tanh,
    softplus,
    softsign,
    hard_sigmoid,  ///< alpha, beta
    hard_swish,
    silu,
    mish,
    erf,
    sqrt,
    log,
    reciprocal,
    sin,
    cos,
    square,
};

/// One function. Its numbers belong to elements by the rules of broadcasting.
struct Step {
    enum class Kind : uint8_t { affine, clip, leaky, unary };
    Kind kind = Kind::affine;
    Shape shape{};
    std::vector<Real> factor{};  ///< affine: factor · x + offset; leaky: factor of negative numbers
    std::vector<Real> offset{};
    std::optional<Rational> low{};  ///< clip
    std::optional<Rational> high{};
    Unary unary = Unary::tanh;
    double alpha = 0;
    double beta = 0;

    static Step affine(Shape shape, std::vector<Real> factor, std::vector<Real> offset);
    static Step scale(Real factor);
    static Step clip(std::optional<Rational> low, std::optional<Rational> high);
};

using Steps = std::vector<Step>;

/// `step` after what is there already: two affine functions become one, if their numbers have a common shape. False if
/// the numbers get too large.
bool append(Steps& steps, Step step);

/// The shape that both broadcast to, aligned at the last axis; nothing if there is none.
std::optional<Shape> common_shape(const Shape& a, const Shape& b);

/// The numbers of `element` of a shape in a step whose own shape broadcasts to it: positions, to be computed once.
struct StepIndex {
    std::vector<std::vector<int64_t>> of_step{};  ///< for each step, for each element of the common shape
};
StepIndex index_steps(const Steps& steps, const Shape& shape);

/// For which x a condition holds.
struct Bound {
    enum class Kind : uint8_t { always, never, at };
    Kind kind = Kind::at;
    Real value{};
    bool is_strict = false;  ///< x > value, else x >= value
    bool is_below = false;   ///< x < value, x <= value
};

/// Where all steps are monotone: for which x their result is at least `target` (or above it, if strict). Nothing if a
/// step is not monotone, or a number cannot be decided.
std::optional<Bound> inverse(const Steps& steps, const StepIndex& index, int64_t element, const Real& target,
                             bool is_strict);

/// What a float32 machine makes of x.
float unary_value(Unary unary, double alpha, double beta, float x);
/// The steps as a float32 machine computes them; affine ones exactly, and then rounded.
std::optional<float> float_value(const Steps& steps, const StepIndex& index, int64_t element, const Rational& x);

bool is_monotone(Unary unary);

}  // namespace dal::importer::onnx
