// All codes, in the order of their numbers: what is told about a code when only its number is known.
#include <algorithm>
#include <array>

#include "dal/support/codes/all.hpp"

namespace dal {
namespace {

struct Row {
    Code code;
    std::string_view title;
    std::array<char, 5> text;  ///< E0301
};

constexpr Row row_of(Code code, std::string_view title) {
    Row row{code, title, {'E'}};
    int number = static_cast<int>(code);
    for (size_t digit = row.text.size(); --digit > 0; number /= 10)
        row.text[digit] = static_cast<char>('0' + number % 10);
    return row;
}

constexpr auto registry = [] {
#define DAL_ROW(name, number, title) row_of(code::name, title),
    auto rows = std::to_array<Row>({
        DAL_SYNTAX_CODES(DAL_ROW)    //
        DAL_NAME_CODES(DAL_ROW)      //
        DAL_PROGRAM_CODES(DAL_ROW)   //
        DAL_KIND_CODES(DAL_ROW)      //
        DAL_CALL_CODES(DAL_ROW)      //
        DAL_SHAPE_CODES(DAL_ROW)     //
        DAL_SIZE_CODES(DAL_ROW)      //
        DAL_LIMIT_CODES(DAL_ROW)     //
        DAL_CONSTANT_CODES(DAL_ROW)  //
        DAL_REAL_CODES(DAL_ROW)      //
        DAL_FORMAT_CODES(DAL_ROW)    //
        DAL_FILE_CODES(DAL_ROW)      //
        DAL_BATCH_CODES(DAL_ROW)     //
        DAL_RESULT_CODES(DAL_ROW)    //
        DAL_BUILD_CODES(DAL_ROW)     //
        DAL_IMPORT_CODES(DAL_ROW)    //
    });
#undef DAL_ROW
    std::ranges::sort(rows, {}, &Row::code);
    return rows;
}();

static_assert(std::ranges::adjacent_find(registry, {}, &Row::code) == registry.end(), "a number is used twice");

constexpr auto codes = [] {
    std::array<Code, registry.size()> result{};
    std::ranges::transform(registry, result.begin(), &Row::code);
    return result;
}();

/// Null for what is no code.
const Row* find(Code code) noexcept {
    const auto found = std::ranges::lower_bound(registry, code, {}, &Row::code);
    return found == registry.end() || found->code != code ? nullptr : found;
}

}  // namespace

std::string_view code_text(Code code) noexcept {
    const Row* row = find(code);
    return row == nullptr ? std::string_view() : std::string_view(row->text.data(), row->text.size());
}

std::string_view code_title(Code code) noexcept {
    const Row* row = find(code);
    return row == nullptr ? std::string_view() : row->title;
}

std::span<const Code> all_codes() noexcept { return codes; }

}  // namespace dal
