// Products, choices and other functions of polynomials.
#include <algorithm>

#include "dal/proof/algebra.hpp"

namespace dal::proof {
namespace {

constexpr size_t most_terms = size_t{1} << 14;

/// 1 on one side of 0, 0 on the other; and at 0.
Pieces constants_by_sign(const Range& domain, int64_t below, int64_t at_zero, int64_t above, Budget& budget) {
    PiecesBuilder builder(domain, budget);
    if (domain.lo < 0) builder.append(sub(std::min<int64_t>(domain.hi, -1), domain.lo) + 1, below, 0);
    if (domain.lo <= 0 && domain.hi >= 0) builder.append(1, at_zero, 0);
    if (domain.hi > 0) builder.append(sub(domain.hi, std::max<int64_t>(domain.lo, 1)) + 1, above, 0);
    return builder.take();
}

}  // namespace

Poly Algebra::apply(const Pieces& function, const Poly& p) {
    return apply_made(p, [made = &function](const Range&) -> const Pieces& { return *made; });
}

Poly Algebra::is_not_zero(const Poly& p) {
    return apply_made(p, [&](const Range& values) { return constants_by_sign(values, 1, 0, 1, budget_); });
}

Poly Algebra::is_negative(const Poly& p) {
    const Range values = range(p);
    if (values.lo >= 0) return 0;
    if (values.hi < 0) return 1;
    if (!in_program_)
        if (const auto whole = without_floor(collapsed(p))) return is_negative(whole->poly);
    return apply_made(collapsed(p), [&](const Range& found) { return constants_by_sign(found, 1, 0, 0, budget_); });
}

Poly Algebra::by_sign(const Poly& p, int64_t below, int64_t above) {
    return apply_made(p, [&](const Range& values) {
        PiecesBuilder builder(values, budget_);
        if (values.lo < 0)
            builder.append(sub(std::min<int64_t>(values.hi, -1), values.lo) + 1, mul(below, values.lo), below);
        const int64_t first = std::max<int64_t>(values.lo, 0);
        if (values.hi >= 0) builder.append(sub(values.hi, first) + 1, mul(above, first), above);
        return builder.take();
    });
}

Poly Algebra::look_up(int64_t first, const std::vector<int64_t>& entries, const Poly& p) {
    return apply(table(first, entries, budget_), p);
}

Poly Algebra::product(const Poly& a, const Poly& b) {
    if (a.is_constant()) return scaled(b, a.constant);
    if (b.is_constant()) return scaled(a, b.constant);
    const auto on_form_of = [&](const Poly& x, const Poly& y) -> std::optional<Poly> {
        const OnForm on = as_function(x);
        const auto other = on_form(y, on.form);
        if (!other) return std::nullopt;
        return from_function(on.form, proof::product(on.function, *other, budget_));
    };
    if (auto both = on_form_of(a, b)) return std::move(*both);
    if (auto both = on_form_of(b, a)) return std::move(*both);
    if ((a.terms.size() + 1) * (b.terms.size() + 1) > most_terms) give_up("a product has too many terms");
    Poly result = sum(scaled(a, b.constant), scaled(b, a.constant, mul(a.constant, -b.constant)));
    result.constant = mul(a.constant, b.constant);
    Poly unordered;
    Poly folded;
    for (const Term& x : a.terms)
        for (const Term& y : b.terms) {
            budget_.spend();
            const int64_t coefficient = mul(x.coefficient, y.coefficient);
            // Atoms of one form become one function of it.
            std::vector<AtomId> atoms = monomials_[x.monomial];
            std::optional<Poly> together;
            const std::vector<AtomId> others = monomials_[y.monomial];
            for (const AtomId other : others) {
                const auto same = std::find_if(atoms.begin(), atoms.end(), [&](AtomId one) {
                    return !together && atoms_[one].base == atoms_[other].base;
                });
                if (same == atoms.end()) {
                    atoms.push_back(other);
                    continue;
                }
                const FormId base = atoms_[other].base;
                together = from_function(base, proof::product(atoms_[*same].function, atoms_[other].function, budget_));
                atoms.erase(same);
            }
            Poly rest(1);
            if (!atoms.empty()) {
                rest = Poly();
                rest.terms = {{monomial(atoms), 1}};
            }
            if (together)
                folded = sum(folded, product(*together, rest), coefficient);
            else
                unordered.terms.push_back({rest.terms.front().monomial, coefficient});
        }
    normalize(unordered);
    return sum(sum(result, unordered), folded);
}

Poly Algebra::choice(const Poly& c, const Poly& a, const Poly& b) {
    if (c.is_constant()) return c.constant != 0 ? a : b;
    const Poly difference = collapsed(sum(a, b, -1));
    Poly result = collapsed(sum(b, product(c, difference)));
    if (result.is_constant()) return result;
    const Range one = range(a);
    const Range other = range(b);
    return chosen(result, {std::min(one.lo, other.lo), std::max(one.hi, other.hi)});
}

/// An atom for a choice between values of several forms, whose bounds its terms do not show: the program makes it, and
/// the design finds it.
Poly Algebra::chosen(const Poly& p, const Range& range) {
    const auto [first, last] = choices_.equal_range(p.hash());
    for (auto it = first; it != last; ++it)
        if (atoms_[it->second].source == p) return atom_poly(it->second);
    if (!in_program_ || p.terms.size() == 1) return p;
    if (const auto on = as_known_function(p, false))
        if (!on->function.is_affine()) return p;
    const auto id = static_cast<AtomId>(atoms_.size());
    Atom atom;
    atom.range = range;
    atom.is_choice = true;
    atom.source = p;
    atom.of_program = true;
    atom.function = Pieces::affine(range, 1, 0);
    atoms_.push_back(std::move(atom));
    choices_.emplace(p.hash(), id);
    Poly result = atom_poly(id);
    atoms_[id].base = form_of(result);
    return result;
}

/// Runs of equal bits of the constant are slices of `a`, or constants.
Poly Algebra::constant_bits(Bits function, const Poly& a, int64_t constant, int64_t width) {
    Poly result;
    for (int64_t first = 0; first < width;) {
        const bool one = (constant >> first & 1) != 0;
        int64_t next = first + 1;
        while (next < width && ((constant >> next & 1) != 0) == one) ++next;
        const int64_t mask = pow2(next - first) - 1;
        const bool passes = one == (function == Bits::conjunction);
        if (passes || function == Bits::difference) {
            const Poly part = slice(a, first, next - first);
            result = sum(result, one && function == Bits::difference ? sum(Poly(mask), part, -1) : part, pow2(first));
        } else if (function == Bits::disjunction) {
            result = sum(result, Poly(mask), pow2(first));
        }
        first = next;
    }
    return result;
}

Poly Algebra::bitwise(Bits function, const Poly& a, const Poly& b, int64_t width) {
    if (a.is_constant()) return constant_bits(function, b, a.constant, width);
    if (b.is_constant()) return constant_bits(function, a, b.constant, width);
    const auto of = [&](int64_t x, int64_t y) {
        switch (function) {
            case Bits::conjunction: return x & y;
            case Bits::disjunction: return x | y;
            case Bits::difference: return x ^ y;
        }
        return int64_t{0};
    };
    const OnForm on = as_function(a);
    if (const auto other = on_form(b, on.form))
        return from_function(on.form, pointwise(on.function, *other, of, budget_));
    constexpr int64_t most_width = 16;
    if (width > most_width) give_up("a bit operation on wide operands");
    Poly result;
    for (int64_t bit = 0; bit < width; ++bit) {
        const Poly x = slice(a, bit, 1);
        const Poly y = slice(b, bit, 1);
        Poly both = product(x, y);
        if (function == Bits::disjunction) both = sum(sum(x, y), both, -1);
        if (function == Bits::difference) both = sum(sum(x, y), both, -2);
        result = sum(result, both, pow2(bit));
    }
    return result;
}

}  // namespace dal::proof
