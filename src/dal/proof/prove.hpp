// Proves that a design computes a program: for all inputs, bit for bit, at the clock cycle that it claims. Believes
// nothing of what made the design; what it believes is in docs/proof.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dal/proof/claim.hpp"
#include "dal/support/number.hpp"

namespace dal::proof {

struct Limits {
    double seconds = 60;
    int64_t megabytes = 1024;
};

/// A number for an element of an input tensor.
struct InputValue {
    uint32_t tensor = 0;  ///< position in Claim::inputs
    int64_t element = 0;
    Dyadic value;
};

struct Outcome {
    enum class Status : uint8_t {
        proven,
        open,    ///< neither proven nor refuted: `reason` says why
        refuted  ///< the design computes something else for `counterexample`
    };
    Status status = Status::open;
    std::string reason;
    int64_t wires = 0;  ///< assignments that were evaluated
    int64_t cuts = 0;   ///< functions of linear forms in which program and design meet
    int64_t forms = 0;  ///< linear forms of which they are functions
    double seconds = 0;
    std::vector<InputValue> counterexample;  ///< elements that are not named may be anything
};

/// Never throws what is not a bug; takes the time and about the memory that it is given, not more.
Outcome prove(const Claim& claim, const Limits& limits);

}  // namespace dal::proof
