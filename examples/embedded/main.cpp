// A small classifier, built, run and compiled to Verilog from C++.
//
//     tagger [--graph | --build DIRECTORY]
#include <cstdio>
#include <cstring>
#include <dal/dal.hpp>

using namespace dal::edsl;

namespace {

/// A layer of weights on quantized activations: a function of the language is a function of C++.
Tensor dense(const Tensor& x, const Formats& activations, const Tensor& weights, const Tensor& bias) {
    return matmul(quantize(x, activations), weights) + bias;
}

Program tagger() {
    Program p;
    const Loaded weights = load("weights.npz");
    const Tensor x = p.input("x", real, {8});

    // A number of fractional bits for each element of x.
    const Formats inputs = fixed(1, 2, weights["f"], {.round = rnd, .overflow = sat});
    const Tensor h = let("h", relu(einsum("i,io->o", quantize(x, inputs), weights["w0"]) + weights["b0"]));
    const Tensor z = let("z", dense(h, fixed(0, 3, 2, {.round = rnd, .overflow = sat}), weights["w1"], weights["b1"]));

    const Formats domain = fixed(1, 2, 4);
    const Table squash = table("squash", domain, fixed(0, 0, 8, {.round = rnd_conv, .overflow = sat}),
                               [](const Number& v) { return 1 / (1 + exp(-v)); });
    p.output("y", squash(quantize(z, fixed(1, 2, 4, {.overflow = sat}))));
    p.output("class", argmax(z));
    return p;
}

void print_results(Program& p) {
    for (const NamedType& value : p.types())
        std::printf("%-6s %-28s %s\n", value.name.c_str(), value.type.c_str(), value.range.c_str());
    const Outputs outputs = p.run({{"x", "x.npy"}}, {.check = true});
    const std::vector<double> y = outputs.doubles("y");
    for (int64_t sample = 0; sample < outputs["y"].samples(); ++sample) {
        std::printf("class %s:", outputs["class"].value(sample, 0).to_string().c_str());
        for (size_t j = 0; j < 3; ++j) std::printf(" %.8f", y[static_cast<size_t>(sample) * 3 + j]);
        std::printf("\n");
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        Program p = tagger();
        p.check();
        if (argc > 1 && std::strcmp(argv[1], "--graph") == 0) {
            std::fputs(p.graph_text().c_str(), stdout);
        } else if (argc > 2 && std::strcmp(argv[1], "--build") == 0) {
            const dal::DesignReport report = p.build({.directory = argv[2], .top = "tagger", .stages = 2});
            std::fputs(report.to_string().c_str(), stdout);
        } else {
            print_results(p);
            const Program text = dal::compile_file("tagger.da");
            std::printf("the same program as text has %s graph\n",
                        text.graph_text() == p.graph_text() ? "the same" : "another");
        }
    } catch (const dal::Error& error) {
        std::fputs(error.what(), stderr);
        return 1;
    }
    return 0;
}
