// Bits of polynomials: slices, rounding down, reduction modulo powers of two.
#include <algorithm>
#include <bit>

#include "dal/proof/algebra.hpp"
#include "dal/proof/floor_guess.hpp"

namespace dal::proof {

Poly Algebra::reduced(const Poly& p, int64_t bits) {
    constexpr int most_rounds = 16;
    Poly result = p;
    for (int round = 0; round < most_rounds; ++round) {
        Poly next(low_bits(result.constant, bits));
        std::vector<std::pair<AtomId, int64_t>> opened;
        for (const Term& term : result.terms) {
            const int64_t coefficient = low_bits_signed(term.coefficient, bits);
            if (coefficient == 0) continue;
            const auto atom = single(term);
            const int zeros = std::countr_zero(static_cast<uint64_t>(coefficient));
            if (atom && atoms_[*atom].width > 0 && zeros + atoms_[*atom].width >= bits)
                opened.emplace_back(*atom, coefficient);
            else
                next.terms.push_back({term.monomial, coefficient});
        }
        result = std::move(next);
        if (opened.empty()) break;
        for (const auto& [atom, coefficient] : opened) {
            const Poly source = atoms_[atom].source;
            const int64_t offset = atoms_[atom].offset;
            const Poly whole = sum(floor(source, atoms_[atom].first), Poly(offset), -1);
            result = sum(result, whole, coefficient);
        }
    }
    return result;
}

Poly Algebra::centered(const Poly& p, int64_t width) {
    // Multiples of 2^width do not matter.
    Poly some(p.constant);
    for (const Term& term : p.terms)
        if (low_bits(term.coefficient, width) != 0) some.terms.push_back(term);
    const auto fitting = [&](const Poly& x) -> std::optional<Poly> {
        const Range values = range(x);
        if (values.fits_signed(width) || values.fits_unsigned(width)) return x;
        for (const int64_t least : {-pow2(width - 1), int64_t{0}}) {
            const int64_t blocks = sub(values.lo, least) >> width;
            if (sub(values.hi, least) >> width == blocks) return sum(x, Poly(mul(blocks, pow2(width))), -1);
        }
        return std::nullopt;
    };
    if (auto fits = fitting(some)) return std::move(*fits);
    // As one function of a form it may be bounded better.
    const Poly other = settled(some);
    if (auto fits = fitting(other)) return std::move(*fits);
    if (other.is_constant() || in_program_) return p;
    bound(other, range_through_floors(other, 0));
    if (auto fits = fitting(other)) return std::move(*fits);
    return p;
}

/// Bounds of a sum with ⌊a / 2^k⌋: those of the whole sum, rounded down after it was added up.
Range Algebra::range_through_floors(const Poly& p, int depth) {
    constexpr int most_depth = 3;
    Range best = range(p);
    if (depth == most_depth) return best;
    for (const FloorPart& part : floor_parts(p)) {
        const Range sums = range_through_floors(part.whole, depth + 1);
        best = {std::max(best.lo, sums.lo >> part.bits), std::min(best.hi, sums.hi >> part.bits)};
    }
    return best;
}

void Algebra::bound(const Poly& p, const Range& range) {
    Poly terms = p;
    terms.constant = 0;
    const Range without{sub(range.lo, p.constant), sub(range.hi, p.constant)};
    budget_.keep(static_cast<int64_t>(terms.terms.size()) + 4);
    const size_t hash = terms.hash();
    bounds_.emplace(hash, std::pair{std::move(terms), without});
}

/// Forms that the program has no functions of.
std::vector<FormId> Algebra::foreign_bases(const Poly& p) const {
    std::vector<FormId> bases;
    for (const Term& term : p.terms)
        if (const auto atom = single(term))
            if (!atoms_[*atom].of_program) bases.push_back(atoms_[*atom].base);
    std::sort(bases.begin(), bases.end());
    bases.erase(std::unique(bases.begin(), bases.end()), bases.end());
    return bases;
}

Poly Algebra::slice_of_function(const OnForm& on, const Source& source) {
    const Pieces high = floor_shift(on.function, source.first + source.width, budget_);
    const Pieces low = floor_shift(on.function, source.first, budget_);
    const Pieces bits = combine(low, 1, high, -pow2(source.width), budget_);
    if (auto result = known(on.form, bits)) return std::move(*result);
    const Range highs = high.values();
    // One change of the bits above is mostly the sign, which others ask for too.
    if (!in_program_ && highs.hi - highs.lo == 1) {
        Poly result = sum(from_function(on.form, low), from_function(on.form, high), -pow2(source.width));
        bound(result, {0, pow2(source.width) - 1});
        return result;
    }
    return from_function(on.form, bits, &source);
}

Poly Algebra::slice(const Poly& p, int64_t first, int64_t width) {
    if (first + width > most_bits) give_up("a wire has more than " + std::to_string(most_bits) + " bits");
    if (p.is_constant()) return low_bits(p.constant >> first, width);
    const auto inside = [&](const Poly& x) -> std::optional<Poly> {
        const Range values = range(x);
        const int64_t block = values.lo >> (first + width);
        if (block != values.hi >> (first + width)) return std::nullopt;
        return sum(floor(x, first), Poly(mul(block, pow2(width))), -1);
    };
    if (auto exact = inside(p)) return std::move(*exact);
    const Poly simple = collapsed(p);
    if (simple.is_constant()) return low_bits(simple.constant >> first, width);
    if (const auto on = as_known_function(simple, false)) return slice_of_function(*on, {simple, first, width});
    if (!in_program_)
        if (const auto whole = without_floor(simple, first + width))
            return slice(whole->poly, first + whole->bits, width);
    const Range values = range(simple);
    const bool wraps = !values.fits_signed(first + width) && !values.fits_unsigned(first + width);
    const Poly low = wraps ? reduced(simple, first + width) : simple;
    if (wraps) {
        if (low.is_constant()) return low_bits(low.constant >> first, width);
        if (auto exact = inside(low)) return std::move(*exact);
    }
    return slice_of_function(as_function(low), {low, first, width});
}

Poly Algebra::floor(const Poly& p, int64_t bits) {
    if (bits == 0) return p;
    if (p.is_constant()) return p.constant >> bits;
    const Range values = range(p);
    Poly result = floor_by_terms(p, bits);
    if (result.terms.size() > 1) bound(result, {values.lo >> bits, values.hi >> bits});
    return result;
}

Poly Algebra::floor_by_terms(const Poly& p, int64_t bits) {
    const Range values = range(p);
    if (values.lo >> bits == values.hi >> bits) return values.lo >> bits;
    // Multiples of 2^bits come out.
    Poly out(p.constant >> bits);
    Poly rest(low_bits(p.constant, bits));
    for (const Term& term : p.terms) {
        const int64_t inner = low_bits_signed(term.coefficient, bits);
        const int64_t outer = sub(term.coefficient, inner) / pow2(bits);
        if (outer != 0) out.terms.push_back({term.monomial, outer});
        if (inner != 0) rest.terms.push_back({term.monomial, inner});
    }
    if (rest.is_constant()) return out;
    if (in_program_) {
        const OnForm on = as_function(p);
        return from_function(on.form, floor_shift(on.function, bits, budget_));
    }
    if (const auto on = as_known_function(p, false))
        return from_function(on->form, floor_shift(on->function, bits, budget_));
    if (const auto whole = without_floor(p)) return floor(whole->poly, whole->bits + bits);
    int zeros = 62;
    for (const Term& term : rest.terms)
        zeros = std::min(zeros, std::countr_zero(static_cast<uint64_t>(term.coefficient)));
    if (zeros > 0) {
        Poly smaller(rest.constant >> zeros);
        smaller.terms = rest.terms;
        for (Term& term : smaller.terms) term.coefficient /= pow2(zeros);
        return sum(out, floor(smaller, bits - zeros));
    }
    const OnForm on = as_function(rest);
    return sum(out, from_function(on.form, floor_shift(on.function, bits, budget_)));
}

std::vector<Algebra::FloorPart> Algebra::floor_parts(const Poly& p) {
    std::vector<FloorPart> parts;
    for (const FormId base : foreign_bases(p)) {
        Poly rest;
        const Pieces steps = group(p, base, &rest);
        if (steps.is_affine() || rest.is_constant()) continue;
        const auto try_with = [&](const Poly& inner, const Pieces& function) {
            for (const FloorOf& guess : floors_like(function, budget_)) {
                const Pieces line = Pieces::affine(function.domain(), guess.factor, guess.offset);
                if (floor_shift(line, guess.bits, budget_) != function) continue;
                parts.push_back({sum(scaled(inner, guess.factor, guess.offset), rest, pow2(guess.bits)), guess.bits});
            }
        };
        try_with(forms_[base].poly, steps);
        for (const AtomId atom : std::vector<AtomId>(forms_[base].functions)) {
            if (!atoms_[atom].of_program) continue;
            const auto function = through(atom, steps);
            if (function && !function->is_affine()) try_with(atom_poly(atom), *function);
        }
    }
    return parts;
}

/// p = ⌊result.poly / 2^result.bits⌋, where the program knows the form of result.poly: ⌊a / 2^k⌋ + b is
/// ⌊(a + 2^k·b) / 2^k⌋, also if ⌊a / 2^k⌋ is written as a sum of functions of the form of a.
/// If `modulo` is not 0, only modulo 2^modulo.
std::optional<Algebra::Unfloored> Algebra::without_floor(const Poly& p, int64_t modulo, int depth) {
    constexpr int most_depth = 3;
    if (depth == most_depth) return std::nullopt;
    for (FloorPart& part : floor_parts(p)) {
        if (as_known_function(part.whole, false)) return Unfloored{std::move(part.whole), part.bits};
        if (modulo > 0 && modulo + part.bits <= most_bits) {
            Poly low = reduced(part.whole, modulo + part.bits);
            if (!low.is_constant() && as_known_function(low, false)) return Unfloored{std::move(low), part.bits};
        }
        if (auto further = without_floor(part.whole, modulo == 0 ? 0 : modulo + part.bits, depth + 1))
            return Unfloored{std::move(further->poly), further->bits + part.bits};
    }
    return std::nullopt;
}

}  // namespace dal::proof
