#include "dal/proof/prove.hpp"

#include <algorithm>
#include <random>

#include "dal/proof/design.hpp"
#include "dal/proof/program.hpp"

namespace dal::proof {
namespace {

class Prover {
  public:
    Prover(const Claim& claim, Budget& budget, Outcome& outcome)
        : claim_(claim),
          budget_(budget),
          outcome_(outcome),
          graph_(read_graph(claim.graph, budget)),
          algebra_(budget),
          program_(graph_, algebra_, budget),
          design_(algebra_, budget) {}

    void run() {
        program_.evaluate();
        const size_t of_program = algebra_.atom_count() - program_.inputs().size();
        algebra_.end_of_program();
        for (const auto& [file, text] : claim_.files) {
            Module module = read_verilog(file, text, budget_);
            if (file != module.name + ".v") give_up("the module of " + file + " has another name");
            design_.add(std::move(module));
        }
        std::map<std::string, Bits> inputs;
        for (const Port& port : claim_.inputs) {
            if (port.width == 0 && port.elements.empty()) continue;
            if (!inputs.emplace(port.name, program_.port(port)).second) give_up("two ports have the same name");
        }
        const std::map<std::string, Bits> outputs = design_.evaluate(claim_.top, claim_.clock, inputs);
        outcome_.wires = design_.wires();
        outcome_.cuts = static_cast<int64_t>(of_program);
        outcome_.forms = static_cast<int64_t>(algebra_.form_count());
        if (claim_.outputs.size() != graph_.outputs.size()) give_up("there is another number of outputs");
        size_t ports = 0;
        for (size_t j = 0; j < claim_.outputs.size(); ++j) {
            const Port& port = claim_.outputs[j];
            const auto& [tensor, node] = graph_.outputs[j];
            if (port.tensor != tensor) give_up("output `" + tensor + "` is called `" + port.tensor + "`");
            ports += port.width > 0 ? 1 : 0;
            if (!output(port, program_.node(node), outputs)) return;
        }
        if (ports != outputs.size()) give_up("the design has an output that the program does not have");
        outcome_.status = Outcome::Status::proven;
    }

  private:
    bool output(const Port& port, const std::vector<Number>& numbers, const std::map<std::string, Bits>& outputs) {
        std::vector<const PortElement*> wired(numbers.size());
        for (const PortElement& element : port.elements) {
            if (element.element < 0 || element.element >= static_cast<int64_t>(numbers.size()) ||
                wired[static_cast<size_t>(element.element)])
                give_up("output `" + port.tensor + "` has an element twice, or one too many");
            wired[static_cast<size_t>(element.element)] = &element;
        }
        const auto bits = outputs.find(port.name);
        if (port.width > 0) {
            if (bits == outputs.end()) give_up("there is no port `" + port.name + "`");
            if (bits->second.cycle && *bits->second.cycle != claim_.latency)
                give_up("output `" + port.tensor + "` comes after " + std::to_string(*bits->second.cycle) +
                        " cycles, not " + std::to_string(claim_.latency));
            const Field& last = bits->second.fields.back();
            if (last.offset + last.width != port.width) give_up("the port `" + port.name + "` has another width");
        }
        for (size_t j = 0; j < numbers.size(); ++j) {
            const std::string name = "output `" + port.tensor + "` [" + std::to_string(j) + "]";
            if (numbers[j].real) give_up(name + " is a real input");
            if (!wired[j]) {
                if (numbers[j].poly != Poly()) give_up(name + " has no wire and is not 0");
                continue;
            }
            if (bits == outputs.end()) give_up(name + " has no port");
            if (!element(name, *wired[j], numbers[j], bits->second)) return false;
        }
        return true;
    }

    /// Whether it is proven; a reason or a counterexample otherwise.
    bool element(const std::string& name, const PortElement& element, const Number& number, const Bits& bits) {
        const auto field = std::find_if(bits.fields.begin(), bits.fields.end(), [&](const Field& one) {
            return one.offset == element.offset && one.width == element.width;
        });
        if (field == bits.fields.end()) give_up(name + " is not driven as a whole");
        // The program's number as a code on the binary point of the port.
        Poly code = number.poly;
        if (element.f > number.f) code = scaled(code, pow2(element.f - number.f));
        if (element.f < number.f) {
            code = algebra_.floor(code, number.f - element.f);
            if (scaled(code, pow2(number.f - element.f)) != number.poly)
                give_up(name + " has more fractional bits than its port");
        }
        const Range values = algebra_.range(code);
        const bool fits = element.is_signed ? values.fits_signed(element.width) : values.fits_unsigned(element.width);
        const Poly found = algebra_.settled(field->poly);
        const Poly difference = algebra_.reduced(algebra_.collapsed(sum(found, code, -1)), element.width);
        if (fits && difference == Poly()) return true;
        if (search(difference, element.width)) {
            outcome_.status = Outcome::Status::refuted;
            outcome_.reason = name + " differs from the program";
            return false;
        }
        if (!fits) give_up(name + " may not fit its port");
        const auto place = algebra_.foreign_place(difference);
        give_up(name + ", " + (place ? design_.place_name(*place) : "the sum of known values") +
                ": not in the form that the program has");
    }

    /// Inputs for which `difference` is not a multiple of 2^width.
    bool search(const Poly& difference, int64_t width) {
        constexpr int vectors = 2000;
        std::mt19937_64 random(1);
        const std::vector<ProgramInput>& inputs = program_.inputs();
        for (int n = 0; n < vectors; ++n) {
            std::vector<int64_t> codes;
            for (const ProgramInput& input : inputs) {
                const auto size = static_cast<uint64_t>(input.codes.hi) - static_cast<uint64_t>(input.codes.lo) + 1;
                const uint64_t draw = random();
                // Ends are as good as all between them.
                const bool end = n % 4 == 1 && draw % 4 != 0;
                codes.push_back(end ? (draw % 8 < 4 ? input.codes.lo : input.codes.hi)
                                    : static_cast<int64_t>(static_cast<uint64_t>(input.codes.lo) + draw % size));
            }
            budget_.spend(static_cast<int64_t>(algebra_.atom_count()));
            if (low_bits(algebra_.value(difference, algebra_.values(codes)), width) == 0) continue;
            return report(codes);
        }
        return false;
    }

    bool report(const std::vector<int64_t>& codes) {
        std::map<std::pair<uint32_t, int64_t>, int> formats;
        const std::vector<ProgramInput>& inputs = program_.inputs();
        for (size_t j = 0; j < inputs.size(); ++j) {
            // A number that is quantized in two ways may not have these two codes.
            if (++formats[{inputs[j].tensor, inputs[j].element}] > 1) return false;
            outcome_.counterexample.push_back(
                {inputs[j].tensor, inputs[j].element, Dyadic(codes[j], -int64_t{inputs[j].format.kif.f})});
        }
        return true;
    }

    const Claim& claim_;
    Budget& budget_;
    Outcome& outcome_;
    GraphText graph_;
    Algebra algebra_;
    Program program_;
    Design design_;
};

}  // namespace

Outcome prove(const Claim& claim, const Limits& limits) {
    Outcome outcome;
    const auto start = std::chrono::steady_clock::now();
    try {
        constexpr int64_t runs_per_megabyte = 20'000;  // 24 bytes each, and what is beside them
        Budget budget(limits.seconds, limits.megabytes * runs_per_megabyte);
        Prover(claim, budget, outcome).run();
    } catch (const Unproven& open) {
        outcome.status = Outcome::Status::open;
        outcome.counterexample.clear();
        outcome.reason = open.reason;
    }
    outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return outcome;
}

}  // namespace dal::proof
