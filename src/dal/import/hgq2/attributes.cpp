#include <algorithm>
#include <array>

#include "dal/import/hgq2/parts.hpp"

namespace dal::importer::hgq2 {
namespace {

/// What parts are called in files that name them: by a name of their own, or by one that begins with what their class
/// is called.
struct Called {
    std::string_view attribute;
    std::string_view name;
    bool is_numbered = false;  ///< "q_softmax", "q_softmax_3", …
    size_t index = 0;          ///< among several of these
};

constexpr std::array called{Called{"query_dense", "query"},
                            Called{"key_dense", "key"},
                            Called{"value_dense", "value"},
                            Called{"output_dense", "attention_output"},
                            Called{"_softmax", "q_softmax", true},
                            Called{"_lin_k_proj", "q_einsum_dense", true},
                            Called{"_lin_v_proj", "q_einsum_dense", true, 1},
                            Called{"conv", "q_conv2d", true},
                            Called{"module", "sequential", true},
                            Called{"bn_module", "batch_normalization", true},
                            Called{"toq", "quantizer", true}};

}  // namespace

Variables attribute_of(const Variables& variables, const std::string& attribute) {
    if (variables.naming() == Variables::Naming::by_position || variables.group() == nullptr)
        return variables.part(attribute, attribute);
    if (const auto* found = std::ranges::find(called, attribute, &Called::attribute); found != called.end()) {
        Variables part = found->is_numbered ? variables.numbered(found->name, found->index)
                                            : variables.part(found->name, found->name);
        if (part.group() != nullptr) return part;
        // Table layers have names of their own for what others number.
        if (attribute == "_lin_k_proj") return variables.part("lin_key", "lin_key");
        if (attribute == "_lin_v_proj") return variables.part("lin_value", "lin_value");
        return part;
    }
    // "iq" is called "<layer>_iq".
    for (const auto& [name, group] : variables.group()->groups)
        if (name == attribute || name.ends_with("_" + attribute)) return variables.part(name, name);
    return variables.part(attribute, attribute);
}

}  // namespace dal::importer::hgq2
