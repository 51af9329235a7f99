// Atoms, monomials and forms of the algebra: how a polynomial is seen as a function of one linear form.
#include <algorithm>

#include "dal/proof/algebra.hpp"

namespace dal::proof {

MonomialId Algebra::monomial(std::vector<AtomId> atoms) {
    std::sort(atoms.begin(), atoms.end());
    const auto [found, is_new] = monomial_ids_.try_emplace(atoms, static_cast<MonomialId>(monomials_.size()));
    if (is_new) {
        budget_.keep(4);
        monomials_.push_back(std::move(atoms));
    }
    return found->second;
}

Poly Algebra::atom_poly(AtomId atom) {
    Poly result;
    result.terms = {{monomial({atom}), 1}};
    return result;
}

Poly Algebra::input(const Range& range) {
    if (range.lo == range.hi) {
        ++inputs_;
        return {range.lo};
    }
    const auto id = static_cast<AtomId>(atoms_.size());
    Atom atom;
    atom.range = range;
    atom.is_input = true;
    atom.input = inputs_++;
    atom.of_program = true;
    atom.function = Pieces::affine(range, 1, 0);
    atoms_.push_back(std::move(atom));
    Poly result = atom_poly(id);
    atoms_[id].base = form_of(result);
    return result;
}

std::optional<AtomId> Algebra::single(const Term& term) const {
    const std::vector<AtomId>& atoms = monomials_[term.monomial];
    return atoms.size() == 1 ? std::optional(atoms.front()) : std::nullopt;
}

Range Algebra::term_range(const Term& term) {
    Range range{1, 1};
    for (const AtomId atom : monomials_[term.monomial]) {
        const Range& with = atoms_[atom].range;
        const int64_t corners[] = {mul(range.lo, with.lo), mul(range.lo, with.hi), mul(range.hi, with.lo),
                                   mul(range.hi, with.hi)};
        range = {*std::min_element(corners, corners + 4), *std::max_element(corners, corners + 4)};
    }
    return scaled(range, term.coefficient);
}

Range Algebra::range(const Poly& p) {
    Range best = range_by_terms(p);
    if (bounds_.empty() || p.terms.size() < 2) return best;
    Poly terms = p;
    terms.constant = 0;
    const auto [first, last] = bounds_.equal_range(terms.hash());
    for (auto it = first; it != last; ++it)
        if (it->second.first == terms)
            best = {std::max(best.lo, add(it->second.second.lo, p.constant)),
                    std::min(best.hi, add(it->second.second.hi, p.constant))};
    return best;
}

Range Algebra::range_by_terms(const Poly& p) {
    Range total{p.constant, p.constant};
    std::vector<FormId> bases;
    for (const Term& term : p.terms) {
        const Range one = term_range(term);
        total = {add(total.lo, one.lo), add(total.hi, one.hi)};
        if (const auto atom = single(term)) bases.push_back(atoms_[*atom].base);
    }
    std::sort(bases.begin(), bases.end());
    if (std::adjacent_find(bases.begin(), bases.end()) == bases.end()) return total;
    // Functions of one form together are bounded better than one by one.
    Poly rest = p;
    Range tight{0, 0};
    for (auto base = bases.begin(); base != bases.end();) {
        const auto next = std::upper_bound(base, bases.end(), *base);
        if (next - base > 1) {
            Poly without;
            const Range values = group(rest, *base, &without).values();
            tight = {add(tight.lo, values.lo), add(tight.hi, values.hi)};
            rest = std::move(without);
        }
        base = next;
    }
    for (const Term& term : rest.terms) {
        const Range one = term_range(term);
        tight = {add(tight.lo, one.lo), add(tight.hi, one.hi)};
    }
    return {std::max(total.lo, add(tight.lo, rest.constant)), std::min(total.hi, add(tight.hi, rest.constant))};
}

std::optional<FormId> Algebra::find_form(const Poly& primitive) const {
    const auto [first, last] = form_ids_.equal_range(primitive.hash());
    for (auto it = first; it != last; ++it)
        if (forms_[it->second].poly == primitive) return it->second;
    return std::nullopt;
}

FormId Algebra::form_of(const Poly& primitive) {
    if (const auto found = find_form(primitive)) return *found;
    Form form;
    form.range = range(primitive);
    form.poly = primitive;
    form.of_program = in_program_;
    budget_.keep(static_cast<int64_t>(primitive.terms.size()) + 8);
    const auto id = static_cast<FormId>(forms_.size());
    forms_.push_back(std::move(form));
    form_ids_.emplace(primitive.hash(), id);
    return id;
}

/// The sum of the terms that are functions of `base`, without the constant; `rest`: all others, with it.
Pieces Algebra::group(const Poly& p, FormId base, Poly* rest) {
    Pieces total = Pieces::affine(forms_[base].range, 0, 0);
    if (rest) *rest = Poly(p.constant);
    for (const Term& term : p.terms) {
        const auto atom = single(term);
        if (atom && atoms_[*atom].base == base)
            total = combine(total, 1, atoms_[*atom].function, term.coefficient, budget_);
        else if (rest)
            rest->terms.push_back(term);
    }
    return total;
}

/// p as a function of `form`, if it is a sum of functions of it and of a multiple of it.
std::optional<Pieces> Algebra::on_form(const Poly& p, FormId form) {
    Poly rest;
    Pieces total = group(p, form, &rest);
    if (rest.is_constant()) return scaled(total, 1, rest.constant, budget_);
    const Poly& whole = forms_[form].poly;
    if (rest.terms.size() != whole.terms.size()) return std::nullopt;
    const Primitive part = primitive_of(rest);
    if (part.primitive != whole) return std::nullopt;
    return combine(total, 1, Pieces::affine(forms_[form].range, part.factor, part.offset), 1, budget_);
}

std::optional<Algebra::OnForm> Algebra::as_known_function(const Poly& p, bool own) {
    std::vector<FormId> bases;
    for (const Term& term : p.terms)
        if (const auto atom = single(term)) bases.push_back(atoms_[*atom].base);
    std::sort(bases.begin(), bases.end());
    bases.erase(std::unique(bases.begin(), bases.end()), bases.end());
    for (const FormId base : bases) {
        // Either all terms are functions of it, or so many are left as the form has.
        size_t of_base = 0;
        for (const Term& term : p.terms) {
            const auto atom = single(term);
            if (atom && atoms_[*atom].base == base) ++of_base;
        }
        if (of_base != p.terms.size() && p.terms.size() - of_base != forms_[base].poly.terms.size()) continue;
        if (auto function = on_form(p, base)) return OnForm{base, std::move(*function)};
    }
    const Primitive part = primitive_of(p);
    const auto found = find_form(part.primitive);
    if (!found || (!own && !forms_[*found].of_program)) return std::nullopt;
    return OnForm{*found, Pieces::affine(forms_[*found].range, part.factor, part.offset)};
}

Algebra::OnForm Algebra::as_function(const Poly& p) {
    if (auto known_one = as_known_function(p, true)) return std::move(*known_one);
    const Primitive part = primitive_of(p);
    const FormId form = form_of(part.primitive);
    return {form, Pieces::affine(forms_[form].range, part.factor, part.offset)};
}

std::optional<uint32_t> Algebra::foreign_place(const Poly& p) const {
    for (const Term& term : p.terms)
        for (const AtomId atom : monomials_[term.monomial])
            if (!atoms_[atom].of_program) return atoms_[atom].place;
    return std::nullopt;
}

}  // namespace dal::proof
