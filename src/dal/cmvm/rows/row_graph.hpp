// A graph of multi-operand sums that can be changed a little at a time, and back: the state of the search. Outputs and
// shared nodes are rows of terms; nodes that are used once do not exist. Keeps count of all pairs of terms and of
// the depth that is left in each row. Internal to cmvm.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "dal/cmvm/problem/problem.hpp"
#include "dal/cmvm/rows/pair_counter.hpp"
#include "dal/cmvm/rows/row_bits.hpp"
#include "dal/cmvm/rows/value_hash.hpp"

namespace dal::cmvm {

/// ±value·2^shift in one word.
struct RowTerm {
    uint32_t code = 0;

    static constexpr int max_shift = 2047;
    static constexpr uint32_t max_value = (uint32_t{1} << 20) - 1;
    RowTerm() = default;
    RowTerm(uint32_t value, int shift, bool negative)
        : code(value << 12 | static_cast<uint32_t>(shift) << 1 | static_cast<uint32_t>(negative)) {}
    [[nodiscard]] uint32_t value() const { return code >> 12; }
    [[nodiscard]] int shift() const { return static_cast<int>(code >> 1 & 0x7FF); }
    [[nodiscard]] bool negative() const { return (code & 1) != 0; }
    friend bool operator==(RowTerm, RowTerm) = default;
};

/// The rows without anything that follows from them. Values 0..inputs-1 are the inputs, then the nodes.
struct Rows {
    struct Node {
        std::vector<RowTerm> terms;
        int depth = 0;
    };
    std::vector<std::vector<RowTerm>> outputs;  ///< one per sum of the problem
    std::vector<Node> nodes;                    ///< in any order
};

class RowGraph {
  public:
    /// `problem` must live as long. Numbers of the problem must be within the limits of RowTerm (`fits`).
    /// Bits are counted if asked for and if they fit (RowBits). Counting the pairs of long rows takes time: when
    /// `goes_on`, which is asked now and then, says no, the graph stays incomplete and is good for nothing.
    RowGraph(const Problem& problem, const Rows& rows, bool with_bits, const std::function<bool()>& goes_on = {});
    [[nodiscard]] bool is_complete() const { return complete_; }
    static bool fits(const Problem& problem, const Rows& rows);

    [[nodiscard]] int64_t adders() const { return adders_; }
    [[nodiscard]] bool counts_bits() const { return row_bits_.has_value(); }
    /// Adder bits of all rows, as RowBits estimates them.
    int64_t bits();
    /// Grows by about the time that changes take, in units of some nanoseconds; the same on all machines.
    [[nodiscard]] int64_t work() const { return work_; }
    /// Of the caller, where it is much.
    void add_work(int64_t work) { work_ += work; }
    /// Nodes in use, in no particular order.
    [[nodiscard]] std::span<const uint32_t> nodes() const { return live_; }
    [[nodiscard]] std::span<const RowTerm> terms_of_node(uint32_t value) const { return rows_[row_of(value)].terms; }
    [[nodiscard]] std::span<const uint32_t> rows_with(uint32_t value) const { return uses_[value]; }
    [[nodiscard]] std::span<const RowTerm> terms_of_row(uint32_t row) const { return rows_[row].terms; }
    [[nodiscard]] bool is_node(uint32_t value) const { return value >= inputs_; }
    [[nodiscard]] size_t row_count() const { return rows_.size(); }
    [[nodiscard]] size_t output_count() const { return outputs_; }

    [[nodiscard]] bool is_live(uint32_t value) const { return is_node(value) && !rows_[row_of(value)].terms.empty(); }

    /// Whether the uses of a node can be replaced by its terms without counting millions of pairs anew.
    [[nodiscard]] bool is_light(uint32_t value) const;
    /// Replaces all uses of a node by its terms, and those of other nodes that are used only once then.
    void dissolve_and_settle(uint32_t value) {
        dissolve(value);
        settle();
    }
    /// Replaces one use of a node, the n-th in rows_with, by its terms.
    void inline_use(uint32_t value, size_t n);
    /// Rewrites the terms p and q of a row, x·2^k·(4 - 1) as x·2^k·(2 + 1) or the other way round; false if they are no
    /// such terms.
    bool recode(uint32_t row, size_t p, size_t q);
    /// Where the node is a + b and a row has a - b, a + 2b or a + b/2, uses the node there in place of a, with as many
    /// terms; `n` chooses among the rows. False if there is no such row or it has no depth left.
    bool borrow(uint32_t value, size_t n);
    /// Replaces the terms p and q of a row by two others with the same sum, if it finds such: it looks at some of the
    /// values there are, beginning with the n-th. Knows the values of the last `index_values` only. Relies on
    /// ValueHash, so the result has to be certified.
    bool substitute(uint32_t row, size_t p, size_t q, size_t n);
    void index_values();
    /// Makes the pair a node where it occurs and the depth allows, if that is in two places at least.
    bool extract(uint64_t pair);
    [[nodiscard]] uint32_t occurrences(uint64_t pair) const { return pairs_.count(pair); }
    /// Pairs that came to occur at least twice since this was last cleared, perhaps repeatedly, perhaps no longer.
    std::vector<uint64_t>& fresh_pairs() { return fresh_; }
    /// The value that comes first; and in one word the difference to the other value and shift, and of the signs.
    static uint64_t pair_of(RowTerm a, RowTerm b) {
        const uint32_t low = std::min(a.code, b.code);
        const uint32_t high = std::max(a.code, b.code);
        return uint64_t{low >> 12} << 32 | ((high & ~1U) - (low & ~1U)) | ((low ^ high) & 1);
    }
    static uint32_t first_of(uint64_t pair) { return static_cast<uint32_t>(pair >> 32); }
    static uint32_t second_of(uint64_t pair) {
        return first_of(pair) + ((static_cast<uint32_t>(pair) - 2 * static_cast<uint32_t>(gap_of(pair))) >> 12);
    }
    /// The shift of the second less that of the first.
    static int gap_of(uint64_t pair) { return static_cast<int>(static_cast<uint32_t>(pair) << 20) >> 21; }

    /// All changes since the last commit or rollback stay, or are undone.
    void commit();
    void rollback();

    [[nodiscard]] Rows rows() const;

  private:
    struct Row {
        std::vector<RowTerm> terms;
        uint64_t load = 0;  // Σ 2^level of its terms
        uint64_t room = 0;  // of outputs: 2^bound, less what is kept free
        int32_t bits = 0;
        bool stale = false;  // its bits
    };
    enum class Kind : uint8_t { insert, erase, create, release, level };
    struct Change {
        Kind kind;
        uint32_t row;
        RowTerm term;  // or the former level
    };
    struct Place {
        uint32_t row;
        RowTerm a;
        RowTerm b;
    };

    [[nodiscard]] uint32_t row_of(uint32_t value) const { return value - inputs_ + outputs_; }
    [[nodiscard]] uint32_t value_of(uint32_t row) const { return row - outputs_ + inputs_; }
    [[nodiscard]] bool is_node_row(uint32_t row) const { return row >= outputs_; }
    [[nodiscard]] uint64_t weight(uint32_t value) const { return uint64_t{1} << level_[value]; }
    [[nodiscard]] uint64_t room_of(uint32_t row) const;

    [[nodiscard]] bool count_pairs(const std::function<bool()>& goes_on);
    void dissolve(uint32_t value);
    void replace(uint32_t row, size_t p, size_t q, RowTerm c, RowTerm d);
    [[nodiscard]] bool is_countable(RowTerm term) const;
    [[nodiscard]] ValueHash hash_of(RowTerm term) const {
        return hash_[term.value()].shifted(term.shift()).negated(term.negative());
    }
    [[nodiscard]] ValueHash hash_of_row(uint32_t row) const;
    [[nodiscard]] std::optional<RowTerm> find_term(ValueHash hash) const;
    [[nodiscard]] bool depends_on(uint32_t value, uint32_t other);
    [[nodiscard]] bool may_use(uint32_t row, uint64_t others, uint32_t u, uint32_t v);
    void put(uint32_t row, RowTerm term);
    void take(uint32_t row, size_t position);
    void insert(uint32_t row, RowTerm term);
    void erase(uint32_t row, size_t position);
    uint32_t create();
    void release(uint32_t value);
    void unlist(uint32_t value);
    void list(uint32_t value);
    void refresh_level(uint32_t row);
    void set_level(uint32_t value, int level);
    void settle();
    void define(uint32_t value);
    void touch(uint32_t row) {
        if (!row_bits_ || rows_[row].stale) return;
        rows_[row].stale = true;
        stale_.push_back(row);
    }
    int32_t count_bits(uint32_t row);
    void find_places(uint64_t pair);
    [[nodiscard]] size_t position_of(uint32_t row, RowTerm term) const;

    uint32_t inputs_ = 0;
    uint32_t outputs_ = 0;
    bool bounded_ = true;
    bool complete_ = true;
    size_t longest_ = 0;  // terms of a row, at first
    int base_ = 0;
    std::vector<Row> rows_;                    // outputs, then nodes
    std::vector<std::vector<uint32_t>> uses_;  // of each value, the row of each term
    std::vector<uint8_t> level_;               // of each value
    std::vector<uint32_t> live_;
    std::vector<uint32_t> live_position_;  // of each node
    std::vector<uint32_t> free_;
    std::vector<uint32_t> released_;  // free after the next commit
    PairCounter pairs_;
    std::vector<uint64_t> fresh_;
    std::vector<Change> journal_;
    std::vector<uint32_t> unsettled_;  // nodes that may be used once only, or be another name of a value
    std::vector<Place> places_;
    std::vector<RowTerm> terms_;
    std::vector<uint32_t> users_;
    std::vector<uint32_t> stack_;
    std::vector<ValueHash> hash_;  // of each value
    struct Indexed {
        uint64_t key = 0;  // 0: none
        RowTerm term;
    };
    std::vector<Indexed> index_;  // by ValueHash::magnitude
    int index_shift_ = 0;
    int shifts_ = 0;  // each value is in the index so many times
    int widest_ = 0;  // shift of the problem
    std::optional<RowBits> row_bits_;
    std::vector<RowBits::Use> summands_;
    std::vector<uint32_t> stale_;
    struct FormerBits {
        uint32_t row;
        int32_t bits;
    };
    std::vector<FormerBits> bits_journal_;
    int64_t bits_ = 0;
    int64_t adders_ = 0;
    int64_t work_ = 0;
};

}  // namespace dal::cmvm
