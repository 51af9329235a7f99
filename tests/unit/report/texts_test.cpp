// Lists and texts about a program: types, warnings, JSON, widths, tensors.
#include <nlohmann/json.hpp>

#include "dal/report/check_json.hpp"
#include "dal/report/quantizers.hpp"
#include "dal/report/tensor_text.hpp"
#include "dal/report/warnings.hpp"
#include "dal/report/width_chart.hpp"
#include "settled.hpp"

using namespace dal;
using namespace dal::report;
using dal::test::Settled;
using dal::test::with_written_formats;

namespace {

const char* net =
    "input x: real[3]\n"
    "let q = quantize(x, fixed(1, [0, 2, 4], 1))\n"
    "output y = quantize(q, fixed(1, 4, 1))\n";

}  // namespace

TEST_CASE("warnings are those that were asked for, at the call of quantize") {
    Settled settled(net, with_written_formats());
    const Diagnostics found = warnings(settled.program, settled.sources, "quantize-no-effect");
    REQUIRE(found.size() == 1);
    CHECK(settled.sources.text(found.front().span) == "quantize(q, fixed(1, 4, 1))");
    CHECK(warnings(settled.program, settled.sources, "all,no-quantize-no-effect").empty());
    const auto names = warning_names();
    for (const char* name : {"usual", "all", "quantize-no-effect", "no-quantize-no-effect"})
        CHECK(std::find(names.begin(), names.end(), name) != names.end());
}

TEST_CASE("quantizers are told from the text, and named by value or line") {
    Settled settled("input x: real\nlet q = x |> quantize(int(4))\noutput y = bits(q, 0, 2) + quantize(x, int(3))\n");
    const auto found = written_quantizers(settled.program, settled.sources);
    REQUIRE(found.size() == 2);
    CHECK(names_of(settled.program, settled.sources, found) == std::vector<std::string>{"q", "line 3"});
    CHECK(names_of(settled.program, settled.sources, {found[1], found[1]}) ==
          std::vector<std::string>{"line 3", "line 3 (2)"});
    CHECK(settled.sources.text(quantize_call(settled.sources, settled.program.graph[found[0]].span)) ==
          "quantize(int(4))");
}

TEST_CASE("the JSON of a check has the parts that were asked for") {
    Settled settled(net);
    const auto parts = [&](const CheckParts& wanted) {
        return nlohmann::json::parse(check_json(settled.program, settled.sources, wanted));
    };
    const auto types = parts({});
    REQUIRE(types.size() == 1);
    CHECK(types["values"].size() == 3);
    CHECK(types["values"][0]["kind"] == "input");
    CHECK(types["values"][1]["i"] == nlohmann::json({0, 2, 4}));
    CHECK(types["values"][1]["bits_seen"] == nlohmann::json({2, 4, 6}));
    const auto others = parts({.ebops = BiasTerm::inputs, .widths = true});
    CHECK(!others.contains("values"));
    CHECK(others["ebops"]["bias_term"] == "inputs");
    CHECK(others["widths"][0]["elements_of_width"] == nlohmann::json({0, 0, 1, 0, 1, 0, 1}));
}

TEST_CASE("widths are counted, put into bars and drawn") {
    Settled settled(net);
    const std::vector<Widths> values = collect_widths(settled.program, settled.sources);
    REQUIRE(values.size() == 2);
    CHECK(values[0].name == "q");
    CHECK(values[0].count() == 3);
    CHECK(values[0].bits() == 12);
    CHECK(values[0].median() == 4);
    CHECK(values[0].least() == 2);
    CHECK(values[0].most() == 6);
    CHECK(bits_per_bar(values) == 1);
    const Widths wide{.name = "w", .named = true, .type = "", .place = "", .elements = std::vector<int64_t>(130, 1)};
    CHECK(bits_per_bar({wide}) == 3);
    CHECK(bars(wide, 3).size() == 44);
    CHECK(bars(wide, 3).back() == 1);
    CHECK(bar_name(2, 3) == "6-8");
    CHECK(bar_name(2, 1) == "2");
    CHECK(widths_text(values).ends_with("total  24 bits in 2 values\n"));
    const std::string picture = widths_svg(values, "a < b & c");
    CHECK(picture.find("a &lt; b &amp; c") != std::string::npos);
    CHECK(picture.find("a < b") == std::string::npos);
    CHECK(widths_html(values, "t").find(picture.substr(picture.find("<rect class=\"bar\""), 40)) != std::string::npos);
}

TEST_CASE("tensors are shown in brackets and columns, large ones with their ends") {
    const auto cell = [](int64_t element) { return std::to_string(element); };
    CHECK(tensor_text({}, cell) == "0");
    CHECK(tensor_text({3}, cell) == "[0, 1, 2]");
    CHECK(tensor_text({2, 6}, cell) == "[[ 0,  1,  2,  3,  4,  5],\n [ 6,  7,  8,  9, 10, 11]]");
    CHECK(tensor_text({9}, cell, {.most = 8}) == "[0, 1, 2, …, 6, 7, 8]");
    Settled settled(net);
    CHECK(hull_text(settled.program.graph[settled.program.graph.inputs().front()]) == "");
    CHECK(hull_text(settled.program.graph[settled.program.values[1].node]) == "[-16, 15.5] step 2^-1");
}
