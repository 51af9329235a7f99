// Where the formats of a program's quantizers are written: for each element, the call that made its format, and the
// literal or the element of an array in a file that each number of it is. For tools that change formats in a program
// (dal calibrate), and advice that depends on how a format is written. Filled by elaboration on request
// (ElaborateOptions::written_formats). Numbers that are computed come from nowhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dal/graph/graph.hpp"

namespace dal {

/// A literal of a text, or an array of a file.
struct NumberSource {
    Span span;                   ///< the literal; of an array, the expression that names it
    std::filesystem::path file;  ///< of an array
    std::string member;          ///< of an array in an archive
    Shape shape;
};

/// An element of WrittenFormats::numbers.
struct WrittenNumber {
    int32_t source = -1;  ///< -1: computed
    int64_t element = 0;
    [[nodiscard]] bool known() const noexcept { return source >= 0; }
};

enum class FormatFunction : uint8_t { fixed, kbi, signed_integer, unsigned_integer };
struct FormatCall {
    FormatFunction function;
    Span span;
};

/// The format of one element.
struct WrittenFormat {
    int32_t call = -1;  ///< of WrittenFormats::calls; -1: made otherwise, as `bool` is
    WrittenNumber k;
    WrittenNumber i;
    WrittenNumber last;  ///< f of `fixed`, b of `kbi`, n of `int` and `uint`
};

struct QuantizerFormat {
    NodeId node;
    Span span;                            ///< the expression that gives the format
    std::vector<WrittenFormat> elements;  ///< one for all, or one per element
    [[nodiscard]] const WrittenFormat& at(int64_t element) const {
        return elements[elements.size() == 1 ? 0 : static_cast<size_t>(element)];
    }
};

struct WrittenFormats {
    std::vector<NumberSource> numbers;
    std::vector<FormatCall> calls;
    std::vector<QuantizerFormat> quantizers;  ///< in the order of their nodes
    /// The same of Program::constant_quantizers, if both are asked for.
    std::vector<QuantizerFormat> constant_quantizers;
    std::vector<std::filesystem::path> files;  ///< arrays and modules that the program read, as they were looked for
};

}  // namespace dal
