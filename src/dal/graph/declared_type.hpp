// A type that the user wrote for a value. It can only be compared with the value once inference knows the
// intervals: sema records it, infer/forward/declared.hpp checks it.
#pragma once

#include <string>

#include "dal/graph/graph.hpp"

namespace dal {

struct DeclaredType {
    NodeId node;
    FormatMap formats;   ///< the format of each element
    Span span;           ///< the type, as written
    Span value_span;     ///< the expression that has to fit
    std::string name;    ///< what was declared, for messages
    std::string value;   ///< the text of the expression, for a `quantize` to suggest
    bool asks = true;    ///< whether a table without a format takes this one (sema/taken_formats/requests.hpp)
    std::string rule{};  ///< why it has to fit, if nobody wrote the type: "`from_bits` takes bits, 0 or 1"
};

}  // namespace dal
