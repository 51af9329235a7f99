#include "dal/import/hgq2/rows.hpp"

namespace dal::importer::hgq2 {

std::span<const keras::LayerHandler> layers() {
    static const std::vector<keras::LayerHandler> all = [] {
        std::vector<keras::LayerHandler> rows;
        for (const auto& group : {softmax_rows(), function_rows(), wire_rows(), attention_rows(), recurrent_rows()})
            rows.insert(rows.end(), group.begin(), group.end());
        return rows;
    }();
    return all;
}

}  // namespace dal::importer::hgq2
