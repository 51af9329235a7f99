// Which numbers of a program and its arrays change, so that its quantizers have the formats that data need. Says what
// cannot be written because it is computed; whether a number is used for something else is for write_back.hpp to find
// out, which tries the changes.
#pragma once

#include <set>
#include <vector>

#include "dal/interp/calibrate.hpp"
#include "dal/sema/elaborate.hpp"

namespace dal::report {

struct FormatEdits {
    struct Number {
        WrittenNumber where;
        int64_t from;
        int64_t to;
    };
    std::vector<Number> numbers;     ///< in the order of their sources
    std::set<int32_t> signed_calls;  ///< calls of `uint` that become `int`

    [[nodiscard]] bool empty() const { return numbers.empty() && signed_calls.empty(); }
};

/// The format of the quantizer that holds what the data need, with its modes.
Format needed_format(const Graph& graph, const QuantizerNeeds& needs);

/// The changes that give each quantizer with `wrap` the formats of `needs`. A number of several quantizers or elements
/// becomes the most that one of them needs. `program` was elaborated with written_formats. Error: format_not_written.
Result<FormatEdits> format_edits(const Program& program, const SourceMap& sources,
                                 std::span<const QuantizerNeeds> needs);

}  // namespace dal::report
