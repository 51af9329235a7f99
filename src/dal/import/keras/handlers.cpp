#include "dal/import/keras/handlers.hpp"

#include <array>

#include "dal/import/hgq2/rows.hpp"
#include "dal/import/keras/families.hpp"
#include "dal/import/qkeras/families.hpp"

namespace dal::importer::keras {
namespace {

/// One entry for each family.
std::span<const std::span<const LayerHandler>> families() {
    static const std::array all{hgq_dense_layers(),
                                hgq_convolution_layers(),
                                hgq_merge_layers(),
                                hgq_normalization_layers(),
                                dense_layers(),
                                convolution_layers(),
                                pooling_layers(),
                                merge_layers(),
                                normalization_layers(),
                                activation_layers(),
                                movement_layers(),
                                reduction_layers(),
                                wrapper_layers(),
                                hgq2::layers(),
                                qkeras::dense_layers(),
                                qkeras::convolution_layers(),
                                qkeras::normalization_layers(),
                                qkeras::other_layers()};
    return all;
}

}  // namespace

const LayerHandler* find_handler(Library library, std::string_view class_name) {
    for (const auto& family : families())
        for (const LayerHandler& handler : family)
            if (handler.library == library && handler.class_name == class_name) return &handler;
    return nullptr;
}

std::vector<std::string> known_classes(Library library) {
    std::vector<std::string> names;
    for (const auto& family : families())
        for (const LayerHandler& handler : family)
            if (handler.library == library) names.emplace_back(handler.class_name);
    return names;
}

}  // namespace dal::importer::keras
