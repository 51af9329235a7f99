// Trees: the formats in which comparisons stay what they are, and what is wrong with trees that cannot be.
#include <cmath>
#include <limits>

#include "dal/import/trees/ensemble.hpp"
#include "dal/import/trees/fields.hpp"

using namespace dal;
using namespace dal::importer;
using namespace dal::importer::trees;

namespace {

/// One node for each threshold, all of feature 0.
Ensemble compared_with(const std::vector<double>& thresholds, bool strict, Inputs inputs) {
    Ensemble ensemble;
    ensemble.features = 2;
    ensemble.strict = strict;
    ensemble.inputs = inputs;
    ensemble.base = {0};
    for (const double threshold : thresholds)
        ensemble.trees.push_back({{0, -1, -1}, {threshold, 0, 0}, {1, -1, -1}, {2, -1, -1}, {0, 1, 2}});
    return ensemble;
}

std::string format_of(const std::vector<double>& thresholds, bool strict, Inputs inputs = Inputs::float32) {
    const Formats formats = exact_formats(compared_with(thresholds, strict, inputs));
    CHECK(formats.at(1).kif == Kif());
    return formats.at(0).kif.to_string();
}

/// Whether x compares with the threshold after rounding as before.
bool is_kept(double x, double threshold, bool strict, Inputs inputs) {
    const Formats formats = exact_formats(compared_with({threshold}, strict, inputs));
    const double rounded = quantized({{2}, {x, 0}}, formats).values[0];
    return strict ? (x < threshold) == (rounded < threshold) : (x <= threshold) == (rounded <= threshold);
}

std::string problem_of(const Ensemble& ensemble) {
    const auto checked = check(ensemble, "m.json");
    return checked ? "" : checked.error().front().message;
}

}  // namespace

TEST_CASE("features have the fewest bits that keep comparisons") {
    CHECK(format_of({0}, true) == "fixed(1, 0, 0)");    // the sign
    CHECK(format_of({0.5}, true) == "fixed(0, 0, 1)");  // 0 and 1/2
    CHECK(format_of({-0.75}, true) == "fixed(1, 0, 2)");
    CHECK(format_of({1.25, -3}, true) == "fixed(1, 2, 2)");
    CHECK(format_of({96}, true) == "fixed(0, 7, -5)");    // steps of 32
    CHECK(format_of({0.5}, false) == "fixed(0, 0, 24)");  // up to the next float32
    CHECK(format_of({0.5}, false, Inputs::float64) == "fixed(0, 0, 53)");
    CHECK(format_of({0}, false) == "fixed(0, -148, 149)");  // any positive float32
    CHECK(format_of({0.1}, true) == "fixed(0, -3, 27)");    // what is less than float32(0.1) is less than 0.1
    CHECK(format_of({1e300}, true, Inputs::float64) != "");
    CHECK(format_of({1e-300}, true, Inputs::float64) != "");
    CHECK(format_of({5e-324, 1.7e308}, false, Inputs::float64) != "");
}

TEST_CASE("every number of the inputs' type compares after rounding as before") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    for (const bool strict : {false, true})
        for (const float threshold : {0.0F, 0.5F, -0.5F, 0.1F, -0.1F, 3.0F, 1e-20F, -7.25e9F, 1.0F}) {
            const float above = std::nextafter(threshold, infinity);
            const float below = std::nextafter(threshold, -infinity);
            for (const float x : {threshold, above, below, 0.0F, 1e30F, -1e30F, threshold * 2, threshold / 2}) {
                CAPTURE(threshold);
                CAPTURE(x);
                CHECK(is_kept(static_cast<double>(x), static_cast<double>(threshold), strict, Inputs::float32));
            }
            const double wide = static_cast<double>(threshold) * 1.1;
            for (const double x : {wide, std::nextafter(wide, 1e300), std::nextafter(wide, -1e300)})
                if (wide != 0) CHECK(is_kept(x, wide, strict, Inputs::float64));
        }
}

TEST_CASE("trees that are none are refused") {
    Ensemble ensemble = compared_with({1}, true, Inputs::float32);
    CHECK(problem_of(ensemble).empty());
    ensemble.trees[0].right[0] = 1;
    CHECK(problem_of(ensemble).find("two parents") != std::string::npos);
    ensemble.trees[0].right[0] = 0;
    CHECK(problem_of(ensemble).find("two parents") != std::string::npos);
    ensemble.trees[0].right[0] = 3;
    CHECK(problem_of(ensemble).find("not there") != std::string::npos);
    ensemble.trees[0].right[0] = 2;
    ensemble.trees[0].values[2] = std::numeric_limits<double>::infinity();
    CHECK(problem_of(ensemble).find("not finite") != std::string::npos);
    ensemble.trees[0].values.pop_back();
    CHECK(problem_of(ensemble).find("different lengths") != std::string::npos);
    ensemble.trees.clear();
    ensemble.base.clear();
    CHECK(problem_of(ensemble).find("base value") != std::string::npos);
}

TEST_CASE("decimals are rounded to float32 once") {
    CHECK(to_float("1E-1") == static_cast<double>(0.1F));
    CHECK(to_float("16777217.000001") == 16777218.0);  // by way of float64 it would be 16777216
    CHECK(to_float("1e-60") == 0.0);
    CHECK_FALSE(to_float("1e60"));
    CHECK_FALSE(to_float("1x"));
    CHECK_FALSE(to_float(""));
    CHECK_FALSE(to_float("nan"));
    CHECK(integer(Json::of(std::string("12"))) == 12);
    CHECK_FALSE(integer(Json::of(std::string("12 "))));
}
