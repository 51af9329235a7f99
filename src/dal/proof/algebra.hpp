// The algebra in which a program and its Verilog meet. Both are evaluated in it, operation by operation; they are the
// same function if their outputs become the same polynomials. Each step is exact for all values that the inputs can
// have, so that equal polynomials prove equality; different ones prove nothing. How it works: docs/proof.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "dal/proof/pieces.hpp"
#include "dal/proof/poly.hpp"

namespace dal::proof {

using FormId = uint32_t;

class Algebra {
  public:
    explicit Algebra(Budget& budget) : budget_(budget) {}

    /// A new input: any integer of the range, independent of all others.
    Poly input(const Range& range);
    /// Ends the part of the program: forms whose functions are known now are those that later ones are brought to.
    void end_of_program() { in_program_ = false; }

    /// Bounds, not always the tightest.
    Range range(const Poly& p);
    /// Bits [first, first + width) of p as two's complement without end, as a number that is not negative.
    Poly slice(const Poly& p, int64_t first, int64_t width);
    /// ⌊p / 2^bits⌋.
    Poly floor(const Poly& p, int64_t bits);
    Poly product(const Poly& a, const Poly& b);
    /// c ? a : b for a c that is 0 or 1.
    Poly choice(const Poly& c, const Poly& a, const Poly& b);
    /// 1 if p ≠ 0, else 0.
    Poly is_not_zero(const Poly& p);
    /// 1 if p < 0, else 0.
    Poly is_negative(const Poly& p);
    /// below·p for p < 0, above·p otherwise.
    Poly by_sign(const Poly& p, int64_t below, int64_t above);
    /// function(p) for a function on a domain that has all values of p.
    Poly apply(const Pieces& function, const Poly& p);
    /// The same, made for the values that p can have.
    template <class Make>
    Poly apply_made(const Poly& p, Make&& make);
    /// entries[p - first]; given up if p may lie outside.
    Poly look_up(int64_t first, const std::vector<int64_t>& entries, const Poly& p);
    enum class Bits : uint8_t { conjunction, disjunction, difference };
    /// Bit by bit on `width` bits of a and b, not negative.
    Poly bitwise(Bits function, const Poly& a, const Poly& b, int64_t width);
    /// p modulo 2^bits in another form, with few and small coefficients.
    Poly reduced(const Poly& p, int64_t bits);
    /// p plus a multiple of 2^width, so that its values are `width` bits, signed or not, if there is such a multiple.
    Poly centered(const Poly& p, int64_t width);
    /// Terms that are functions of one form become one where one is known.
    Poly collapsed(const Poly& p);
    /// The same polynomial, or one of atoms that the program has.
    Poly settled(const Poly& p);
    [[nodiscard]] size_t atom_count() const noexcept { return atoms_.size(); }
    [[nodiscard]] size_t form_count() const noexcept { return forms_.size(); }

    /// Names what is evaluated now: atoms remember it.
    void set_place(uint32_t place) { place_ = place; }
    /// The place of the first atom of p that the program does not have; nothing if there is none.
    [[nodiscard]] std::optional<uint32_t> foreign_place(const Poly& p) const;
    /// Of all atoms, given the inputs in the order in which they were made.
    [[nodiscard]] std::vector<int64_t> values(const std::vector<int64_t>& inputs) const;
    /// Of p, given all atoms.
    [[nodiscard]] int64_t value(const Poly& p, const std::vector<int64_t>& atoms) const;

  private:
    /// An atom is a function of a form. That of an input is the form of itself.
    struct Atom {
        FormId base = 0;
        Pieces function;
        Range range;
        bool is_input = false;
        bool is_choice = false;  ///< a value of `source`, which is more than a function of one form
        uint32_t input = 0;
        int64_t class_factor = 1;  ///< of the function (AffineClass)
        uint32_t place = 0;
        bool of_program = false;
        // The atom is ⌊source / 2^first⌋ - offset modulo 2^width; width 0: nothing is known.
        Poly source{};
        int64_t first = 0;
        int64_t width = 0;
        int64_t offset = 0;
    };
    /// A primitive linear form, and the functions of it.
    struct Form {
        Poly poly;
        Range range;
        bool of_program = false;
        std::vector<AtomId> functions;
        std::unordered_multimap<size_t, AtomId> by_class;
    };
    struct OnForm {
        FormId form = 0;
        Pieces function;
    };
    /// What a slice is a slice of, modulo 2^width.
    struct Source {
        const Poly& poly;
        int64_t first;
        int64_t width;
    };

    // forms.cpp
    MonomialId monomial(std::vector<AtomId> atoms);
    Poly atom_poly(AtomId atom);
    FormId form_of(const Poly& primitive);
    [[nodiscard]] std::optional<AtomId> single(const Term& term) const;
    Range term_range(const Term& term);
    Range range_by_terms(const Poly& p);
    Pieces group(const Poly& p, FormId base, Poly* rest);
    std::optional<Pieces> on_form(const Poly& p, FormId form);
    /// p as a function of one form: of one that its atoms are functions of, or of its own.
    OnForm as_function(const Poly& p);
    std::optional<OnForm> as_known_function(const Poly& p, bool own);
    std::optional<FormId> find_form(const Poly& primitive) const;

    // functions.cpp
    std::optional<Poly> known(FormId form, const Pieces& function);
    std::optional<Poly> known_class(FormId form, const Pieces& function, const AffineClass& found);
    std::optional<Poly> combination(FormId form, const Pieces& function);
    Poly from_function(FormId form, const Pieces& function, const Source* source = nullptr);
    std::optional<Poly> beside_program(FormId form, const Pieces& function);
    std::optional<Pieces> through(AtomId atom, const Pieces& function);
    Poly new_atom(FormId form, const Pieces& function, const Source* source);
    Poly on_line(FormId form, const Pieces& line);

    // operations.cpp
    Poly chosen(const Poly& p, const Range& range);

    // bits.cpp
    Poly floor_by_terms(const Poly& p, int64_t bits);
    Poly slice_of_function(const OnForm& on, const Source& source);
    struct Unfloored {
        Poly poly;
        int64_t bits = 0;
    };
    /// p = ⌊(factor·inner + offset) / 2^bits⌋ + rest, where `inner` is a form, or a function of the program.
    struct FloorPart {
        Poly whole;  ///< factor·inner + offset + 2^bits·rest
        int64_t bits = 0;
    };
    std::vector<FloorPart> floor_parts(const Poly& p);
    std::optional<Unfloored> without_floor(const Poly& p, int64_t modulo = 0, int depth = 0);
    Range range_through_floors(const Poly& p, int depth);
    void bound(const Poly& p, const Range& range);
    [[nodiscard]] std::vector<FormId> foreign_bases(const Poly& p) const;
    Poly constant_bits(Bits function, const Poly& a, int64_t constant, int64_t width);

    Budget& budget_;
    std::vector<Atom> atoms_;
    std::vector<std::vector<AtomId>> monomials_;
    std::map<std::vector<AtomId>, MonomialId> monomial_ids_;
    std::vector<Form> forms_;
    std::unordered_multimap<size_t, FormId> form_ids_;
    std::unordered_multimap<size_t, AtomId> choices_;  ///< by the hash of their source
    /// What is known of sums without constants, beside what their terms say; by their hash.
    std::unordered_multimap<size_t, std::pair<Poly, Range>> bounds_;
    uint32_t inputs_ = 0;
    uint32_t place_ = 0;
    bool in_program_ = true;
};

template <class Make>
Poly Algebra::apply_made(const Poly& p, Make&& make) {
    if (p.is_constant()) return make(Range{p.constant, p.constant}).at(p.constant);
    const OnForm on = as_function(p);
    return from_function(on.form, compose(make(on.function.values()), on.function, budget_));
}

}  // namespace dal::proof
