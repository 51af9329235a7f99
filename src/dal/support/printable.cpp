#include "dal/support/printable.hpp"

namespace dal {
namespace {

std::string cleaned(std::string_view text, std::string_view kept) {
    std::string result;
    result.reserve(text.size());
    for (size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const size_t size = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
        bool whole = size > 0 && size <= text.size() - at;
        for (size_t j = 1; whole && j < size; ++j) whole = (static_cast<unsigned char>(text[at + j]) & 0xC0U) == 0x80;
        if (!whole) {
            result += "\xEF\xBF\xBD";
            ++at;
            continue;
        }
        // C0, DEL, and C1 (U+0080 to U+009F, which start escape sequences too).
        const bool control =
            lead < 0x20 || lead == 0x7F || (lead == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0);
        if (control && kept.find(text[at]) == std::string_view::npos)
            result += ' ';
        else
            result += text.substr(at, size);
        at += size;
    }
    return result;
}

}  // namespace

std::string printable(std::string_view text) { return cleaned(text, ""); }
std::string printable_lines(std::string_view text) { return cleaned(text, "\t\n"); }

}  // namespace dal
