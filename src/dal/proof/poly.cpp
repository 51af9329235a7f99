#include "dal/proof/poly.hpp"

#include <algorithm>
#include <numeric>

namespace dal::proof {

size_t Poly::hash() const noexcept {
    uint64_t hash = 0x9e3779b97f4a7c15 ^ static_cast<uint64_t>(constant);
    for (const Term& term : terms) {
        hash = (hash ^ term.monomial) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 32) ^ static_cast<uint64_t>(term.coefficient)) * 0xc4ceb9fe1a85ec53;
    }
    return hash ^ (hash >> 31);
}

Poly sum(const Poly& a, const Poly& b, int64_t c) {
    Poly result(add(a.constant, mul(b.constant, c)));
    result.terms.reserve(a.terms.size() + b.terms.size());
    auto x = a.terms.begin();
    auto y = b.terms.begin();
    while (x != a.terms.end() || y != b.terms.end()) {
        if (y == b.terms.end() || (x != a.terms.end() && x->monomial < y->monomial)) {
            result.terms.push_back(*x++);
        } else if (x == a.terms.end() || y->monomial < x->monomial) {
            if (const int64_t scaled_term = mul(y->coefficient, c)) result.terms.push_back({y->monomial, scaled_term});
            ++y;
        } else {
            const int64_t both = add(x->coefficient, mul(y->coefficient, c));
            if (both != 0) result.terms.push_back({x->monomial, both});
            ++x;
            ++y;
        }
    }
    return result;
}

Poly scaled(const Poly& a, int64_t c, int64_t offset) { return sum(Poly(offset), a, c); }

void normalize(Poly& poly) {
    std::sort(poly.terms.begin(), poly.terms.end(),
              [](const Term& a, const Term& b) { return a.monomial < b.monomial; });
    size_t kept = 0;
    for (size_t j = 0; j < poly.terms.size();) {
        Term term = poly.terms[j];
        for (++j; j < poly.terms.size() && poly.terms[j].monomial == term.monomial; ++j)
            term.coefficient = add(term.coefficient, poly.terms[j].coefficient);
        if (term.coefficient != 0) poly.terms[kept++] = term;
    }
    poly.terms.resize(kept);
}

Primitive primitive_of(const Poly& poly) {
    Primitive result;
    int64_t divisor = 0;
    for (const Term& term : poly.terms) divisor = std::gcd(divisor, term.coefficient);
    result.factor = poly.terms.front().coefficient < 0 ? -divisor : divisor;
    result.offset = poly.constant;
    result.primitive.terms = poly.terms;
    for (Term& term : result.primitive.terms) term.coefficient /= result.factor;
    return result;
}

}  // namespace dal::proof
