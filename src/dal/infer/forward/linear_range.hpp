// The ranges of a constant einsum: sums of products of intervals and weights, exact, in one pass.
// Inference uses it; it knows nothing of graphs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dal/graph/einsum.hpp"
#include "dal/numeric/interval.hpp"

namespace dal {

/// Range of each element of the einsum "x_letters,w_letters->result" for independent values of the
/// elements of x in their ranges `x`. Exact: a value of x that a result uses several times (a letter that
/// only the weights have) counts once, with the sum of its weights. Zero weights contribute nothing, not
/// even a finer step. Time: linear in the terms.
std::vector<Interval> linear_ranges(const std::string& x_letters, const Shape& x_shape, std::span<const Interval> x,
                                    const std::string& w_letters, const Shape& w_shape, std::span<const Dyadic> w,
                                    const std::string& result);

}  // namespace dal
