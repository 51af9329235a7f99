#include <algorithm>

#include "dal/cmvm/cmvm.hpp"
#include "dal/cmvm/problem/problem.hpp"

namespace dal::cmvm {

int minimum_depth(const Matrix& matrix, const std::vector<InputInfo>& inputs,
                  const std::vector<bool>& constant_follows) {
    Options options;
    options.constant_follows = constant_follows;
    const Problem problem = make_problem(matrix, inputs, options);
    int depth = 0;
    for (size_t s = 0; s < problem.sums.size(); ++s)
        depth = std::max(depth, problem.bounds[s] + (problem.ends_early[s] ? 1 : 0));
    return depth;
}

}  // namespace dal::cmvm
