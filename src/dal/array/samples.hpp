// What goes into and comes out of an engine: a batch of samples of one tensor. The first axis of a file is
// the batch. Codes are the exact form that always works: integers of any width and a binary point per
// element.
#pragma once

#include <cstdint>
#include <source_location>
#include <span>
#include <variant>
#include <vector>

#include "dal/array/array.hpp"
#include "dal/array/decimals.hpp"
#include "dal/numeric/interval.hpp"

namespace dal {

/// samples × elements integers; element e of every sample has the value code·2^-f[e].
/// Each code is `limbs` 64-bit words in two's complement, least significant first; the words of a
/// sample are contiguous: words[(sample · elements + element) · limbs + limb].
class Codes {
  public:
    using Location = std::source_location;

    Codes() = default;
    /// All zero. `shape` is that of one sample; f.size() = element_count(shape); limbs ≥ 1.
    Codes(Shape shape, int64_t samples, std::vector<int> f, int limbs);

    [[nodiscard]] const Shape& shape() const noexcept { return shape_; }
    [[nodiscard]] int64_t samples() const noexcept { return samples_; }
    [[nodiscard]] int64_t elements() const noexcept { return static_cast<int64_t>(f_.size()); }
    [[nodiscard]] int limbs() const noexcept { return limbs_; }
    [[nodiscard]] const std::vector<int>& f() const noexcept { return f_; }
    [[nodiscard]] std::span<const uint64_t> words() const noexcept { return words_; }
    [[nodiscard]] std::span<uint64_t> words() noexcept { return words_; }
    /// First of the `limbs` words of a code; not checked.
    [[nodiscard]] const uint64_t* at(int64_t sample, int64_t element) const {
        return words_.data() + (sample * elements() + element) * limbs_;
    }
    [[nodiscard]] uint64_t* at(int64_t sample, int64_t element) {
        return words_.data() + (sample * elements() + element) * limbs_;
    }
    // Both count from 0; elements over all axes. Error bad_arguments: there is none of that number.
    [[nodiscard]] Int code(int64_t sample, int64_t element, Location where = Location::current()) const {
        need(sample, element, where);
        return Int::from_words(at(sample, element), static_cast<size_t>(limbs_));
    }
    /// Some of the samples, copied.
    [[nodiscard]] Codes slice(int64_t first, int64_t count) const;
    void set_code(int64_t sample, int64_t element, const Int& code, Location where = Location::current()) {
        need(sample, element, where);
        code.to_words(at(sample, element), static_cast<size_t>(limbs_));
    }
    [[nodiscard]] Dyadic value(int64_t sample, int64_t element, Location where = Location::current()) const {
        return {code(sample, element, where), -static_cast<int64_t>(f_[static_cast<size_t>(element)])};
    }

  private:
    void need(int64_t sample, int64_t element, const Location& where) const {
        if (sample < 0 || sample >= samples_ || element < 0 || element >= elements()) [[unlikely]]
            refuse(sample, element, where);
    }
    [[noreturn]] void refuse(int64_t sample, int64_t element, const Location& where) const;

    Shape shape_;
    int64_t samples_ = 0;
    std::vector<int> f_;
    int limbs_ = 1;
    std::vector<uint64_t> words_;
};

/// Zeroed codes for an output whose elements have these ranges: the form in which every engine returns its
/// results. Binary points are those of the ranges; the limbs hold the widest element with a sign bit, so
/// that a code is valid two's complement (an unsigned 64-bit element needs two).
Codes make_output(const Shape& shape, int64_t samples, std::span<const Interval> ranges);

/// First place where two batches differ in value (not in representation), if any.
struct Difference {
    int64_t sample;
    int64_t element;
};
std::optional<Difference> first_difference(const Codes& a, const Codes& b);

/// A batch for one input, or a part of one: numbers from a file (first axis: samples), codes, or decimals.
class Samples {
  public:
    Samples(Array array);        // NOLINT(google-explicit-constructor)
    Samples(Codes codes);        // NOLINT(google-explicit-constructor)
    Samples(Decimals decimals);  // NOLINT(google-explicit-constructor)

    [[nodiscard]] int64_t samples() const noexcept;
    /// Shape of one sample.
    [[nodiscard]] Shape shape() const;
    /// The number of the first sample in the whole batch, for messages.
    [[nodiscard]] int64_t first() const noexcept { return first_; }
    void set_first(int64_t first) noexcept { first_ = first; }
    /// Some of the samples, copied.
    [[nodiscard]] Samples slice(int64_t first, int64_t count) const;
    /// Exact value, or of decimals what Decimals::at says; nothing for NaN and infinities.
    [[nodiscard]] std::optional<Dyadic> at(int64_t sample, int64_t element) const;
    /// The elements as doubles, row-major, when that is exact for all and cheap (float64 files): the
    /// fast way in. Null otherwise.
    [[nodiscard]] const double* doubles() const noexcept;
    /// The numbers as a file has them, the first axis being the samples. Null for codes and decimals.
    [[nodiscard]] const Array* array() const noexcept { return std::get_if<Array>(&data_); }
    /// Null for all else.
    [[nodiscard]] const Decimals* decimals() const noexcept { return std::get_if<Decimals>(&data_); }
    /// Null for all else.
    [[nodiscard]] const Codes* codes() const noexcept { return std::get_if<Codes>(&data_); }

  private:
    std::variant<Array, Codes, Decimals> data_;
    int64_t first_ = 0;
};

}  // namespace dal
