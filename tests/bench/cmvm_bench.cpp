// Solves the shared comparison matrices and prints adders, bits, depth and time beside the recorded results of
// da4ml at the same depth bound, with geometric means.
//   cmvm_bench [--effort N] [--seconds S] [--moves N] [--seed N] [--threads N] [--extra-depth N] [--free] [--each]
//              [--bits] [--transpose] [name filter]...
//   cmvm_bench --yardstick [--count K] [--effort N] [--seconds S] [N]...: see cmvm_yardstick.hpp
// A transposed matrix has no recorded results.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "bench/cmvm_yardstick.hpp"
#include "unit/cmvm/matrix_files.hpp"

using namespace dal;
using namespace dal::cmvm;

namespace {

struct Mean {
    double logs = 0;
    int count = 0;
    void add(double ratio) {
        logs += std::log(ratio);
        ++count;
    }
    [[nodiscard]] double value() const { return count == 0 ? 0 : std::exp(logs / count); }
};

/// Matrices of one kind, so that the many small ones do not hide the others.
std::string group_of(const std::string& name) {
    for (const char* small : {"rand_n4_", "rand_n8_", "rand_n16_"}) {
        if (name.starts_with(small)) return "random, up to 16";
    }
    for (const char* size : {"32", "64", "128"}) {
        if (name.starts_with("rand_n" + std::string(size))) return "random, " + std::string(size);
    }
    return name.starts_with("hgq") ? "sparse layers" : "transforms";
}

struct Timed {
    Solution solution;
    double seconds = 0;
};

/// The best processor time of several runs, at least three and for at most about a second.
Timed solve_timed(const Matrix& matrix, const Options& options) {
    const auto inputs = cmvm::testing::signed_bytes(matrix.inputs);
    Timed result;
    double total = 0;
    for (int run = 0; run < (options.effort == 0 ? 200 : 1) && (run < 3 || total < 0.2) && total < 3; ++run) {
        const std::clock_t start = std::clock();
        result.solution = solve(matrix, inputs, options);
        const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        result.seconds = run == 0 ? seconds : std::min(result.seconds, seconds);
        total += seconds;
    }
    return result;
}

Matrix transposed(const Matrix& matrix) {
    Matrix result{matrix.outputs, matrix.inputs, {}};
    for (size_t o = 0; o < matrix.outputs; ++o) {
        for (size_t i = 0; i < matrix.inputs; ++i) result.weights.push_back(matrix.at(i, o));
    }
    return result;
}

/// What the command line asks for.
struct Arguments {
    Options options;
    std::vector<std::string> filters;
    bool yardstick = false;
    bool transpose = false;
    int count = 100;
};

Arguments parse(int argc, char** argv) {
    Arguments result;
    Options& options = result.options;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--extra-depth") == 0 && i + 1 < argc) {
            options.extra_depth = std::atoi(argv[++i]);
        } else if (std::strcmp(argv[i], "--effort") == 0 && i + 1 < argc) {
            options.effort = std::atoi(argv[++i]);
        } else if (std::strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
            options.seconds = std::atof(argv[++i]);
        } else if (std::strcmp(argv[i], "--moves") == 0 && i + 1 < argc) {
            options.max_moves = std::atoll(argv[++i]);
        } else if (std::strcmp(argv[i], "--threads") == 0 && i + 1 < argc) {
            options.threads = std::atoi(argv[++i]);
        } else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            options.seed = static_cast<uint64_t>(std::atoll(argv[++i]));
        } else if (std::strcmp(argv[i], "--count") == 0 && i + 1 < argc) {
            result.count = std::atoi(argv[++i]);
        } else if (std::strcmp(argv[i], "--yardstick") == 0) {
            result.yardstick = true;
        } else if (std::strcmp(argv[i], "--transpose") == 0) {
            result.transpose = true;
        } else if (std::strcmp(argv[i], "--free") == 0) {
            options.depth = Depth::free;
        } else if (std::strcmp(argv[i], "--each") == 0) {
            options.depth = Depth::each_output;
        } else if (std::strcmp(argv[i], "--bits") == 0) {
            options.objective = Objective::bits;
        } else {
            result.filters.emplace_back(argv[i]);
        }
    }
    return result;
}

/// The matrices whose names have one of the filters in them, all without filters; by name.
std::vector<std::filesystem::path> matrices(const std::filesystem::path& folder,
                                            const std::vector<std::string>& filters) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().stem();
        const bool wanted = filters.empty() || std::ranges::any_of(filters, [&](const std::string& filter) {
                                return name.find(filter) != std::string::npos;
                            });
        if (entry.path().extension() == ".txt" && wanted) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

using Group = std::array<Mean, 3>;  ///< ratios of adders and of bits, seconds

/// Solves one matrix and prints its row; what it adds to the means, if there is a result to compare with.
void measure(const std::filesystem::path& file, const Arguments& arguments, const cmvm::testing::PeerResult* peer,
             Group& all, Group& group) {
    Matrix matrix = cmvm::testing::read_matrix(file);
    if (arguments.transpose) matrix = transposed(matrix);
    const auto [solution, seconds] = solve_timed(matrix, arguments.options);
    std::printf("%-18s %7lld %8lld %5d %10.3f |", file.stem().c_str(), static_cast<long long>(solution.adders),
                static_cast<long long>(solution.bits), solution.depth, seconds * 1e3);
    if (peer == nullptr) {
        std::printf(" no row\n");
        return;
    }
    const double adder_ratio = static_cast<double>(solution.adders) / static_cast<double>(peer->adders);
    const double bit_ratio = static_cast<double>(solution.bits) / static_cast<double>(peer->bits);
    for (Group* means : {&all, &group}) {
        (*means)[0].add(adder_ratio);
        (*means)[1].add(bit_ratio);
    }
    all[2].add(peer->seconds / seconds);
    group[2].add(seconds);
    std::printf(" %7lld %8lld %5d %10.3f | %6.3f %6.3f %8.1fx\n", static_cast<long long>(peer->adders),
                static_cast<long long>(peer->bits), peer->depth, peer->seconds * 1e3, adder_ratio, bit_ratio,
                peer->seconds / seconds);
}

}  // namespace

int main(int argc, char** argv) {
    const Arguments arguments = parse(argc, argv);
    const Options& options = arguments.options;
    if (arguments.yardstick) {
        bench::run_yardstick(options, arguments.count, arguments.filters);
        return 0;
    }
    const auto folder = dal::testing::shared_data() / "cmvm";
    if (!std::filesystem::exists(folder / "peers.csv")) {
        std::printf("skipped: %s is not there\n", folder.c_str());
        return 0;
    }
    const auto peers = cmvm::testing::read_peers(folder / "peers.csv");
    const std::string row = std::string("/da4ml/") + (options.objective == Objective::bits ? "bits/" : "adders/") +
                            (options.depth == Depth::free ? "-1" : std::to_string(options.extra_depth));
    std::printf("%-18s %7s %8s %5s %10s | %7s %8s %5s %10s | %6s %6s %9s\n", "matrix", "adders", "bits", "depth", "ms",
                "peer", "bits", "depth", "ms", "adders", "bits", "time");
    Group all;
    std::map<std::string, Group> groups;
    for (const auto& file : matrices(folder, arguments.filters)) {
        const auto peer = peers.find(file.stem().string() + row);
        if (arguments.transpose || peer == peers.end())
            measure(file, arguments, nullptr, all, all);
        else
            measure(file, arguments, &peer->second, all, groups[group_of(file.stem())]);
    }
    for (const auto& [name, group] : groups) {
        std::printf("%-18s %3d: adders %.3f, bits %.3f, %.1f ms\n", name.c_str(), group[0].count, group[0].value(),
                    group[1].value(), group[2].value() * 1e3);
    }
    std::printf("geometric means over %d matrices: adders %.3f, bits %.3f, %.1f times faster\n", all[0].count,
                all[0].value(), all[1].value(), all[2].value());
    return 0;
}
