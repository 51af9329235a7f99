#include "dal/proof/program.hpp"

#include <algorithm>

namespace dal::proof {
namespace {

constexpr int64_t farthest_point = 1 << 20;

int64_t small(const Int& value) {
    if (!value.fits_int64()) give_up("a constant needs more than 63 bits");
    return value.to_int64();
}

Number constant(const Dyadic& value) { return {.poly = small(value.mantissa()), .f = -value.exponent()}; }

Poly shifted_up(const Poly& p, int64_t bits) { return bits == 0 ? p : scaled(p, pow2(bits)); }

/// Steps of each axis of the result through an operand; 0 where it is stretched.
std::vector<int64_t> strides(const std::vector<int64_t>& operand, const std::vector<int64_t>& result) {
    if (operand.size() > result.size()) give_up("an operand has more axes than the result");
    std::vector<int64_t> steps(result.size());
    int64_t step = 1;
    for (size_t back = 1; back <= operand.size(); ++back) {
        const int64_t extent = operand[operand.size() - back];
        const size_t axis = result.size() - back;
        if (extent != 1 && extent != result[axis]) give_up("an operand does not fit the result");
        steps[axis] = extent == 1 ? 0 : step;
        step *= extent;
    }
    return steps;
}

/// The element at each place of `shape`, by the steps of its axes.
int64_t element_at(int64_t place, const std::vector<int64_t>& shape, const std::vector<int64_t>& steps) {
    int64_t element = 0;
    for (size_t axis = shape.size(); axis-- > 0;) {
        element += place % shape[axis] * steps[axis];
        place /= shape[axis];
    }
    return element;
}

/// The letters of an equation: their extents, and the steps of each operand.
struct Equation {
    std::string result;
    std::string summed;
    std::map<char, int64_t> extents;
    std::vector<std::map<char, int64_t>> steps;
};

Equation read_equation(const std::string& text, const std::vector<const GraphNode*>& operands) {
    const size_t arrow = text.find("->");
    if (arrow == std::string::npos) give_up("an equation without a result");
    Equation equation;
    equation.result = text.substr(arrow + 2);
    std::string letters = text.substr(0, arrow) + ",";
    for (const GraphNode* operand : operands) {
        const size_t comma = letters.find(',');
        if (comma != operand->shape.size()) give_up("an equation that does not fit its operands");
        std::map<char, int64_t>& steps = equation.steps.emplace_back();
        int64_t step = 1;
        for (size_t axis = comma; axis-- > 0;) {
            const auto extent = equation.extents.emplace(letters[axis], operand->shape[axis]).first;
            if (extent->second != operand->shape[axis]) give_up("an equation that does not fit its operands");
            steps[letters[axis]] += step;
            step *= operand->shape[axis];
        }
        letters.erase(0, comma + 1);
    }
    if (!letters.empty()) give_up("an equation that does not fit its operands");
    for (const auto& [letter, extent] : equation.extents)
        if (equation.result.find(letter) == std::string::npos) equation.summed += letter;
    return equation;
}

std::vector<int64_t> shape_of(const Equation& equation, const std::string& letters) {
    std::vector<int64_t> shape;
    for (const char letter : letters) {
        const auto extent = equation.extents.find(letter);
        if (extent == equation.extents.end()) give_up("an equation with an unknown letter");
        shape.push_back(extent->second);
    }
    return shape;
}

std::vector<int64_t> steps_of(const Equation& equation, size_t operand, const std::string& letters) {
    std::vector<int64_t> steps;
    for (const char letter : letters) {
        const auto step = equation.steps[operand].find(letter);
        steps.push_back(step == equation.steps[operand].end() ? 0 : step->second);
    }
    return steps;
}

int64_t count_of(const std::vector<int64_t>& shape) {
    int64_t count = 1;
    for (const int64_t extent : shape) count = mul(count, extent);
    return count;
}

}  // namespace

void Program::evaluate() {
    for (const GraphNode& node : graph_.nodes) {
        std::vector<Number> values = evaluate(node);
        if (static_cast<int64_t>(values.size()) != node.elements()) give_up("a node of another size");
        values_.push_back(std::move(values));
    }
}

std::pair<Poly, Poly> Program::aligned(const Number& a, const Number& b, int64_t& f) {
    f = std::max(a.f, b.f);
    if (a.poly == Poly()) f = b.f;
    if (b.poly == Poly()) f = a.f;
    return {a.poly == Poly() ? a.poly : shifted_up(a.poly, f - a.f),
            b.poly == Poly() ? b.poly : shifted_up(b.poly, f - b.f)};
}

template <class Function>
std::vector<Number> Program::broadcast(const GraphNode& node, Function&& function) {
    std::vector<std::vector<int64_t>> steps;
    steps.reserve(node.operands.size());
    for (const uint32_t operand : node.operands) steps.push_back(strides(graph_.nodes[operand].shape, node.shape));
    std::vector<Number> values;
    for (int64_t place = 0; place < node.elements(); ++place) {
        budget_.spend(16);
        std::vector<Number> operands;
        for (size_t j = 0; j < steps.size(); ++j) {
            operands.push_back(values_[node.operands[j]][static_cast<size_t>(element_at(place, node.shape, steps[j]))]);
            if (operands.back().real && node.operation != "quantize") give_up("arithmetic on a real input");
        }
        values.push_back(function(operands, place));
    }
    return values;
}

std::vector<Number> Program::evaluate(const GraphNode& node) {
    const std::string& name = node.operation;
    if (name == "input") return input(node);
    if (name == "einsum") return einsum(node);
    if (name == "constant") {
        std::vector<Number> values;
        values.reserve(node.values.size());
        for (const Dyadic& value : node.values) values.push_back(constant(value));
        return values;
    }
    if (name == "move") {
        std::vector<Number> values;
        values.reserve(node.sources.size());
        for (const auto& [operand, element] : node.sources)
            values.push_back(values_[node.operands[operand]][static_cast<size_t>(element)]);
        return values;
    }
    if (name == "quantize")
        return broadcast(node, [&](const std::vector<Number>& x, int64_t place) {
            return quantized(x[0], node.formats[node.formats.size() == 1 ? 0 : static_cast<size_t>(place)]);
        });
    if (name == "table") return table(node);
    return broadcast(node, [&](const std::vector<Number>& x, int64_t) { return element(node, x); });
}

std::vector<Number> Program::input(const GraphNode& node) {
    const auto tensor = static_cast<uint32_t>(tensors_.size());
    if (!tensors_.emplace(node.name, tensor).second) give_up("two inputs have the same name");
    std::vector<Number> values;
    for (int64_t j = 0; j < node.elements(); ++j) {
        if (node.real) {
            values.push_back({.poly = {}, .real = std::pair{tensor, j}});
            continue;
        }
        const Format& format = node.formats[node.formats.size() == 1 ? 0 : static_cast<size_t>(j)];
        values.push_back({.poly = wire(tensor, j, format), .f = format.kif.f});
    }
    return values;
}

/// The code of an input in a format: the same wire wherever the program asks for it.
Poly Program::wire(uint32_t tensor, int64_t element, const Format& format) {
    const Kif& kif = format.kif;
    if (kif.is_zero()) return 0;
    std::vector<size_t>& known = by_element_[{tensor, element}];
    for (const size_t j : known)
        if (inputs_[j].format == format) return input_polys_[j];
    if (kif.width() > most_bits) give_up("an input of more than " + std::to_string(most_bits) + " bits");
    const int64_t hi = pow2(kif.i + kif.f) - 1;
    const bool symmetric = format.overflow == Overflow::sat_sym;
    const Range codes{kif.k ? (symmetric ? -hi : -hi - 1) : 0, hi};
    known.push_back(inputs_.size());
    inputs_.push_back({tensor, element, format, codes});
    input_polys_.push_back(algebra_.input(codes));
    return input_polys_.back();
}

Bits Program::port(const Port& port) {
    const auto tensor = tensors_.find(port.tensor);
    if (tensor == tensors_.end()) give_up("there is no input `" + port.tensor + "`");
    Bits bits;
    bits.cycle = 0;
    int64_t offset = 0;
    for (const PortElement& element : port.elements) {
        const Kif& kif = element.format.kif;
        const bool as_it_should = element.offset == offset && element.width == kif.width() && element.width > 0 &&
                                  element.is_signed == kif.k && element.f == kif.f;
        if (!as_it_should) give_up("the port `" + port.name + "` has an element that is not the code of its format");
        const auto known = by_element_.find({tensor->second, element.element});
        std::optional<Poly> poly;
        if (known != by_element_.end())
            for (const size_t j : known->second)
                if (inputs_[j].format == element.format) poly = input_polys_[j];
        if (!poly) give_up("the port `" + port.name + "` has an element that the program does not read like that");
        bits.fields.push_back({offset, element.width, std::move(*poly)});
        offset += element.width;
    }
    if (offset != port.width) give_up("the port `" + port.name + "` has bits that are no element");
    return bits;
}

Number Program::quantized(const Number& x, const Format& format) {
    if (x.real) return {.poly = wire(x.real->first, x.real->second, format), .f = format.kif.f};
    return {.poly = quantized_code(algebra_, x.poly, x.f, format, budget_), .f = format.kif.f};
}

std::vector<Number> Program::einsum(const GraphNode& node) {
    std::vector<const GraphNode*> operands;
    operands.reserve(node.operands.size());
    for (const uint32_t operand : node.operands) operands.push_back(&graph_.nodes[operand]);
    if (operands.empty()) give_up("an einsum without operands");
    const Equation equation = read_equation(node.equation, operands);
    const std::vector<int64_t> inner = shape_of(equation, equation.summed);
    if (shape_of(equation, equation.result) != node.shape) give_up("an equation that does not fit its result");
    std::vector<std::vector<int64_t>> outer_steps;
    std::vector<std::vector<int64_t>> inner_steps;
    for (size_t j = 0; j < operands.size(); ++j) {
        outer_steps.push_back(steps_of(equation, j, equation.result));
        inner_steps.push_back(steps_of(equation, j, equation.summed));
    }
    std::vector<Number> values;
    for (int64_t place = 0; place < node.elements(); ++place) {
        std::vector<Number> terms;
        int64_t f = -farthest_point;
        for (int64_t term = 0; term < count_of(inner); ++term) {
            budget_.spend(4);
            Number value{.poly = 1};
            for (size_t j = 0; j < operands.size(); ++j) {
                const int64_t element =
                    element_at(place, node.shape, outer_steps[j]) + element_at(term, inner, inner_steps[j]);
                const Number& factor = values_[node.operands[j]][static_cast<size_t>(element)];
                if (factor.real) give_up("arithmetic on a real input");
                value.poly = algebra_.product(value.poly, factor.poly);
                value.f += factor.f;
            }
            if (value.poly == Poly()) continue;
            f = std::max(f, value.f);
            terms.push_back(std::move(value));
        }
        Number total{.poly = {}, .f = terms.empty() ? 0 : f};
        for (const Number& term : terms) {
            for (const Term& part : term.poly.terms)
                total.poly.terms.push_back({part.monomial, mul(part.coefficient, pow2(f - term.f))});
            total.poly.constant = add(total.poly.constant, mul(term.poly.constant, pow2(f - term.f)));
        }
        normalize(total.poly);
        values.push_back(std::move(total));
    }
    return values;
}

std::vector<Number> Program::table(const GraphNode& node) {
    return broadcast(node, [&](const std::vector<Number>& x, int64_t place) -> Number {
        const int64_t which = node.which.empty() ? 0 : node.which[static_cast<size_t>(place)];
        std::vector<int64_t> entries;
        int64_t f = -farthest_point;
        const auto entry = [&](int64_t j) -> const Dyadic& {
            return node.values[static_cast<size_t>(which * node.size + j)];
        };
        for (int64_t j = 0; j < node.size; ++j)
            if (!entry(j).is_zero()) f = std::max(f, -entry(j).exponent());
        if (f == -farthest_point) f = 0;
        entries.reserve(node.size);
        for (int64_t j = 0; j < node.size; ++j)
            entries.push_back(entry(j).is_zero() ? 0 : mul(small(entry(j).mantissa()), pow2(f + entry(j).exponent())));
        // The code of the operand on the table's binary point.
        Poly code = x[0].poly;
        if (!(code == Poly())) {
            if (node.f < x[0].f) code = algebra_.floor(code, x[0].f - node.f);
            if (node.f > x[0].f) code = scaled(code, pow2(node.f - x[0].f));
            if (node.f < x[0].f && !(scaled(code, pow2(x[0].f - node.f)) == x[0].poly))
                give_up("a table is asked between its codes");
        }
        return {.poly = algebra_.look_up(small(node.first), entries, code), .f = f};
    });
}

Number Program::bitwise(Algebra::Bits function, const Number& a, const Number& b) {
    Number result;
    const auto [x, y] = aligned(a, b, result.f);
    int64_t width = 1;
    while (!algebra_.range(x).fits_signed(width) || !algebra_.range(y).fits_signed(width)) ++width;
    // On `width` bits, and then with the sign that they have.
    const Poly bits = algebra_.bitwise(function, algebra_.slice(x, 0, width), algebra_.slice(y, 0, width), width);
    const Poly sign = algebra_.slice(bits, width - 1, 1);
    result.poly = algebra_.collapsed(sum(bits, sign, -pow2(width)));
    return result;
}

Number Program::element(const GraphNode& node, const std::vector<Number>& x) {
    const std::string& name = node.operation;
    Number result;
    if (name == "shift") return {.poly = x[0].poly, .f = x[0].f - node.amount};
    if (name == "neg") return {.poly = scaled(x[0].poly, -1), .f = x[0].f};
    if (name == "mul") return {.poly = algebra_.product(x[0].poly, x[1].poly), .f = x[0].f + x[1].f};
    if (name == "relu" || name == "abs") {
        const int64_t below = name == "abs" ? -1 : 0;
        return {.poly = algebra_.by_sign(x[0].poly, below, 1), .f = x[0].f};
    }
    if (name == "select") {
        const auto [a, b] = aligned(x[1], x[2], result.f);
        result.poly = algebra_.choice(algebra_.is_not_zero(x[0].poly), a, b);
        return result;
    }
    if (name == "bit_and") return bitwise(Algebra::Bits::conjunction, x[0], x[1]);
    if (name == "bit_or") return bitwise(Algebra::Bits::disjunction, x[0], x[1]);
    if (name == "bit_xor") return bitwise(Algebra::Bits::difference, x[0], x[1]);
    const auto [a, b] = aligned(x[0], x[1], result.f);
    const Poly difference = sum(a, b, -1);
    if (name == "add") result.poly = sum(a, b);
    if (name == "sub") result.poly = difference;
    if (name == "min") result.poly = algebra_.choice(algebra_.is_negative(difference), a, b);
    if (name == "max") result.poly = algebra_.choice(algebra_.is_negative(difference), b, a);
    const bool compares = name == "eq" || name == "ne" || name == "lt" || name == "le";
    if (compares) result.f = 0;
    if (name == "lt") result.poly = algebra_.is_negative(difference);
    if (name == "le") result.poly = scaled(algebra_.is_negative(scaled(difference, -1)), -1, 1);
    if (name == "ne") result.poly = algebra_.is_not_zero(difference);
    if (name == "eq") result.poly = scaled(algebra_.is_not_zero(difference), -1, 1);
    return result;
}

}  // namespace dal::proof
