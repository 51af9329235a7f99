// Exact integer polynomials over atoms: what signals and elements of tensors are to the checker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dal/proof/exact.hpp"

namespace dal::proof {

using AtomId = uint32_t;      ///< an integer that is not taken apart: an input, or a function of a linear form
using MonomialId = uint32_t;  ///< a product of atoms (algebra.hpp)

struct Term {
    MonomialId monomial = 0;
    int64_t coefficient = 0;
    friend bool operator==(const Term&, const Term&) = default;
};

struct Poly {
    std::vector<Term> terms;  ///< ascending by monomial; no coefficient is 0
    int64_t constant = 0;

    Poly() = default;
    Poly(int64_t value) : constant(value) {}  // NOLINT(google-explicit-constructor)
    [[nodiscard]] bool is_constant() const noexcept { return terms.empty(); }
    [[nodiscard]] size_t hash() const noexcept;
    friend bool operator==(const Poly&, const Poly&) = default;
};

/// a + c·b.
Poly sum(const Poly& a, const Poly& b, int64_t c = 1);
/// c·a + offset.
Poly scaled(const Poly& a, int64_t c, int64_t offset = 0);
/// Terms in any order, monomials more than once, become those of a polynomial.
void normalize(Poly& poly);

/// poly = factor·primitive + offset, where the coefficients of `primitive` have no common divisor, the first is
/// positive, and it has no constant. `poly` has terms.
struct Primitive {
    Poly primitive;
    int64_t factor = 1;
    int64_t offset = 0;
};
Primitive primitive_of(const Poly& poly);

}  // namespace dal::proof
