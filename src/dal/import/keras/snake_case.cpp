#include "dal/import/keras/graph.hpp"

namespace dal::importer::keras {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

/// An underscore before each capital that lower-case letters follow, of one found after the other.
std::string before_words(std::string_view name) {
    std::string result;
    for (size_t at = 0; at < name.size();) {
        if (at + 2 < name.size() && is_upper(name[at + 1]) && is_lower(name[at + 2])) {
            result += name[at];
            result += '_';
            result += name[++at];
            while (++at < name.size() && is_lower(name[at])) result += name[at];
        } else {
            result += name[at++];
        }
    }
    return result;
}

}  // namespace

// Two steps, as Keras has them: "QConv2DTable" is "Q_Conv2D_Table" after the first one, "QDenseT" is "Q_DenseT"; the
// second one parts a small letter from a capital.
std::string snake_case(std::string_view class_name) {
    const std::string words = before_words(class_name);
    std::string result;
    for (size_t at = 0; at < words.size(); ++at) {
        if (at > 0 && is_lower(words[at - 1]) && is_upper(words[at])) result += '_';
        result += is_upper(words[at]) ? static_cast<char>(words[at] - 'A' + 'a') : words[at];
    }
    return result;
}

}  // namespace dal::importer::keras
