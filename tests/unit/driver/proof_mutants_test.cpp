// Designs with one random fault each: none may be proven unless it computes the same. What they compute says the
// evaluator of netlists, which shares nothing with the checker.
#include <doctest/doctest.h>

#include <random>

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/netlist/evaluate.hpp"
#include "dal/sim/vectors.hpp"
#include "unit/driver/proven_design.hpp"

using namespace dal;
using netlist::Expression;
using netlist::Module;
using netlist::Netlist;
using netlist::SignalId;
using proof::Outcome;

namespace {

class Mutator {
  public:
    explicit Mutator(uint64_t seed) : random_(seed) {}

    /// Whether something was changed.
    bool mutate(Netlist& netlist) {
        Module& module = netlist.modules[below(netlist.modules.size())];
        if (module.items.empty()) return false;
        netlist::Item& item = module.items[below(module.items.size())];
        if (auto* assignment = std::get_if<netlist::Assignment>(&item)) return mutate(module, assignment->value);
        if (auto* registers = std::get_if<netlist::Registers>(&item)) {
            auto& transfer = registers->transfers[below(registers->transfers.size())];
            return replace(module, transfer.source);
        }
        if (auto* instance = std::get_if<netlist::Instance>(&item)) {
            auto& wire = instance->connections[below(instance->connections.size())];
            return wire.is_input && replace(module, wire.outer);
        }
        return false;
    }

  private:
    size_t below(size_t count) { return static_cast<size_t>(random_() % count); }

    /// Another signal of the same width.
    bool replace(const Module& module, SignalId& signal) {
        const auto other = static_cast<SignalId>(below(module.signals.size()));
        const netlist::Signal& from = module[signal];
        const netlist::Signal& to = module[other];
        if (other == signal || from.width != to.width || to.kind == netlist::Signal::Kind::clock) return false;
        signal = other;
        return true;
    }

    bool mutate(const Module& module, Expression& root) {
        std::vector<Expression*> all = {&root};
        for (size_t j = 0; j < all.size(); ++j)
            for (Expression& operand : all[j]->operands) all.push_back(&operand);
        Expression& at = *all[below(all.size())];
        switch (at.kind) {
            case Expression::Kind::literal:
                if (at.width == 0) return false;
                at.value = at.value + Int::pow2(static_cast<int64_t>(below(static_cast<size_t>(at.width)))) *
                                          (random_() % 2 == 0 ? 1 : -1);
                return !at.value.is_negative() && at.value < Int::pow2(at.width);
            case Expression::Kind::bits: return mutate_bits(module, at);
            case Expression::Kind::sum: at.operands.back().negative = !at.operands.back().negative; return true;
            case Expression::Kind::mux: std::swap(at.operands[1], at.operands[2]); return true;
            case Expression::Kind::bit_and: at.kind = Expression::Kind::bit_or; return true;
            case Expression::Kind::bit_or: at.kind = Expression::Kind::bit_xor; return true;
            case Expression::Kind::bit_xor: at.kind = Expression::Kind::bit_or; return true;
            case Expression::Kind::product:
            case Expression::Kind::less: std::swap(at.operands[0], at.operands[1]); return true;
            case Expression::Kind::concat:
            case Expression::Kind::repeat:
            case Expression::Kind::bit_not:
            case Expression::Kind::any:
            case Expression::Kind::look_up: return false;
        }
        return false;
    }

    /// Bits beside, bits of another signal, or zeros.
    bool mutate_bits(const Module& module, Expression& at) {
        switch (random_() % 3) {
            case 0: {
                const int64_t first = at.first + (random_() % 2 == 0 ? 1 : -1);
                if (first < 0 || first + at.width > module[at.signal].width) return false;
                at.first = first;
                return true;
            }
            case 1: return replace(module, at.signal);
            default: at = netlist::literal(0, 0, at.width); return true;
        }
    }

    std::mt19937_64 random_;
};

Codes vectors_for(const ProvenDesign& made, int64_t random) {
    const std::vector<Codes> vectors = sim::verification_vectors(made.circuit(), {.random = random, .seed = 7});
    auto codes = circuit::encode_inputs(made.circuit(), std::vector<Samples>(vectors.begin(), vectors.end()));
    REQUIRE(codes);
    return std::move(*codes);
}

bool same(const std::vector<Codes>& a, const std::vector<Codes>& b) {
    for (size_t j = 0; j < a.size(); ++j)
        if (first_difference(a[j], b[j])) return false;
    return true;
}

void check_mutants(const std::string& program, uint32_t stages, int wanted) {
    const ProvenDesign made(program, stages);
    REQUIRE(proof::prove(made.claim(), {}).status == Outcome::Status::proven);
    const Codes inputs = vectors_for(made, 5000);
    const std::vector<Codes> expected = netlist::Evaluator(made.netlist()).run(inputs);
    int refuted = 0;
    int open = 0;
    int proven = 0;
    for (uint64_t seed = 1; refuted + open + proven < wanted; ++seed) {
        Netlist changed = made.netlist();
        if (!Mutator(seed).mutate(changed)) continue;
        const Outcome outcome = proof::prove(made.claim(changed), {.seconds = 5, .megabytes = 256});
        refuted += outcome.status == Outcome::Status::refuted ? 1 : 0;
        open += outcome.status == Outcome::Status::open ? 1 : 0;
        proven += outcome.status == Outcome::Status::proven ? 1 : 0;
        if (outcome.status == Outcome::Status::open) continue;
        if (outcome.status == Outcome::Status::proven) {
            CHECK_MESSAGE(same(netlist::Evaluator(changed).run(inputs), expected), "a wrong design is proven: seed ",
                          seed);
            continue;
        }
        auto sample = circuit::encode_inputs(made.circuit(), sample_of(made.graph(), outcome.counterexample));
        REQUIRE(sample);
        CHECK_MESSAGE(!same(netlist::Evaluator(changed).run(*sample), netlist::Evaluator(made.netlist()).run(*sample)),
                      "a counterexample shows nothing: seed ", seed);
    }
    MESSAGE(wanted, " mutants: ", refuted, " refuted, ", open, " open, ", proven, " equal");
    CHECK(proven < wanted / 5);
    CHECK(refuted > wanted / 4);
}

}  // namespace

TEST_CASE("no fault in a network is proven right") {
    check_mutants(two_layers, 0, 300);
    check_mutants(two_layers, 3, 300);
}

TEST_CASE("no fault in choices, products and tables is proven right") {
    check_mutants("input x: int(6)[4]\noutput y = max(max(x[0], x[1]), min(x[2], x[3])) + abs(x[0] - x[3])\n", 2, 200);
    check_mutants("input x: int(5)[3]\noutput y = quantize(x[0] * x[1] + x[2] * 3, fixed(1, 6, -1, round: rnd))\n", 1,
                  200);
    check_mutants(
        "input x: fixed(1, 3, 4)[2]\nlet t = x @ [[3, -5], [7, 2]]\n"
        "output y = quantize(t, fixed(1, 2, 1, round: rnd_conv, overflow: sat_sym))\n",
        0, 200);
}
