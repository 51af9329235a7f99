// Functions of one form become polynomials again: of atoms that are known, if they are a combination of such.
#include <algorithm>

#include "dal/proof/algebra.hpp"
#include "dal/proof/combination.hpp"

namespace dal::proof {

/// An affine function of a form.
Poly Algebra::on_line(FormId form, const Pieces& line) {
    const Run& run = line.runs().front();
    return scaled(forms_[form].poly, run.slope, sub(run.value, mul(run.slope, run.start)));
}

std::optional<Poly> Algebra::known_class(FormId form, const Pieces& function, const AffineClass& found) {
    const auto [first, last] = forms_[form].by_class.equal_range(found.normal.hash());
    for (auto it = first; it != last; ++it) {
        const AtomId atom = it->second;
        const int64_t has = atoms_[atom].class_factor;
        if (found.factor % has != 0) continue;
        const int64_t factor = found.factor / has;
        // The hash only says where to look.
        const Pieces rest = combine(function, 1, atoms_[atom].function, -factor, budget_);
        if (rest.is_affine()) return sum(on_line(form, rest), atom_poly(atom), factor);
    }
    return std::nullopt;
}

std::optional<Poly> Algebra::combination(FormId form, const Pieces& function) {
    constexpr size_t most_functions = 12;
    const std::vector<AtomId>& all = forms_[form].functions;
    if (all.size() < 2) return std::nullopt;
    std::vector<AtomId> some = all;
    if (some.size() > most_functions) {
        std::copy(some.end() - most_functions / 2, some.end(), some.begin() + most_functions / 2);
        some.resize(most_functions);
    }
    std::vector<const Pieces*> functions;
    functions.reserve(some.size());
    for (const AtomId atom : some) functions.push_back(&atoms_[atom].function);
    const auto factors = combination_of(functions, function, budget_);
    if (!factors) return std::nullopt;
    Poly result;
    Pieces rest = function;
    for (size_t j = 0; j < some.size(); ++j) {
        if ((*factors)[j] == 0) continue;
        rest = combine(rest, 1, *functions[j], -(*factors)[j], budget_);
        result = sum(result, atom_poly(some[j]), (*factors)[j]);
    }
    if (!rest.is_affine()) return std::nullopt;
    return sum(result, on_line(form, rest));
}

std::optional<Poly> Algebra::known(FormId form, const Pieces& function) {
    if (function.is_affine()) return on_line(form, function);
    if (auto one = known_class(form, function, affine_class(function, budget_))) return one;
    return combination(form, function);
}

/// A function that equals one of the program modulo a power of two: that one, and the high bits between them, which
/// whoever reads low bits only does not see.
std::optional<Poly> Algebra::beside_program(FormId form, const Pieces& function) {
    constexpr int64_t least_factor = 4;
    int64_t best = least_factor - 1;
    std::optional<AtomId> with;
    std::optional<Pieces> between;
    for (const AtomId atom : forms_[form].functions) {
        if (!atoms_[atom].of_program) continue;
        Pieces rest = combine(function, 1, atoms_[atom].function, -1, budget_);
        const int64_t factor = common_factor(rest);
        const int64_t power = factor & -factor;
        if (power <= best) continue;
        best = power;
        with = atom;
        between = std::move(rest);
    }
    const Range values = function.values();
    if (!with || sub(values.hi, values.lo) < best / 2) return std::nullopt;
    // Not as a combination: that would be where it came from.
    auto high =
        between->is_affine() ? known(form, *between) : known_class(form, *between, affine_class(*between, budget_));
    return sum(atom_poly(*with), high ? *high : new_atom(form, *between, nullptr));
}

/// `function` of a form as a function of one of its atoms, if it is one.
std::optional<Pieces> Algebra::through(AtomId atom, const Pieces& function) {
    constexpr int64_t most_values = int64_t{1} << 16;
    const Range& values = atoms_[atom].range;
    if (sub(values.hi, values.lo) >= most_values) return std::nullopt;
    std::vector<std::optional<int64_t>> found(static_cast<size_t>(values.hi - values.lo + 1));
    bool unique = true;
    pointwise(
        atoms_[atom].function, function,
        [&](int64_t x, int64_t y) {
            std::optional<int64_t>& slot = found[static_cast<size_t>(x - values.lo)];
            unique = unique && (!slot || *slot == y);
            slot = y;
            return int64_t{0};
        },
        budget_);
    PiecesBuilder builder(values, budget_);
    for (const auto& slot : found) {
        if (!unique || !slot) return std::nullopt;
        builder.append(1, *slot, 0);
    }
    return builder.take();
}

Poly Algebra::from_function(FormId form, const Pieces& function, const Source* source) {
    if (auto result = known(form, function)) return std::move(*result);
    if (!in_program_)
        if (auto result = beside_program(form, function)) return std::move(*result);
    return new_atom(form, function, source);
}

Poly Algebra::new_atom(FormId form, const Pieces& function, const Source* source) {
    const int64_t factor = common_factor(function);
    const int64_t offset = function.runs().front().value;
    Atom atom;
    atom.base = form;
    PiecesBuilder builder(function.domain(), budget_);
    for (size_t j = 0; j < function.runs().size(); ++j) {
        const Run& run = function.runs()[j];
        builder.append(function.last_of(j) - run.start + 1, sub(run.value, offset) / factor, run.slope / factor);
    }
    atom.function = builder.take();
    atom.range = atom.function.values();
    const AffineClass found = affine_class(atom.function, budget_);
    const size_t hash = found.normal.hash();
    atom.class_factor = found.factor;
    atom.place = place_;
    atom.of_program = in_program_;
    if (source && factor == 1) {
        atom.source = source->poly;
        atom.first = source->first;
        atom.width = source->width;
        atom.offset = offset;
    }
    budget_.keep(static_cast<int64_t>(atom.function.runs().size()) + 8);
    const auto id = static_cast<AtomId>(atoms_.size());
    atoms_.push_back(std::move(atom));
    forms_[form].functions.push_back(id);
    forms_[form].by_class.emplace(hash, id);
    return scaled(atom_poly(id), factor, offset);
}

Poly Algebra::collapsed(const Poly& p) {
    std::vector<FormId> bases;
    for (const Term& term : p.terms)
        if (const auto atom = single(term)) bases.push_back(atoms_[*atom].base);
    std::sort(bases.begin(), bases.end());
    Poly result = p;
    for (auto base = bases.begin(); base != bases.end();) {
        const auto next = std::upper_bound(base, bases.end(), *base);
        if (next - base > 1) {
            Poly rest;
            const Pieces together = group(result, *base, &rest);
            std::optional<Poly> one;
            if (together.is_affine())
                one = known(*base, together);
            else
                one = known_class(*base, together, affine_class(together, budget_));
            if (!one && !in_program_) one = beside_program(*base, together);
            if (one) result = sum(rest, *one);
        }
        base = next;
    }
    return result;
}

Poly Algebra::settled(const Poly& p) {
    Poly result = collapsed(p);
    if (result.is_constant() || !foreign_place(result)) return result;
    if (const auto on = as_known_function(result, false))
        if (auto one = known(on->form, on->function)) return std::move(*one);
    if (const auto whole = without_floor(result)) return floor(whole->poly, whole->bits);
    return result;
}

int64_t Algebra::value(const Poly& p, const std::vector<int64_t>& atoms) const {
    int64_t total = p.constant;
    for (const Term& term : p.terms) {
        int64_t factor = term.coefficient;
        for (const AtomId id : monomials_[term.monomial]) factor = mul(factor, atoms[id]);
        total = add(total, factor);
    }
    return total;
}

std::vector<int64_t> Algebra::values(const std::vector<int64_t>& inputs) const {
    std::vector<int64_t> known;
    known.reserve(atoms_.size());
    // What an atom is made of was there before it.
    for (const Atom& atom : atoms_) {
        if (atom.is_input)
            known.push_back(inputs[atom.input]);
        else if (atom.is_choice)
            known.push_back(value(atom.source, known));
        else
            known.push_back(atom.function.at(value(forms_[atom.base].poly, known)));
    }
    return known;
}

}  // namespace dal::proof
