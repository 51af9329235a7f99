#include "dal/graph/difference.hpp"

#include "dal/support/check.hpp"

namespace dal {

std::string describe_difference(const Graph& graph, const std::vector<Codes>& a, std::string_view a_name,
                                const std::vector<Codes>& b, std::string_view b_name, int64_t first) {
    DAL_CHECK(a.size() == b.size() && a.size() == graph.outputs().size(), "comparing different numbers of outputs");
    for (size_t j = 0; j < a.size(); ++j) {
        const auto difference = first_difference(a[j], b[j]);
        if (!difference) continue;
        const auto [sample, element] = *difference;
        return "output `" + graph.outputs()[j].name + index_text(a[j].shape(), element) + "` of sample " +
               std::to_string(first + sample) + ": " + std::string(a_name) + " " +
               a[j].value(sample, element).to_string() + ", " + std::string(b_name) + " " +
               b[j].value(sample, element).to_string();
    }
    return {};
}

}  // namespace dal
