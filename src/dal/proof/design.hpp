// Evaluates Verilog in the algebra: what each output port is, as a function of the inputs, and how many clock cycles
// later.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dal/proof/algebra.hpp"
#include "dal/proof/verilog.hpp"

namespace dal::proof {

/// Bits [offset, offset + width) of a signal: those of `poly` as two's complement.
struct Field {
    int64_t offset = 0;
    int64_t width = 0;
    Poly poly;
};

/// What a signal is.
struct Bits {
    std::vector<Field> fields;       ///< ascending, together all bits; one field except in ports
    std::optional<int64_t> cycle{};  ///< behind that of the inputs; nothing for constants
    /// One bit that says whether these two differ.
    std::optional<std::pair<Poly, Poly>> differ{};
};

class Design {
  public:
    Design(Algebra& algebra, Budget& budget) : algebra_(algebra), budget_(budget) {}

    void add(Module module);
    /// The output ports of `top`, given what its input ports are.
    std::map<std::string, Bits> evaluate(const std::string& top, const std::string& clock,
                                         const std::map<std::string, Bits>& inputs);
    [[nodiscard]] int64_t wires() const noexcept { return wires_; }
    /// "`h1_7` (jets_h1_s1.v:30)".
    [[nodiscard]] std::string place_name(uint32_t place) const;

  private:
    using Signals = std::vector<std::optional<Bits>>;

    std::map<std::string, Bits> run(const Module& module, const std::string& clock,
                                    const std::map<std::string, Bits>& inputs, int depth);
    void assign(const Module& module, const Item& item, Signals& signals);
    void instance(const Module& module, const Item& item, Signals& signals, int depth);
    void transfer(const Module& module, const Item& item, const std::string& clock, Signals& signals);
    [[noreturn]] static void fail(const Module& module, uint32_t line, const std::string& problem);
    const Bits& read(const Module& module, SignalId signal, const Signals& signals) const;
    Bits value(const Module& module, ExpressionId id, const Signals& signals);
    Bits part(const Module& module, const Expression& expression, const Signals& signals);
    Bits concat(const Module& module, const Expression& expression, const Signals& signals);
    Bits arithmetic(const Expression& expression, const std::vector<Bits>& operands);
    Bits look_up(const LookUp& table, const Bits& argument);
    std::optional<Poly> sign_extended(const Module& module, const Expression& concat, const Signals& signals);
    Poly unsigned_value(const Bits& bits);
    Poly signed_value(const Bits& bits);

    Algebra& algebra_;
    Budget& budget_;
    std::map<std::string, Module> modules_;
    std::vector<std::string> places_;
    int64_t wires_ = 0;
    uint32_t line_ = 0;
};

}  // namespace dal::proof
