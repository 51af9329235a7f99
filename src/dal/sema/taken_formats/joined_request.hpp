// What consumers ask of a number that has no format of its own: the join of the formats that they specify. A join takes
// the larger k, i and f; it is commutative, associative and idempotent, where each part comes from included, so that no
// order of declarations matters. Internal to this layer; who asks whom: requests.hpp.
#pragma once

#include <compare>
#include <optional>
#include <unordered_map>
#include <vector>

#include "dal/numeric/kif.hpp"

namespace dal::sema {

/// Index of a consumer: where in the source it stands (requests.hpp). Smaller is earlier.
using ConsumerId = uint32_t;

class Asked {
  public:
    /// A `quantize` rounds as it says; it may be coarser than the join. A declared type is a promise about all values:
    /// the join may not exceed it, and its modes count only if no `quantize` asks.
    enum class By : uint8_t { quantize, type };
    struct Part {
        int value;
        ConsumerId from;
        friend auto operator<=>(const Part&, const Part&) = default;
    };
    struct Modes {
        ConsumerId from;
        Round round;
        Overflow overflow;
        friend auto operator<=>(const Modes&, const Modes&) = default;
    };
    /// Two consumers that cannot both have what they ask for.
    struct Conflict {
        ConsumerId first;
        ConsumerId second;
        std::optional<std::pair<Modes, Modes>> modes;  ///< that differ; else `second` exceeds `first`, a type
    };

    /// Nobody asks: the neutral element.
    Asked() = default;
    Asked(const Format& format, By by, ConsumerId consumer);
    void join(const Asked& other);

    [[nodiscard]] bool is_empty() const noexcept { return !asked_; }
    [[nodiscard]] bool has_quantize() const noexcept { return modes_[0].least.has_value(); }
    /// The format that holds all asked ones; not of an empty one. Without a conflict it is what everybody gets.
    [[nodiscard]] Format format() const;
    [[nodiscard]] std::optional<Conflict> conflict() const;
    /// Who asks for the sign, for the most integer bits, and for the most fractional bits; nothing if only formats
    /// without bits are asked.
    [[nodiscard]] const std::optional<Part>& k() const noexcept { return k_; }
    [[nodiscard]] const std::optional<Part>& i() const noexcept { return i_; }
    [[nodiscard]] const std::optional<Part>& f() const noexcept { return f_; }
    /// What is asked of x if this is asked of x · 2^amount.
    [[nodiscard]] Asked before_shift(int amount) const;

    friend bool operator==(const Asked&, const Asked&) = default;
    [[nodiscard]] size_t hash() const noexcept;

  private:
    /// Of the modes asked for, the earliest, and the earliest that differ from them: enough to see every conflict.
    struct Earliest {
        std::optional<Modes> least;
        std::optional<Modes> other;
        void add(const Modes& modes);
        friend bool operator==(const Earliest&, const Earliest&) = default;
    };

    bool asked_ = false;
    std::optional<Part> k_, i_, f_;                 // joined: the largest, of these the earliest
    std::optional<Part> most_k_, most_i_, most_f_;  // of types: the smallest, of these the earliest
    Earliest modes_[2];                             // of quantizers, of types
};

/// Distinct values of Asked by number, so that tensors of them take 4 bytes per element.
class AskedPool {
  public:
    using Id = uint32_t;
    static constexpr Id empty = 0;

    AskedPool() : list_(1) {}
    [[nodiscard]] const Asked& operator[](Id id) const { return list_[id]; }
    Id add(const Asked& asked);
    Id joined(Id a, Id b);
    Id before_shift(Id id, int amount);

  private:
    struct Hash {
        size_t operator()(const Asked& asked) const noexcept { return asked.hash(); }
    };
    std::vector<Asked> list_;
    std::unordered_map<Asked, Id, Hash> ids_;
    std::unordered_map<uint64_t, Id> joins_;
};

}  // namespace dal::sema
