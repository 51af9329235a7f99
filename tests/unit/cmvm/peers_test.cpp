// The shared comparison matrices against the recorded results of other solvers at the same depth: never more
// adders, and never deeper, than any of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>

#include "unit/cmvm/matrix_files.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

TEST_CASE("no worse than the peers at minimum depth") {
    const auto folder = dal::testing::shared_data() / "cmvm";
    if (!std::filesystem::exists(folder / "peers.csv")) {
        std::printf("skipped: the comparison matrices are not at %s\n", folder.c_str());
        return;
    }
    const auto peers = read_peers(folder / "peers.csv");
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".txt") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    REQUIRE(files.size() >= 30);
    std::printf("%-18s %7s %7s %5s %8s\n", "matrix", "adders", "peers", "depth", "bits");
    for (const auto& file : files) {
        const std::string name = file.stem();
        const Matrix matrix = read_matrix(file);
        if (matrix.outputs > 64) continue;  // these take seconds in a debug build; the benchmark has them
        CAPTURE(name);
        Options options;
        options.max_moves = 1000;  // the search itself is measured by the benchmark
        const Solution solution = solve(matrix, signed_bytes(matrix.inputs), options);
        int64_t fewest = INT64_MAX;
        for (const char* peer : {"/da4ml/adders/0", "/da4ml/bits/0", "/alkaid/bits/0"}) {
            if (const auto row = peers.find(name + peer); row != peers.end()) {
                fewest = std::min(fewest, row->second.adders);
            }
        }
        const PeerResult& da4ml = peers.at(name + "/da4ml/adders/0");
        std::printf("%-18s %7lld %7lld %5d %8lld\n", name.c_str(), static_cast<long long>(solution.adders),
                    static_cast<long long>(fewest), solution.depth, static_cast<long long>(solution.bits));
        CHECK(solution.adders <= fewest);
        CHECK(solution.depth <= da4ml.depth);
    }
}
