// The published comparison of solvers: means over random N×N matrices with entries uniform in [129, 255], at a depth of
// `dc` levels over the minimum or without a bound. Recorded figures: C. Sun et al., arXiv 2507.04535, table 2. Part of
// cmvm_bench.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "dal/cmvm/cmvm.hpp"
#include "unit/cmvm/matrix_files.hpp"
#include "unit/cmvm/random_problem.hpp"

namespace dal::cmvm::bench {

struct YardstickRow {
    size_t size;
    struct Cell {
        double da4ml;
        double h_cmvm;
    };
    std::array<Cell, 3> adders;  ///< without a bound, dc 0, dc 2
};

constexpr std::array<YardstickRow, 8> yardstick_rows{{
    {2, {{{8.6, 8.2}, {9.1, 8.8}, {8.7, 8.2}}}},
    {4, {{{29.2, 27.6}, {34.3, 32.1}, {29.6, 28.1}}}},
    {6, {{{59.0, 57.3}, {73.3, 66.8}, {62.4, 58.2}}}},
    {8, {{{98.1, 96.3}, {124.9, 117.2}, {101.8, 99.5}}}},
    {10, {{{146.5, 143.5}, {188.5, 157.7}, {152.2, 146.9}}}},
    {12, {{{203.5, 200.4}, {263.5, 241.6}, {214.6, 206.8}}}},
    {14, {{{269.3, 264.3}, {349.7, 324.0}, {278.6, 274.8}}}},
    {16, {{{343.2, 338.3}, {446.9, 423.2}, {357.3, 353.3}}}},
}};

/// Prints our means over `count` matrices each beside the recorded ones, of these sizes or of all; whether all of
/// ours are below H_cmvm's.
inline bool run_yardstick(Options options, int count, const std::vector<std::string>& sizes) {
    constexpr std::array names{"free", "dc 0", "dc 2"};
    std::printf("adders/depth, means over %d matrices (recorded: over 1,000)\n", count);
    std::printf("%4s", "N");
    for (const char* name : names) std::printf(" | %-5s %12s %7s %7s", name, "ours", "H_cmvm", "da4ml");
    std::printf("\n");
    bool below = true;
    for (const YardstickRow& row : yardstick_rows) {
        if (!sizes.empty() && std::ranges::find(sizes, std::to_string(row.size)) == sizes.end()) continue;
        std::printf("%4zu", row.size);
        for (size_t mode = 0; mode < names.size(); ++mode) {
            options.depth = mode == 0 ? Depth::free : Depth::minimum;
            options.extra_depth = mode == 2 ? 2 : 0;
            testing::Random random(row.size);  // the same matrices in each mode
            double adders = 0;
            double depth = 0;
            for (int n = 0; n < count; ++n) {
                Matrix matrix{row.size, row.size, {}};
                for (size_t w = 0; w < row.size * row.size; ++w) matrix.weights.emplace_back(random.between(129, 255));
                const Solution solution = solve(matrix, testing::signed_bytes(row.size), options);
                adders += static_cast<double>(solution.adders) / count;
                depth += static_cast<double>(solution.depth) / count;
            }
            const YardstickRow::Cell& cell = row.adders[mode];
            below = below && adders < cell.h_cmvm;
            std::printf(" | %10.1f/%-5.1f%c %7.1f %7.1f", adders, depth, adders < cell.h_cmvm ? ' ' : '!', cell.h_cmvm,
                        cell.da4ml);
            std::fflush(stdout);
        }
        std::printf("\n");
    }
    std::printf("%s\n", below ? "below H_cmvm everywhere" : "`!`: not below H_cmvm");
    return below;
}

}  // namespace dal::cmvm::bench
