// Outputs of a program beside those that somebody else computed.
#pragma once

#include <optional>
#include <string>

#include "dal/array/samples.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal::report {

/// How far values are from their references.
struct ReferenceResult {
    int64_t values = 0;
    int64_t different = 0;  ///< further away than the tolerance
    Dyadic largest{};       ///< the largest distance
    /// The first that is different.
    struct Place {
        int64_t sample;
        int64_t element;
        Dyadic value;
        Dyadic reference;
    };
    std::optional<Place> first{};
};

/// Compares each value. `reference`: as many samples of as many elements; their shapes may differ. A reference that is
/// no finite number counts as different. Error: bad_batch if the counts differ; it names `name`.
Result<ReferenceResult> compare_with_reference(const Codes& values, const Samples& reference, const Dyadic& tolerance,
                                               const std::string& name);

}  // namespace dal::report
