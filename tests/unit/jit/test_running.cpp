// Batches: every way in, what is refused and how, threads.
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include "unit/jit/agreement.hpp"

using namespace dal;
using namespace dal::test;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double tiny = std::numeric_limits<double>::denorm_min();

/// One real input, quantized in all modes to formats of all kinds of binary points.
Graph real_quantizer(int64_t elements) {
    Graph graph;
    const NodeId x = graph.input("x", {elements}, {true, {}}, {});
    for (int round = 0; round < round_count; ++round)
        for (int overflow = 0; overflow < overflow_count; ++overflow) {
            std::vector<Format> formats;
            for (int64_t e = 0; e < elements; ++e) {
                const int f = std::array<int, 8>{0, 3, -2, 8, -7, 20, 1, 31}[static_cast<size_t>(e % 8)];
                const int width = std::array<int, 5>{4, 8, 13, 30, 59}[static_cast<size_t>(e % 5)];
                const bool k = (e + round) % 2 == 0;
                formats.push_back(
                    {Kif(k, width - (k ? 1 : 0) - f, f), static_cast<Round>(round), static_cast<Overflow>(overflow)});
            }
            graph.output("y", *graph.quantize(x, FormatMap(std::move(formats)), {}), {});
        }
    return graph;
}

Array array_of(Shape shape, DType type, const void* data) {
    std::vector<std::byte> bytes(static_cast<size_t>(element_count(shape)) * item_size(type));
    std::memcpy(bytes.data(), data, bytes.size());
    return {std::move(shape), type, std::move(bytes)};
}

/// The message of the error that running gives; both engines must agree on it.
std::string refusal(Graph& graph, const std::vector<Samples>& inputs) {
    REQUIRE(infer_forward(graph));
    const auto expected = interpret(graph, inputs);
    const auto actual = compiled(graph).run(inputs);
    REQUIRE(!expected);
    REQUIRE(!actual);
    CHECK(actual.error().front().code == expected.error().front().code);
    CHECK(actual.error().front().message == expected.error().front().message);
    return actual.error().front().message;
}

}  // namespace

TEST_CASE("doubles of every size are quantized exactly") {
    Random random(11);
    for (const int64_t elements : {1, 5, 8, 13, 80}) {
        Graph graph = real_quantizer(elements);
        std::vector<double> x;
        const std::vector<double> special{0.0,
                                          -0.0,
                                          0.5,
                                          -0.5,
                                          1.5,
                                          -1.5,
                                          2.5,
                                          tiny,
                                          -tiny,
                                          1e-300,
                                          -1e-5,
                                          0x1p52,
                                          0x1p53,
                                          -0x1p62,
                                          1e300,
                                          -1e30,
                                          0.49999999999999994,
                                          -0.49999999999999994,
                                          0x1.8p20,
                                          3e9};
        for (int64_t j = 0; j < 200 * elements; ++j) switch (random() % 4) {
                case 0: x.push_back(special[random() % special.size()]); break;
                case 1:
                    x.push_back(std::ldexp(static_cast<double>(static_cast<int64_t>(random() % 4001) - 2000), -9));
                    break;
                case 2: x.push_back(std::ldexp(static_cast<double>(static_cast<int64_t>(random())), -60)); break;
                default:
                    x.push_back(std::ldexp(static_cast<double>(static_cast<int64_t>(random() % 65) - 32) / 2,
                                           static_cast<int>(random() % 40) - 31));
            }
        CAPTURE(elements);
        check_agreement(graph, {Array::from_doubles({200, elements}, x)});
    }
}

TEST_CASE("formats beyond the fast conversion are quantized exactly") {
    Random random(12);
    Graph graph;
    const NodeId x = graph.input("x", {6}, {true, {}}, {});
    const std::vector<Format> formats{{Kif(true, 30, 40), Round::rnd}, {Kif(true, 3, 900)}, {Kif(false, 5, 200)},
                                      {Kif(true, 1200, -1100)},        {Kif(true, 3, 4)},   {Kif(false, 950, -945)}};
    graph.output("y", *graph.quantize(x, FormatMap(formats), {}), {});
    std::vector<double> values;
    for (int j = 0; j < 600; ++j)
        values.push_back(std::ldexp(static_cast<double>(random()) - 0x1p63, static_cast<int>(random() % 200) - 160));
    REQUIRE(infer_forward(graph, {2000}));
    const std::vector<Samples> inputs{Array::from_doubles({100, 6}, values)};
    const auto expected = interpret(graph, inputs);
    const auto actual = compiled(graph).run(inputs);
    REQUIRE(expected);
    REQUIRE(actual);
    CHECK(!first_difference(expected->front(), actual->front()));
}

TEST_CASE("numbers of every type come in") {
    Graph graph = real_quantizer(3);
    const std::vector<float> floats{0.5F, -1.25F, 3e5F, 1e-20F, 7, -0.0F};
    const std::vector<int64_t> large{1, -5, (int64_t{1} << 62) + 1, 0, 77, -(int64_t{1} << 53) - 1};
    const std::vector<uint64_t> larger{1, 0xffffffffffffffff, 5, 0, 77, uint64_t{1} << 63};
    const std::vector<int8_t> small{1, -128, 127, 0, 3, -4};
    check_agreement(graph, {array_of({2, 3}, DType::float32, floats.data())});
    check_agreement(graph, {array_of({2, 3}, DType::int64, large.data())});
    check_agreement(graph, {array_of({2, 3}, DType::uint64, larger.data())});
    check_agreement(graph, {array_of({2, 3}, DType::int8, small.data())});
    check_agreement(graph, {array_of({2, 3}, DType::uint8, small.data())});
    const std::vector<int16_t> shorts{1, -32768, 32767, 0, 3, -4};
    check_agreement(graph, {array_of({2, 3}, DType::int16, shorts.data())});
    check_agreement(graph, {array_of({2, 3}, DType::uint16, shorts.data())});
    const std::vector<int32_t> ints{1, INT32_MIN, INT32_MAX, 0, 3, -4};
    check_agreement(graph, {array_of({2, 3}, DType::int32, ints.data())});
    check_agreement(graph, {array_of({2, 3}, DType::uint32, ints.data())});
    const std::vector<float> many(static_cast<size_t>(3 * 130), -2.75F);
    check_agreement(graph, {array_of({130, 3}, DType::float32, many.data())});
    Random random(13);
    check_agreement(graph, {random_codes(random, {3}, 100, {4, -3, 70}, 20)});
    check_agreement(graph, {random_codes(random, {3}, 100, {4, -3, 70}, 150)});
}

TEST_CASE("numbers that are not finite are refused, wherever they are") {
    for (const double bad : {not_a_number, infinity, -infinity})
        for (const size_t at : {size_t{0}, size_t{95}, size_t{4 * 70 + 3}}) {
            Graph graph;
            const NodeId x = graph.input("x", {4}, {true, {}}, {});
            // Only element 0 is used; the others are checked all the same.
            const NodeId w = graph.constant({4}, {Dyadic(1), Dyadic(0), Dyadic(0), Dyadic(0)}, {});
            graph.output(
                "y", *graph.einsum(*parse_einsum("i,i->", {}), *graph.quantize(x, Format{Kif(true, 3, 4)}, {}), w, {}),
                {});
            std::vector<double> values(4 * 90, 1.5);
            values[at] = bad;
            values[4 * 85] = bad;  // a later one is not the one reported
            const std::string message = refusal(graph, {Array::from_doubles({90, 4}, values)});
            CHECK(message.find("sample " + std::to_string(at / 4)) != std::string::npos);
        }
}

TEST_CASE("a declared input takes its values and no others") {
    Graph graph;
    const std::vector<Format> formats{{Kif(true, 3, 4)}, {Kif(false, 6, -2)}, {Kif()}, {Kif(true, 30, 30)}};
    const NodeId x = graph.input("x", {4}, {false, FormatMap(formats)}, {});
    graph.output("y", graph.neg(x, {}), {});
    check_agreement(graph, {Array::from_doubles({2, 4}, {-8, 60, 0, 0.5, 7.9375, 0, 0, -0x1p30})});
    const std::vector<std::array<double, 4>> bad{{8, 0, 0, 0},     {-8.0625, 0, 0, 0},      {0.03125, 0, 0, 0},
                                                 {0, 2, 0, 0},     {0, -4, 0, 0},           {0, 64, 0, 0},
                                                 {0, 0, 1, 0},     {0, tiny, 0, 0},         {0, 0, 0, 0x1p30},
                                                 {0, 0, -tiny, 0}, {not_a_number, 0, 0, 0}, {0, 0, 0, 0x1p-31}};
    for (const auto& values : bad) {
        std::vector<double> data(4 * 70);
        std::copy(values.begin(), values.end(), data.begin() + 4 * 66);
        const std::string message = refusal(graph, {Array::from_doubles({70, 4}, data)});
        CHECK(message.find("sample 66") != std::string::npos);
    }
}

TEST_CASE("a declared input that nothing uses is checked") {
    Graph graph;
    graph.input("unused", {2}, {false, Format{Kif(false, 1, 0)}}, {});
    graph.output("y", graph.constant({}, {Dyadic(5)}, {}), {});
    check_agreement(graph, {Array::from_doubles({3, 2}, {0, 1, 1, 1, 0, 0})});
    refusal(graph, {Array::from_doubles({2, 2}, {0, 1, 1, 2})});
}

TEST_CASE("batches that do not fit are refused") {
    Graph graph = real_quantizer(3);
    refusal(graph, {});
    refusal(graph, {Array::from_doubles({2, 4}, std::vector<double>(8))});
    const std::vector<float> bad{1, 2, std::numeric_limits<float>::quiet_NaN()};
    refusal(graph, {array_of({1, 3}, DType::float32, bad.data())});
}

TEST_CASE("batches of any length, none included") {
    Random random(14);
    Graph graph = real_quantizer(3);
    for (const int64_t samples : {0, 1, 7, 8, 63, 64, 65, 129}) {
        CAPTURE(samples);
        check_agreement(graph, {random_codes(random, {3}, samples, {4, 5, 6}, 12)});
        check_agreement(
            graph, {Array::from_doubles({samples, 3}, std::vector<double>(static_cast<size_t>(3 * samples), 1.3))});
    }
}

TEST_CASE("several inputs and outputs") {
    Random random(15);
    Graph graph;
    const NodeId a = graph.input("a", {9}, {true, {}}, {});
    const NodeId b = graph.input("b", {9}, {false, Format{Kif(true, 4, 4)}}, {});
    const NodeId sum = *graph.add(*graph.quantize(a, Format{Kif(true, 2, 9), Round::rnd, Overflow::sat}, {}), b, {});
    graph.output("sum", sum, {});
    graph.output("b", b, {});
    graph.output("again", sum, {});
    std::vector<double> values;
    for (int j = 0; j < 9 * 100; ++j) values.push_back(static_cast<double>(random() % 1000) / 70 - 7);
    check_agreement(graph,
                    {Array::from_doubles({100, 9}, values), random_values(random, {9}, 100, Format{Kif(true, 4, 4)})});
}

TEST_CASE("threads, vector widths and processors do not change the results") {
    Random random(16);
    Graph graph = real_quantizer(7);
    REQUIRE(infer_forward(graph));
    std::vector<double> values;
    for (int j = 0; j < 7 * 5000; ++j) values.push_back(static_cast<double>(random() % 100'000) / 700 - 70);
    const std::vector<Samples> inputs{Array::from_doubles({5000, 7}, values)};
    const auto expected = interpret(graph, inputs);
    REQUIRE(expected);
    for (const JitOptions& options :
         {JitOptions{1, 16}, JitOptions{2, 64}, JitOptions{5, 8}, JitOptions{64, 32}, JitOptions{1, 0, "x86-64"},
          JitOptions{1, 0, "x86-64-v2"}, JitOptions{1, 0, "x86-64-v3"}}) {
#if !defined(__x86_64__)
        if (!options.processor.empty()) continue;
#elif defined(__GNUC__)
        if (options.processor == "x86-64-v3" && !__builtin_cpu_supports("avx2")) continue;
#endif
        const auto actual = compiled(graph, options).run(inputs);
        REQUIRE(actual);
        for (size_t output = 0; output < expected->size(); ++output)
            CHECK(std::ranges::equal((*actual)[output].words(), (*expected)[output].words()));
    }
    values[7 * 4000 + 2] = not_a_number;
    values[7 * 1500 + 3] = infinity;
    const std::vector<Samples> bad{Array::from_doubles({5000, 7}, values)};
    for (const int threads : {1, 2, 5}) {
        const auto actual = compiled(graph, {threads, 0}).run(bad);
        REQUIRE(!actual);
        CHECK(actual.error().front().message.find("sample 1500") != std::string::npos);
    }
}

TEST_CASE("programs are compiled and run at the same time") {
    std::vector<std::thread> threads;
    std::vector<int> agreed(4, 0);
    for (size_t j = 0; j < agreed.size(); ++j)
        threads.emplace_back([&agreed, j] {
            Graph graph = real_quantizer(static_cast<int64_t>(j) + 2);
            if (!infer_forward(graph)) return;
            const std::vector<Samples> inputs{Array::from_doubles(
                {50, static_cast<int64_t>(j) + 2}, std::vector<double>(50 * (j + 2), 0.3 * static_cast<double>(j)))};
            const auto program = JitProgram::compile(graph);
            const auto expected = interpret(graph, inputs);
            if (!program || !expected) return;
            const auto actual = program->run(inputs);
            agreed[j] = actual && !first_difference(actual->back(), expected->back()) ? 1 : 0;
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(agreed == std::vector<int>(4, 1));
}

TEST_CASE("many ports, and sums by tables, are as exact as a few") {
    Random random(17);
    Graph graph;
    // More than 32 functions' worth of elements, in formats of several kinds; some wide, some unused, some constant.
    const std::vector<Format> kinds{{Kif(true, 3, 4), Round::rnd, Overflow::sat},
                                    {Kif(false, 6, 1)},
                                    {Kif(true, 20, 9), Round::rnd_conv},
                                    {Kif(true, 40, 40)},
                                    {Kif()}};
    std::vector<Format> formats;
    for (int64_t e = 0; e < 2300; ++e) formats.push_back(kinds[random() % kinds.size()]);
    const NodeId real = graph.input("real", {2300}, {true, {}}, {});
    const NodeId x = *graph.quantize(real, FormatMap(formats), {});
    graph.output("x", x, {});
    std::vector<Samples> inputs;
    std::vector<double> values;
    for (int64_t j = 0; j < 2300 * 70; ++j) values.push_back(static_cast<double>(random() % 10'000) / 700 - 7);
    inputs.emplace_back(Array::from_doubles({70, 2300}, values));
    for (int port = 0; port < 60; ++port) {
        const Format format{Kif(port % 2 == 0, 5, 2)};
        const NodeId y = graph.input("y", {1}, {false, format}, {});
        graph.output("y", graph.neg(y, {}), {});
        inputs.emplace_back(random_values(random, {1}, 70, format));
    }
    // More terms than are unrolled, with operands in lanes of 8 and 32 bits and results in 8 to 64 bits.
    std::vector<Source> narrow;
    for (int64_t e = 0; e < 2300; ++e)
        if (formats[static_cast<size_t>(e)].kif.width() < 60) narrow.push_back({0, e});
    const auto count = static_cast<int64_t>(narrow.size());
    const NodeId operands = graph.move("gather", {count}, narrow, {x}, {});
    for (const int bits : {1, 8, 22}) {
        std::vector<Dyadic> weights;
        for (int64_t j = 0; j < count * 20; ++j)
            weights.emplace_back(random_between(random, -Int::pow2(bits), Int::pow2(bits)));
        const NodeId w = graph.constant({count, 20}, weights, {});
        const NodeId sum = *graph.add(*graph.einsum(*parse_einsum("i,io->o", {}), operands, w, {}),
                                      graph.constant({}, {Dyadic(-77, -4)}, {}), {});
        graph.output("sum", sum, {});
        graph.output("low", *graph.quantize(sum, Format{Kif(true, 2, 3)}, {}), {});
    }
    check_agreement(graph, inputs);
    CHECK(compiled(graph).stats().functions < 60);
}
