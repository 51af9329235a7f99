// Where the format of a parameter or a table comes from: three states, and for each part of an inferred format the
// consumer that asked for it. For `dal explain`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dal/sema/taken_formats/requests.hpp"
#include "dal/sema/values/constant.hpp"

namespace dal {

enum class FormatState : uint8_t {
    by_default,  ///< its numbers are exact: the smallest format that holds them
    inferred,    ///< the join of what consumers ask for
    specified,   ///< written, or of the innermost `with`
};
/// "default", "inferred", "specified".
std::string_view to_string(FormatState state) noexcept;

struct NamedFormat {
    std::string name;
    Span span;  ///< the name in its declaration
    bool is_table = false;
    Shape shape;  ///< of a parameter; of a table the number of entries
    FormatState state = FormatState::by_default;
    std::optional<Constant> numbers;  ///< the exact ones; none: no format holds them
    FormatMap formats;                ///< of each element, if inferred or specified
    Span written;                     ///< if specified: the format
    std::string place;                ///< if specified by a `with`: "weight" or "table"
    std::vector<sema::Asked> asked;   ///< if inferred: one for all, or one for each element; may be empty
    std::shared_ptr<const sema::Consumers> consumers;
};

/// What to say of the format of `element`, or of all elements: a few lines.
std::string explain_format(const NamedFormat& format, std::optional<int64_t> element, const SourceMap& sources);

}  // namespace dal
