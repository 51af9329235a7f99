#include "dal/report/reference.hpp"

#include "dal/support/codes/batch_codes.hpp"

namespace dal::report {

Result<ReferenceResult> compare_with_reference(const Codes& values, const Samples& reference, const Dyadic& tolerance,
                                               const std::string& name) {
    if (reference.samples() != values.samples() || element_count(reference.shape()) != values.elements())
        return failure(error(code::bad_batch, {},
                             "the reference for `" + name + "` has " + std::to_string(reference.samples()) +
                                 " samples of shape " + to_string(reference.shape()) + ", the program computes " +
                                 std::to_string(values.samples()) + " of " + to_string(values.shape())));
    ReferenceResult result;
    for (int64_t sample = 0; sample < values.samples(); ++sample)
        for (int64_t element = 0; element < values.elements(); ++element) {
            ++result.values;
            const Dyadic value = values.value(sample, element);
            const std::optional<Dyadic> wanted = reference.at(sample, element);
            Dyadic distance = wanted ? value - *wanted : Dyadic();
            if (distance.is_negative()) distance = -distance;
            if (distance > result.largest) result.largest = distance;
            if (wanted && distance <= tolerance) continue;
            ++result.different;
            if (!result.first) result.first = {sample, element, value, wanted.value_or(Dyadic())};
        }
    return result;
}

}  // namespace dal::report
