// A constant keeps the formats that it was quantized to while it is only moved around.
#include "compile.hpp"

using namespace dal;
using dal::test::Compiled;

namespace {

/// The formats of the constant that meets the input, as they are printed; "none" without.
std::string formats_of(const std::string& constant) {
    const Compiled compiled(
        "input x: fixed(1, 3, 0)\n"
        "let w = quantize([[1, 0], [3, 0.5]], fixed(1, [[1, 2], [3, 4]], [[0, 1], [2, 3]]))\n"
        "let v = quantize([0.25, 0.5], fixed(0, 0, 2))\n"
        "output y = x * " +
        constant + "\n");
    for (const Node& node : compiled.graph().nodes()) {
        const auto* found = std::get_if<op::Constant>(&node.operation);
        if (!found) continue;
        if (!found->formats) return "none";
        std::string text;
        for (int64_t element = 0; element < node.size(); ++element)
            text += (text.empty() ? "" : " ") + std::to_string(found->formats->at(element).kif.i) + "." +
                    std::to_string(found->formats->at(element).kif.f);
        return text;
    }
    return "no constant";
}

}  // namespace

TEST_CASE("a constant has the formats it was quantized to") {
    CHECK(formats_of("w") == "1.0 2.1 3.2 4.3");
    CHECK(formats_of("v") == "0.2 0.2");
    CHECK(formats_of("[0.25, 0.5]") == "none");
    CHECK(formats_of("quantize(0.1, fixed(0, 1, 5))") == "1.5");      // from a rational
    CHECK(formats_of("quantize(sqrt(2), fixed(0, 1, 7))") == "1.7");  // from a real number
    CHECK(formats_of("quantize(w, fixed(1, 5, 1))") == "5.1 5.1 5.1 5.1");
}

TEST_CASE("data movement moves them too") {
    CHECK(formats_of("transpose(w)") == "1.0 3.2 2.1 4.3");
    CHECK(formats_of("w[1]") == "3.2 4.3");
    CHECK(formats_of("w[:, 1]") == "2.1 4.3");
    CHECK(formats_of("reshape(w, [4])") == "1.0 2.1 3.2 4.3");
    CHECK(formats_of("concat(v, w[0])") == "0.2 0.2 1.0 2.1");
    CHECK(formats_of("concat(w[0], [1])") == "none");  // one of them has none
}

TEST_CASE("what is computed has none") {
    for (const char* text : {"(w + 0)", "(2 * w)", "(-w)", "relu(w)", "sum(w)", "min(w, 1)", "(w << 1)"})
        CHECK_MESSAGE(formats_of(text) == "none", text);
}
