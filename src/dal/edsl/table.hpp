// Tables computed by C++: a function of exact numbers, evaluated for every value of a format, looked up in hardware.
// `table squash(v: fixed(1, 2, 5)) -> fixed(0, 0, 8) = …` of the language. The function runs when the table is made.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dal/edsl/functions.hpp"

namespace dal::edsl {

class Table {
  public:
    struct Content;
    explicit Table(std::shared_ptr<const Content> content) : content_(std::move(content)) {}

    /// Looks up each element. The values of x must lie in the domain: check() says so otherwise, and `quantize(x,
    /// domain)` makes them. Several arguments broadcast.
    Tensor operator()(const Operand& x, Location at = Location::current()) const;
    Tensor operator()(const Operand& a, const Operand& b, Location at = Location::current()) const;
    Tensor operator()(const Tensors& arguments, Location at = Location::current()) const;
    /// The entries: ascending values of the parameters, the first parameter slowest. Error no_format: not rounded yet.
    [[nodiscard]] const std::vector<Dyadic>& entries() const;

  private:
    std::shared_ptr<const Content> content_;
};

/// table("squash", fixed(1, 2, 5), fixed(0, 0, 8, {.round = rnd}), [](Number v) { return 1 / (1 + exp(-v)); }).
/// `domain`: one format; its values are what the function is called with. Results are correctly rounded to `result`.
/// Errors: those of the function; program_too_large (2^20 entries).
Table table(std::string name, const Formats& domain, const Formats& result, const std::function<Number(Number)>& entry,
            Location at = Location::current());
/// To the place `table` of the innermost With, if there is one. Otherwise:
/// Results that are multiples of a power of two are entries as they are. If some are not, the table takes the format
/// that its consumers ask for in each program: the join of what `quantize` and declared types of its results name.
/// check() fails if none does (not_dyadic, unquantized_constant), or if they do not agree (format_conflict).
Table table(std::string name, const Formats& domain, const std::function<Number(Number)>& entry,
            Location at = Location::current());
/// Of several parameters.
Table table(std::string name, const std::vector<Formats>& domains, const Formats& result,
            const std::function<Number(std::span<const Number>)>& entry, Location at = Location::current());
Table table(std::string name, const std::vector<Formats>& domains,
            const std::function<Number(std::span<const Number>)>& entry, Location at = Location::current());

/// A table as data: entry n - first of the value n·2^-f, where first is the lowest code of `domain`. Leading axes of
/// `entries` broadcast against x: a table per element.
struct LookupOptions {
    std::optional<Tensor> care{};  ///< where it is 0, any entry will do; broadcasts to the entries
};
Tensor lookup(const Operand& x, const Operand& entries, const Formats& domain, const LookupOptions& options = {},
              Location at = Location::current());

/// A quantizer with many levels: base + step · (how many levels x reaches), levels along the last axis.
struct ThresholdOptions {
    std::optional<Tensor> base{};  ///< 0
    std::optional<Tensor> step{};  ///< 1
    bool below = false;            ///< count the levels from above: those that x does not exceed
};
Tensor thresholds(const Operand& x, const Operand& levels, const ThresholdOptions& options = {},
                  Location at = Location::current());

}  // namespace dal::edsl
