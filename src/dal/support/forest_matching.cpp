#include "dal/support/forest_matching.hpp"

namespace dal {

std::vector<bool> heaviest_matching(const std::vector<size_t>& parents, const std::vector<int64_t>& gains) {
    const size_t size = parents.size();
    // Of the tree below n: the most, and the most if n is in no edge to its children. Children come before n.
    std::vector<int64_t> most(size, 0);
    std::vector<int64_t> alone(size, 0);
    std::vector<int64_t> margin(size, 0);  // of the best edge to a child over none
    std::vector<size_t> child(size, no_parent);
    for (size_t n = 0; n < size; ++n) {
        most[n] = alone[n] + margin[n];
        const size_t parent = parents[n];
        if (parent == no_parent) continue;
        alone[parent] += most[n];
        const int64_t gain = gains[n] > 0 ? gains[n] - (most[n] - alone[n]) : 0;
        if (gain <= margin[parent]) continue;
        margin[parent] = gain;
        child[parent] = n;
    }
    // From the roots down: a node that is matched with its parent takes no child.
    std::vector<bool> matched(size, false);
    for (size_t n = size; n-- > 0;)
        if (!matched[n] && child[n] != no_parent) matched[child[n]] = true;
    return matched;
}

}  // namespace dal
