// The meaning of each operation of a program, in the algebra: docs/language.md and docs/numerics.md once more, written
// without a look at any engine.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dal/proof/algebra.hpp"
#include "dal/proof/claim.hpp"
#include "dal/proof/design.hpp"
#include "dal/proof/graph_text.hpp"

namespace dal::proof {

/// The number poly·2^-f; or an element of a `real` input.
struct Number {
    Poly poly;
    int64_t f = 0;
    std::optional<std::pair<uint32_t, int64_t>> real{};  ///< input and element
};

/// An input of the algebra: an element of an input tensor, in a format.
struct ProgramInput {
    uint32_t tensor = 0;
    int64_t element = 0;
    Format format;
    Range codes;
};

class Program {
  public:
    Program(const GraphText& graph, Algebra& algebra, Budget& budget)
        : graph_(graph), algebra_(algebra), budget_(budget) {}

    void evaluate();
    [[nodiscard]] const std::vector<Number>& node(uint32_t id) const { return values_[id]; }
    [[nodiscard]] const std::vector<ProgramInput>& inputs() const noexcept { return inputs_; }
    /// What an input port carries; given up if it is not what the program asks for.
    Bits port(const Port& port);

  private:
    std::vector<Number> evaluate(const GraphNode& node);
    std::vector<Number> input(const GraphNode& node);
    std::vector<Number> quantize(const GraphNode& node);
    std::vector<Number> einsum(const GraphNode& node);
    std::vector<Number> table(const GraphNode& node);
    template <class Function>
    std::vector<Number> broadcast(const GraphNode& node, Function&& function);
    Number element(const GraphNode& node, const std::vector<Number>& operands);
    Number bitwise(Algebra::Bits function, const Number& a, const Number& b);
    Number quantized(const Number& x, const Format& format);
    Poly wire(uint32_t tensor, int64_t element, const Format& format);
    std::pair<Poly, Poly> aligned(const Number& a, const Number& b, int64_t& f);

    const GraphText& graph_;
    Algebra& algebra_;
    Budget& budget_;
    std::vector<std::vector<Number>> values_;
    std::vector<ProgramInput> inputs_;
    std::vector<Poly> input_polys_;
    std::map<std::string, uint32_t, std::less<>> tensors_;
    std::map<std::pair<uint32_t, int64_t>, std::vector<size_t>> by_element_;
};

/// x·2^-f to a format: the code.
Poly quantized_code(Algebra& algebra, const Poly& x, int64_t f, const Format& format, Budget& budget);

}  // namespace dal::proof
