// Quantizers of QKeras: how models name them, and the scales that are found anew.
#include <cmath>

#include "dal/import/qkeras/auto_scale.hpp"
#include "dal/import/qkeras/parameter.hpp"
#include "dal/import/qkeras/quantizer.hpp"

using namespace dal;
using namespace dal::importer;
using namespace dal::importer::qkeras;

namespace {

/// A layer without anything but a name.
struct Bench {
    ImportOptions options{};
    Program program{options, PrecisionConfig(), "test"};
    keras::Memo memo{};
    Json config = Json::of(std::vector<Json::Member>{});
    keras::LayerContext layer{program, {"d", "QDense", keras::Library::qkeras, &config}, {}, {}, memo, "d"};

    Result<std::optional<Quantizer>> read(const std::string& call) { return read_quantizer(layer, Json::of(call)); }
    /// The numbers that a quantizer makes of others; none if it is refused.
    std::vector<double> rounded(const std::string& call, std::vector<double> values, Role role = Role::other) {
        const auto quantizer = read(call);
        REQUIRE(quantizer.has_value());
        const Shape shape{static_cast<int64_t>(values.size()), 1};
        const auto made = qkeras::rounded(layer, *quantizer, Tensor{shape, std::move(values)}, role);
        return made ? made->value.values : std::vector<double>();
    }
};

}  // namespace

TEST_CASE("quantizers as calls") {
    Bench bench;
    const auto relu = bench.read(" quantized_relu( 6, 2,negative_slope = 0.25 ) ");
    REQUIRE(relu.has_value());
    CHECK((*relu)->name() == "quantized_relu");
    CHECK((**relu)["bits"].integer() == 6);
    CHECK((**relu)["integer"].integer() == 2);
    CHECK((**relu)["negative_slope"].number() == 0.25);
    CHECK((**relu)["use_sigmoid"].is_null());
    const auto bits = bench.read("quantized_bits(8, keep_negative=False, alpha='auto_po2', qnoise_factor=1.0)");
    REQUIRE(bits.has_value());
    CHECK_FALSE((*bits)->flag("keep_negative", true));
    CHECK((**bits)["alpha"].string() == "auto_po2");
    CHECK(bench.read("binary").has_value());
    CHECK(bench.read("binary()").has_value());
    CHECK_FALSE(read_quantizer(bench.layer, Json())->has_value());
}

TEST_CASE("calls that are none") {
    Bench bench;
    for (const char* call : {"quantized_relu(", "quantized_relu(6", "quantized_relu(6))", "quantized_relu(6,,2)",
                             "quantized_relu(bits=6, 2)", "quantized_relu(6, bits=6)", "quantized_relu(x)",
                             "quantized_tanh(1,0,0,0,0)", "quantized_relu6", "", "quantized_bits(4, scale_axis=0)",
                             "quantized_bits(4, qnoise_factor=0.5)", "quantized_relu(=3)"})
        CHECK_MESSAGE(!bench.read(call).has_value(), call);
    CHECK(names_quantizer(Json::of(std::string("quantized_relu(3)"))));
    CHECK_FALSE(names_quantizer(Json::of(std::string("relu"))));
    CHECK_FALSE(names_quantizer(Json()));
}

TEST_CASE("numbers by quantizers with a scale that is said") {
    Bench bench;
    using Values = std::vector<double>;
    CHECK(bench.rounded("quantized_bits(4,1)", {0.125, 0.375, -9, 9, -0.1}) == Values{0, 0.5, -2, 1.75, 0});
    CHECK(bench.rounded("quantized_bits(4,1,1)", {-9, 9}) == Values{-1.75, 1.75});
    CHECK(bench.rounded("quantized_bits(3,1,keep_negative=False)", {-1, 0.3, 5}) == Values{0, 0.25, 1.75});
    CHECK(bench.rounded("quantized_bits(4,1,alpha=2)", {0.375, 9}) == Values{1, 3.5});
    CHECK(bench.rounded("quantized_bits(1)", {-0.5, 0, 3}) == Values{-1, 1, 1});
    CHECK(bench.rounded("binary(True)", {-0.5, 0, 3}) == Values{0, 1, 1});
    CHECK(bench.rounded("ternary", {-0.3301, 0.3301, 0.3299, 1}) == Values{-1, 1, 0, 1});
    CHECK(bench.rounded("quantized_po2(4)", {0, 1.4, 1.5, -0.3, 100}) == Values{0.0625, 1, 2, -0.25, 8});
    CHECK(bench.rounded("quantized_po2(4, 1)", {3, 1e-9}) == Values{1, 1.0 / 256});
    CHECK(bench.rounded("quantized_relu_po2(2)", {-3, 0.7, 9}) == Values{0.25, 0.5, 2});
    CHECK(bench.rounded("bernoulli", {1}).empty());
    CHECK(bench.rounded("quantized_bits(4,0,alpha=0)", {1}).empty());
    CHECK(bench.rounded("quantized_bits(99)", {1}).empty());
    CHECK(bench.rounded("quantized_po2(12)", {1}).empty());
}

TEST_CASE("scales that are found anew") {
    Bench bench;
    const auto bits = bench.rounded("quantized_bits(3,0)", {0.9, -0.6, 0.3, 0.02}, Role::kernel);
    CHECK(bits == std::vector<double>{0.75, -0.5, 0.25, 0});
    CHECK(bench.rounded("binary", {0.3, -0.2}, Role::kernel) == std::vector<double>{0.25, -0.25});
    CHECK(bench.rounded("ternary", {0.9, -0.1, -1.1, 0}, Role::kernel) == std::vector<double>{1, 0, -1, 0});
    CHECK(bench.rounded("ternary(alpha='auto')", {1}, Role::kernel).empty());
    CHECK_FALSE(rounded_log2(std::sqrt(2.0F)).has_value());
    CHECK(rounded_log2(1.42) == 1);
    CHECK(rounded_log2(1e-7) == -23);
}
