// The checker on designs that are right, on claims that are wrong, and within its limits.
#include <doctest/doctest.h>

#include <filesystem>
#include <random>

#include "dal/driver/claim.hpp"
#include "dal/driver/design.hpp"
#include "dal/support/codes/build_codes.hpp"
#include "unit/driver/proven_design.hpp"

using namespace dal;
using proof::Outcome;

namespace {

Outcome prove(const proof::Claim& claim) { return proof::prove(claim, {.seconds = 20, .megabytes = 256}); }

void check_proven(const std::string& program) {
    for (const uint32_t stages : {0U, 1U, 3U}) {
        const ProvenDesign made(program, stages);
        const Outcome outcome = prove(made.claim());
        CHECK_MESSAGE(outcome.status == Outcome::Status::proven, program, " in ", stages, " stages: ", outcome.reason);
    }
}

}  // namespace

TEST_CASE("sums, biases and relu are proven") {
    check_proven("input x: fixed(1, 3, 4)[3]\noutput y = relu(x @ [[3, -5], [7, 2], [-1, 9]] + [1, -2])\n");
    check_proven("input x: int(8)[3]\noutput y = x @ [[300, -5], [77, 2.5], [-1, 0.75]] - [0.25, 8]\n");
}

TEST_CASE("roundings and overflows are proven") {
    for (const std::string round : {"trn", "rnd", "rnd_conv", "trn_zero", "rnd_zero", "rnd_inf", "rnd_min_inf"})
        for (const std::string overflow : {"wrap", "sat", "sat_sym", "sat_zero"}) {
            // High bits that wrapping hides are left out of these in another way than the checker knows.
            if (overflow == "wrap" && (round == "rnd_conv" || round == "rnd_min_inf")) continue;
            for (const std::string format : {"1, 2, 1", "0, 3, 0"})
                check_proven(
                    "input x: fixed(1, 3, 4)[2]\nlet t = x @ [[3, -5], [7, 2]]\noutput y = quantize(t, fixed(" +
                    format + ", round: " + round + ", overflow: " + overflow + "))\n");
        }
}

TEST_CASE("layers of quantized sums are proven") { check_proven(two_layers); }

TEST_CASE("choices, comparisons and products are proven") {
    check_proven("input x: int(6)[4]\noutput y = max(max(x[0], x[1]), min(x[2], x[3])) + abs(x[0] - x[3])\n");
    check_proven("input x: int(6)[2]\noutput y = x[0] * x[1] + x[1] * 3\n");
}

TEST_CASE("a claim about another program, or another cycle, is not proven") {
    const ProvenDesign made(two_layers, 2);
    proof::Claim claim = made.claim();
    claim.latency = 3;
    CHECK(prove(claim).status == Outcome::Status::open);
    claim = made.claim();
    claim.outputs[0].elements[0].f += 1;
    CHECK(prove(claim).status != Outcome::Status::proven);
    claim = made.claim();
    claim.outputs[0].elements[0].is_signed = !claim.outputs[0].elements[0].is_signed;
    CHECK(prove(claim).status != Outcome::Status::proven);
    claim = made.claim();
    std::swap(claim.inputs[0].elements[0].offset, claim.inputs[0].elements[1].offset);
    CHECK(prove(claim).status != Outcome::Status::proven);
    claim = made.claim();
    claim.inputs[0].elements[0].format.overflow = Overflow::sat;
    CHECK(prove(claim).status != Outcome::Status::proven);
    claim = made.claim();
    std::swap(claim.inputs[0].elements[0].element, claim.inputs[0].elements[1].element);
    CHECK(prove(claim).status != Outcome::Status::proven);
}

TEST_CASE("a counterexample is a number for each input") {
    const ProvenDesign made("input x: int(4)[2]\noutput y = x[0] + x[1]\n", 0);
    const ProvenDesign other("input x: int(4)[2]\noutput y = x[0] - x[1]\n", 0);
    proof::Claim claim = made.claim();
    claim.graph = other.claim().graph;
    const Outcome outcome = prove(claim);
    REQUIRE(outcome.status == Outcome::Status::refuted);
    REQUIRE(outcome.counterexample.size() == 2);
    CHECK(outcome.counterexample[1].value != Dyadic(0));
    CHECK(sample_of(made.graph(), outcome.counterexample).size() == 1);
}

TEST_CASE("files that are cut off or strange end a proof") {
    const ProvenDesign made(two_layers, 2);
    const proof::Claim whole = made.claim();
    for (const auto& [name, text] : whole.files)
        for (size_t length = 0; length < text.size(); length += text.size() / 40 + 1) {
            proof::Claim claim = whole;
            claim.files[name] = text.substr(0, length);
            CHECK(prove(claim).status == Outcome::Status::open);
        }
    for (size_t length = 0; length < whole.graph.size(); length += whole.graph.size() / 40 + 1) {
        proof::Claim claim = whole;
        claim.graph.resize(length);
        CHECK(prove(claim).status == Outcome::Status::open);
    }
    proof::Claim claim = whole;
    claim.files.begin()->second = "module x (\n);\n    wire y = " + std::string(100'000, '(');
    CHECK(prove(claim).status == Outcome::Status::open);
}

TEST_CASE("a design that has to be proven is not written otherwise") {
    const ProvenDesign made(two_layers, 0);
    BuildOptions options;
    options.directory =
        std::filesystem::temp_directory_path() / ("dal_proof_" + std::to_string(std::random_device{}()));
    options.verify = false;
    options.cache = false;
    options.proof = ProofMode::require;
    options.proof_seconds = 0;
    const auto build = build_design(made.graph(), made.sources(), {}, options);
    REQUIRE(!build);
    CHECK(build.error().front().code == code::not_proven);
    CHECK_FALSE(std::filesystem::exists(options.directory));
}

TEST_CASE("a proof ends when its time or memory is used up") {
    const ProvenDesign made(two_layers, 0);
    CHECK(proof::prove(made.claim(), {.seconds = 0, .megabytes = 256}).status == Outcome::Status::open);
    CHECK(proof::prove(made.claim(), {.seconds = 20, .megabytes = 0}).status == Outcome::Status::open);
}
