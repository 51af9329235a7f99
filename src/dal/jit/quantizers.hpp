// Inputs and quantizations: the leaves of a Plan and its Requantize values.
#pragma once

#include <map>
#include <tuple>

#include "dal/jit/ref.hpp"

namespace dal::jit {

class QuantizePlanner {
  public:
    explicit QuantizePlanner(Plan& plan) : plan_(plan) {}

    /// An element of an input, to be made a code of `format` (each pair once), or checked to be one if it is declared.
    Ref load(size_t input, int64_t element, const Format& format, bool declared, const Interval& range);
    /// x, whatever it is, quantized; the result lies in `range`.
    Ref quantize(const Ref& x, const Format& format, const Interval& range);

  private:
    using QuantizedInput = std::tuple<size_t, int64_t, bool, int, int, Round, Overflow>;
    Ref requantize(const Ref& x, const Format& format, const Interval& range);

    Plan& plan_;
    std::map<QuantizedInput, Ref> quantized_inputs_;
};

}  // namespace dal::jit
