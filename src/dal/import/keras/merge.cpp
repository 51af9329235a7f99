#include "dal/import/keras/merge.hpp"

#include <algorithm>
#include <set>

namespace dal::importer::keras {

std::string operand_text(const std::string& text) {
    int depth = 0;
    for (const char c : text) {
        if (c == '(' || c == '[') ++depth;
        if (c == ')' || c == ']') --depth;
        if (depth == 0 && c == ' ') return "(" + text + ")";
    }
    return text;
}

std::optional<Shape> broadcast_shape(const Shape& a, const Shape& b) {
    Shape result(std::max(a.size(), b.size()), 1);
    for (size_t behind = 0; behind < result.size(); ++behind) {
        const int64_t left = behind < a.size() ? a[a.size() - 1 - behind] : 1;
        const int64_t right = behind < b.size() ? b[b.size() - 1 - behind] : 1;
        if (left != right && left != 1 && right != 1) return std::nullopt;
        result[result.size() - 1 - behind] = left == 1 ? right : left;
    }
    return result;
}

Result<Value> merge_expression(const LayerContext& layer, Merge merge, const std::vector<Value>& operands) {
    if (operands.size() < 2 || (merge == Merge::subtract && operands.size() != 2))
        return failure(layer.bad("merges " + std::to_string(operands.size()) + " values"));
    const bool is_call = merge == Merge::maximum || merge == Merge::minimum;
    Value result{is_call ? (merge == Merge::maximum ? "max(" : "min(") : "", operands.front().shape};
    const char* between = merge == Merge::add        ? " + "
                          : merge == Merge::subtract ? " - "
                          : merge == Merge::multiply ? " * "
                                                     : ", ";
    for (size_t at = 0; at < operands.size(); ++at) {
        const auto shape = broadcast_shape(result.shape, operands[at].shape);
        if (!shape)
            return failure(
                layer.bad("merges shapes " + to_string(result.shape) + " and " + to_string(operands[at].shape)));
        result.shape = *shape;
        if (at > 0) result.text += between;
        result.text += is_call ? operands[at].text : operand_text(operands[at].text);
    }
    if (is_call) result.text += ")";
    return result;
}

Result<Value> dot_expression(const LayerContext& layer, const std::vector<Value>& operands, const Json& axes) {
    if (operands.size() != 2) return failure(layer.bad("multiplies " + std::to_string(operands.size()) + " values"));
    if (layer.flag("normalize", false))
        return failure(layer.inexact("normalizes its inputs, which needs square roots", "`normalize=False`"));
    std::string letters;
    std::string result;
    Shape shape;
    std::string equation;
    char next = 'a';
    for (size_t side = 0; side < 2; ++side) {
        const Shape& extents = operands[side].shape;
        const auto rank = static_cast<int64_t>(extents.size()) + 1;
        const auto axis = (axes.is_array() ? axes[side] : axes).integer();
        const int64_t at = axis ? (*axis < 0 ? *axis + rank : *axis) : 0;
        if (!axis || at < 1 || at >= rank || extents.size() > 8)
            return failure(layer.bad("has an axis that is not in a value of shape " + to_string(extents)));
        for (int64_t each = 1; each < rank; ++each) {
            const char letter = each == at ? 'z' : next++;
            equation += letter;
            if (each != at) {
                result += letter;
                shape.push_back(extents[static_cast<size_t>(each - 1)]);
            }
        }
        letters += std::to_string(extents[static_cast<size_t>(at - 1)]) + (side == 0 ? "," : "");
        if (side == 0) equation += ",";
    }
    const size_t comma = letters.find(',');
    if (letters.substr(0, comma) != letters.substr(comma + 1))
        return failure(layer.bad("multiplies along axes of " + letters + " elements"));
    std::string text =
        "einsum(\"" + equation + "->" + result + "\", " + operands[0].text + ", " + operands[1].text + ")";
    if (shape.empty()) {
        text = "reshape(" + text + ", [1])";
        shape.push_back(1);
    }
    return Value{std::move(text), std::move(shape)};
}

Result<std::vector<int64_t>> axes_of(const LayerContext& layer, const Json& axes, size_t rank) {
    std::set<int64_t> found;
    const auto with_batch = static_cast<int64_t>(rank) + 1;
    const size_t count = axes.is_array() ? axes.items().size() : 1;
    for (size_t at = 0; at < count; ++at) {
        const auto axis = (axes.is_array() ? axes[at] : axes).integer();
        if (!axis || *axis < -with_batch || *axis >= with_batch)
            return failure(layer.bad("has an axis that is not there"));
        const int64_t counted = *axis < 0 ? *axis + with_batch : *axis;
        if (counted == 0) return failure(layer.unsupported("works along the axis of the batch"));
        found.insert(counted - 1);
    }
    return std::vector<int64_t>(found.begin(), found.end());
}

}  // namespace dal::importer::keras
