// The shared comparison data: integer matrices as text, and what other solvers make of them (peers.csv).
// Only for tests and benchmarks.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "dal/cmvm/cmvm.hpp"
#include "data/shared_data.hpp"

namespace dal::cmvm::testing {

/// One line per input, one number per output.
inline Matrix read_matrix(const std::filesystem::path& path) {
    std::ifstream file(path);
    Matrix matrix;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        size_t count = 0;
        for (std::string word; words >> word; ++count) matrix.weights.push_back(Int::from_decimal(word).value());
        if (count == 0) continue;
        ++matrix.inputs;
        matrix.outputs = count;
    }
    return matrix;
}

inline std::vector<InputInfo> signed_bytes(size_t count) {
    return std::vector<InputInfo>(count, InputInfo{Interval::of(Kif(true, 7, 0)), 0});
}

struct PeerResult {
    int64_t adders = 0;
    int64_t bits = 0;  ///< 0 if not recorded
    int depth = 0;
    double seconds = 0;
};

/// By "matrix/peer/objective/depth_bound".
inline std::map<std::string, PeerResult> read_peers(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::map<std::string, PeerResult> result;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::vector<std::string> cells;
        std::istringstream stream(line);
        for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
        if (cells.size() < 8) continue;
        result[cells[0] + "/" + cells[1] + "/" + cells[2] + "/" + cells[3]] = {
            std::stoll(cells[4]), cells[5].empty() ? 0 : std::stoll(cells[5]), std::stoi(cells[6]),
            std::stod(cells[7])};
    }
    return result;
}

}  // namespace dal::cmvm::testing
