#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "dal/cmvm/cache/bytes.hpp"
#include "dal/cmvm/tables/pack.hpp"
#include "dal/numeric/adder_bits.hpp"
#include "dal/numeric/csd.hpp"
#include "dal/support/check.hpp"
#include "dal/support/sha256.hpp"

namespace dal::cmvm {
namespace {

using Groups = PackLayout::Groups;

/// Problems with more signed digits are tried with fewer layouts.
constexpr int64_t large_problem = 20'000;

/// Of the seconds that there are: until when layouts are tried, and until when the best of them.
constexpr double part_for_layouts = 0.2;
constexpr double part_for_trials = 0.4;
constexpr double least_seconds = 0.001;

/// Half LUTs of the whole, the additions of constants at its outputs included.
int64_t cost_of(const PackedSolution& packed) {
    int64_t cost = 2 * packed.solution.bits;
    for (const BitTable& table : packed.tables) cost += half_luts(table);
    const AdderGraph& graph = packed.solution.graph;
    for (size_t o = 0; o < packed.rest.size(); ++o) {
        const OutputTap& tap = graph.outputs[o];
        if (packed.rest[o].is_zero() || !tap.node) continue;
        const Interval& range =
            *tap.node < graph.inputs ? packed.inputs[*tap.node].range : graph.adders[*tap.node - graph.inputs].range;
        cost += 2 * adder_bits(Interval::constant(packed.rest[o]), range.shifted(tap.shift), tap.negate);
    }
    return cost;
}

std::string digest_of(const PackedSolution& packed) {
    ByteWriter bytes;
    for (const BitTable& table : packed.tables) {
        bytes.put(table.inputs.size());
        for (const uint32_t input : table.inputs) bytes.put(input);
        bytes.put(table.entries.size());
        for (const Int& entry : table.entries) bytes.put_int(entry);
        bytes.put_signed(table.f);
    }
    for (const Dyadic& rest : packed.rest) bytes.put_text(rest.to_string());
    put_graph(bytes, packed.solution.graph);
    return sha256(std::move(bytes).bytes());
}

class PackedSolver {
  public:
    PackedSolver(const Matrix& matrix, const std::vector<InputInfo>& inputs, const std::vector<Dyadic>& offsets,
                 const Options& options, Cache& cache)
        : matrix_(matrix), inputs_(inputs), offsets_(offsets), options_(options), cache_(cache) {
        offsets_.resize(matrix.outputs);
    }

    PackedSolution run() && {
        const std::string key = problem_key();
        PackedSolution solved = solve_one(key);
        if (!cache_.count_block(key)) cache_.add_block(key, report(solved));
        return solved;
    }

  private:
    PackedSolution solve_one(const std::string& key) {
        if (!worth_it()) {
            PackedSolution plain = unpacked();
            solve_cached_as(plain, options_);
            return plain;
        }
        if (auto known = cache_.find_packed(key)) return *known;
        auto packed = std::make_shared<PackedSolution>(solve_both());
        cache_.keep_packed(key, packed);
        return *packed;
    }

    [[nodiscard]] SolvedBlock report(const PackedSolution& solved) const {
        SolvedBlock block;
        block.inputs = matrix_.inputs;
        block.outputs = matrix_.outputs;
        block.adders = solved.solution.adders;
        block.bits = solved.solution.bits;
        block.depth = solved.solution.depth;
        block.table_luts = solved.table_luts;
        block.effort = options_.effort;
        block.seed = options_.seed;
        block.moves = solved.solution.moves;
        block.from_best = solved.solution.from_best;
        block.digest = digest_of(solved);
        return block;
    }

    PackedSolution solve_both() {
        PackedSolution plain = unpacked();
        if (options_.depth == Depth::minimum && worth_it())
            depth_ = minimum_depth(matrix_, inputs_, with_constants(offsets_)) + options_.extra_depth;
        std::optional<PackLayout> layout = worth_it() ? best_layout(plain) : std::nullopt;
        if (layout) {
            // The trials decide between layouts; this decides whether to pack at all.
            Options brief = trial_options(std::min(options_.effort, 1), plain, part_for_trials);
            PackedSolution packed = pack(matrix_, inputs_, offsets_, *layout);
            solve_cached_as(packed, brief);
            brief = trial_options(brief.effort, plain, part_for_trials);
            solve_cached_as(plain, brief);
            if (cost_of(packed) < cost_of(plain)) plain = std::move(packed);
        }
        if (!layout || options_.effort > 1) {
            // The long search begins anew: so what it finds may be worse.
            const PackedSolution before = plain;
            Options rest = options_;
            if (options_.seconds > 0) rest.seconds = std::max(least_seconds, options_.seconds - elapsed());
            solve_cached_as(plain, rest);
            if (layout && cost_of(before) < cost_of(plain)) plain = before;
        }
        int64_t halves = 0;
        for (const BitTable& table : plain.tables) halves += half_luts(table);
        plain.table_luts = (halves + 1) / 2;
        if (!plain.tables.empty()) {
            const auto fault = certify(plain, matrix_, inputs_, offsets_);
            DAL_CHECK(!fault, *fault);
        }
        return plain;
    }

    /// For solving only to compare. What the caller is told meanwhile is `known`, as far as that is solved; if he wants
    /// no more, what is tried ends early, and no other is. Of the seconds, what is left of this part of them.
    Options trial_options(int effort, const PackedSolution& known, double part) {
        Options trial = options_;
        trial.effort = effort;
        if (options_.seconds > 0) trial.seconds = std::max(least_seconds, part * options_.seconds - elapsed());
        if (!options_.progress) return trial;
        trial.progress = [this, &known](const Progress& progress) {
            Progress told = progress;
            told.seconds = elapsed();
            if (known.solution.adders > 0) {
                told.adders = known.solution.adders;
                told.bits = known.solution.bits;
            }
            stopped_ = stopped_ || !options_.progress(told);
            return !stopped_;
        };
        return trial;
    }
    [[nodiscard]] double elapsed() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    }

    [[nodiscard]] std::string problem_key() const {
        std::string key = key_of_problem(matrix_, inputs_, options_);
        for (const Dyadic& offset : offsets_) key += "," + offset.to_string();
        return key;
    }

    [[nodiscard]] PackedSolution unpacked() const {
        PackedSolution plain;
        plain.matrix = matrix_;
        plain.inputs = inputs_;
        plain.rest = offsets_;
        return plain;
    }

    /// Whether some output has at least two signed digits over inputs of two values.
    [[nodiscard]] bool worth_it() const {
        std::vector<uint32_t> bits;
        for (uint32_t i = 0; i < inputs_.size(); ++i)
            if (is_two_valued(inputs_[i].range)) bits.push_back(i);
        for (size_t o = 0; o < matrix_.outputs && !bits.empty(); ++o) {
            int digits = 0;
            for (const uint32_t i : bits) for_each_csd_digit(matrix_.at(i, o), [&](int, bool) { ++digits; });
            if (digits > 1) return true;
        }
        return false;
    }

    /// One thing after the other: which groups, of which size, with which signs, from how many digits on. Nothing if
    /// none is nearly as good as no tables.
    std::optional<PackLayout> best_layout(PackedSolution& plain) {
        solve_as(plain, trial_options(0, plain, part_for_layouts));
        std::optional<PackLayout> best;
        int64_t least = 0;
        const auto attempt = [&](const PackLayout& layout) {
            if (stopped_ || (best && options_.seconds > 0 && elapsed() > part_for_layouts * options_.seconds)) return;
            PackedSolution packed = pack(matrix_, inputs_, offsets_, layout);
            if (packed.tables.empty()) return;
            solve_as(packed, trial_options(0, plain, part_for_layouts));
            const int64_t cost = cost_of(packed);
            if (best && cost >= least) return;
            best = layout;
            least = cost;
        };
        int64_t digits = 0;
        for (const Int& w : matrix_.weights) for_each_csd_digit(w, [&](int, bool) { ++digits; });
        const bool is_large = digits > large_problem;
        const bool has_offsets = std::ranges::any_of(offsets_, [](const Dyadic& offset) { return !offset.is_zero(); });
        for (const Groups groups : {Groups::in_order, Groups::per_output, Groups::by_overlap, Groups::equal_rows}) {
            if (is_large && groups == Groups::by_overlap) continue;
            for (const size_t size : {6U, 5U, 4U, 3U}) {
                if (is_large && size < (groups == Groups::in_order ? 5U : 6U)) continue;
                attempt({groups, size, 2, has_offsets});
            }
        }
        if (!best) return best;
        PackLayout other = *best;
        other.from_zero = !other.from_zero;
        attempt(other);
        for (const int digits_from : {3, 4, 6}) {
            if (is_large) break;
            other = *best;
            other.least_digits = digits_from;
            attempt(other);
        }
        // What a longer search gains may differ between the two.
        if (least > cost_of(plain) * 5 / 4) best.reset();
        return best;
    }

    /// The outputs to which a constant is added, one of these or one that the caller knows of.
    [[nodiscard]] std::vector<bool> with_constants(const std::vector<Dyadic>& constants) const {
        std::vector<bool> result = options_.constant_follows;
        result.resize(constants.size());
        for (size_t o = 0; o < constants.size(); ++o) result[o] = result[o] || !constants[o].is_zero();
        return result;
    }

    /// The options for what is left of the problem: no deeper than the problem would be without tables.
    [[nodiscard]] Options for_rest(const PackedSolution& packed, const Options& options) const {
        Options result = options;
        result.constant_follows = with_constants(packed.rest);
        if (options.depth == Depth::minimum && !packed.tables.empty()) {
            const int least = minimum_depth(packed.matrix, packed.inputs, result.constant_follows);
            result.extra_depth = std::max(0, depth_ - least);
        }
        return result;
    }
    void solve_as(PackedSolution& packed, const Options& options) const {
        packed.solution = solve(packed.matrix, packed.inputs, for_rest(packed, options));
    }
    void solve_cached_as(PackedSolution& packed, const Options& options) {
        packed.solution = solve_cached(packed.matrix, packed.inputs, for_rest(packed, options), cache_);
    }

    const Matrix& matrix_;
    const std::vector<InputInfo>& inputs_;
    std::vector<Dyadic> offsets_;
    const Options& options_;
    Cache& cache_;
    int depth_ = 0;         // that outputs may have
    bool stopped_ = false;  // by the caller, while something was tried
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

PackedSolution solve_packed(const Matrix& matrix, const std::vector<InputInfo>& inputs,
                            const std::vector<Dyadic>& offsets, const Options& options, Cache& cache) {
    return PackedSolver(matrix, inputs, offsets, options, cache).run();
}

}  // namespace dal::cmvm
