#include <algorithm>

#include "dal/cmvm/cmvm.hpp"
#include "dal/cmvm/problem.hpp"

namespace dal::cmvm {

int minimum_depth(const Matrix& matrix, const std::vector<InputInfo>& inputs) {
    const Problem problem = make_problem(matrix, inputs, Options());
    return problem.bounds.empty() ? 0 : *std::ranges::max_element(problem.bounds);
}

}  // namespace dal::cmvm
