// A build that goes wrong must be noticed: the verifier against Verilog that was tampered with.
#include "dal/sim/verify.hpp"

#include <doctest/doctest.h>

#include "dal/emit/verilog/verilog.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/lower/lower.hpp"
#include "dal/sim/vectors.hpp"
#include "dal/support/codes/build_codes.hpp"

using namespace dal;

namespace {

/// y = x0 + 3·x1.
Graph weighted_sum() {
    Graph graph;
    const NodeId x = graph.input("x", {2}, {.real = false, .formats = Format{Kif(true, 3, 2)}}, {});
    const NodeId w = graph.constant({2}, {Dyadic(1), Dyadic(3)}, {});
    graph.output("y", graph.einsum({{"i", "i"}, ""}, x, w, {}).value(), {});
    REQUIRE(infer_forward(graph));
    return graph;
}

std::vector<Samples> vectors_for(const circuit::Circuit& circuit) {
    std::vector<Samples> batches;
    for (Codes& codes : sim::verification_vectors(circuit, {.random = 100})) batches.emplace_back(std::move(codes));
    return batches;
}

}  // namespace

TEST_CASE("a right design is verified, a wrong one is not") {
    const Graph graph = weighted_sum();
    const circuit::Circuit circuit = lower(graph).value();
    emit::Design design = emit::emit_verilog(circuit, circuit::pipeline_into(circuit, 2), {});
    const std::vector<Samples> batches = vectors_for(circuit);
    {
        const auto verifier = sim::Verifier::prepare(graph, circuit, design);
        REQUIRE(verifier);
        const auto compared = verifier->compare(batches);
        REQUIRE(compared);
        CHECK(*compared == batches.front().samples());
    }
    bool tampered = false;
    for (auto& [name, text] : design.files) {
        const size_t at = name.ends_with(".v") ? text.rfind(" + ") : std::string::npos;
        if (at == std::string::npos) continue;
        text.replace(at, 3, " - ");
        tampered = true;
    }
    REQUIRE(tampered);
    const auto verifier = sim::Verifier::prepare(graph, circuit, design);
    REQUIRE(verifier);
    const auto compared = verifier->compare(batches);
    REQUIRE(!compared);
    CHECK(compared.error().front().code == code::verification_failed);
    CHECK(compared.error().front().message.starts_with("output `y` of sample "));
    CHECK(compared.error().front().rules.front().find("the fault is in the Verilog") != std::string::npos);
}
