#include "dal/array/samples.hpp"

#include <algorithm>
#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "dal/support/check.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/cpp_sources.hpp"
#include "dal/support/error.hpp"

namespace dal {
namespace {

/// Asks for huge pages for memory that has not been touched yet. Most of the time that a fast engine takes for a
/// large batch would otherwise go into page faults of the results.
void prefer_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] size_t bytes) {
#if defined(__linux__)
    constexpr uintptr_t huge_page = uintptr_t{1} << 21;
    const auto begin = reinterpret_cast<uintptr_t>(memory);
    const uintptr_t first = (begin + huge_page - 1) / huge_page * huge_page;
    const uintptr_t end = (begin + bytes) / huge_page * huge_page;
    // Only advice: where it is refused, pages stay small.
    if (first < end) madvise(static_cast<char*>(memory) + (first - begin), end - first, MADV_HUGEPAGE);
#endif
}

}  // namespace

Codes::Codes(Shape shape, int64_t samples, std::vector<int> f, int limbs)
    : shape_(std::move(shape)), samples_(samples), f_(std::move(f)), limbs_(limbs) {
    DAL_CHECK(limbs_ >= 1 && samples_ >= 0, "codes with " + std::to_string(limbs_) + " limbs");
    DAL_CHECK(elements() == element_count(shape_),
              std::to_string(f_.size()) + " binary points for shape " + to_string(shape_));
    const auto words = static_cast<size_t>(samples_ * elements() * limbs_);
    words_.reserve(words);
    prefer_huge_pages(words_.data(), words * sizeof(uint64_t));
    words_.resize(words);
}

Codes Codes::slice(int64_t first, int64_t count) const {
    Codes some(shape_, count, f_, limbs_);
    const int64_t per_sample = elements() * limbs_;
    std::copy_n(words_.begin() + first * per_sample, count * per_sample, some.words_.begin());
    return some;
}

void Codes::refuse(int64_t sample, int64_t element, const Location& where) const {
    const bool is_sample = sample < 0 || sample >= samples_;
    const std::string what = is_sample ? "sample" : "element";
    const int64_t size = is_sample ? samples_ : elements();
    CppSources sources;
    throw Error(
        {error(code::bad_arguments, sources.span(where),
               "`" + what + "` is " + std::to_string(is_sample ? sample : element))
             .with_rule(size == 0 ? "there are no " + what + "s" : "it is from 0 to " + std::to_string(size - 1))},
        sources.map());
}

Codes make_output(const Shape& shape, int64_t samples, std::span<const Interval> ranges) {
    std::vector<int> f;
    f.reserve(ranges.size());
    int bits = 1;
    for (const Interval& range : ranges) {
        const Kif kif = range.kif();
        f.push_back(range.f());
        bits = std::max(bits, kif.width() + (kif.k ? 0 : 1));
    }
    constexpr int limb_bits = 64;
    return {shape, samples, std::move(f), (bits + limb_bits - 1) / limb_bits};
}

std::optional<Difference> first_difference(const Codes& a, const Codes& b) {
    DAL_CHECK(a.samples() == b.samples() && a.shape() == b.shape(),
              "comparing " + to_string(a.shape()) + " with " + to_string(b.shape()));
    const bool same_form = a.limbs() == b.limbs() && a.f() == b.f();
    for (int64_t sample = 0; sample < a.samples(); ++sample)
        for (int64_t element = 0; element < a.elements(); ++element) {
            const bool equal =
                same_form ? std::equal(a.at(sample, element), a.at(sample, element) + a.limbs(), b.at(sample, element))
                          : a.value(sample, element) == b.value(sample, element);
            if (!equal) return Difference{sample, element};
        }
    return std::nullopt;
}

Samples::Samples(Array array) : data_(std::move(array)) {
    DAL_CHECK(!std::get<Array>(data_).shape().empty(), "a batch needs a first axis");
}
Samples::Samples(Codes codes) : data_(std::move(codes)) {}
Samples::Samples(Decimals decimals) : data_(std::move(decimals)) {}

int64_t Samples::samples() const noexcept {
    if (const Codes* given = codes()) return given->samples();
    if (const Decimals* given = decimals()) return given->samples();
    return std::get<Array>(data_).shape().front();
}

Shape Samples::shape() const {
    if (const Codes* given = codes()) return given->shape();
    if (const Decimals* given = decimals()) return given->shape();
    const Shape& all = std::get<Array>(data_).shape();
    return {all.begin() + 1, all.end()};
}

Samples Samples::slice(int64_t first, int64_t count) const {
    if (const Decimals* all = decimals()) return all->slice(first, count);
    if (const Codes* all = codes()) return all->slice(first, count);
    const Array& all = *array();
    Shape shape = all.shape();
    shape.front() = count;
    const size_t per_sample = all.byte_count() / static_cast<size_t>(std::max<int64_t>(1, all.shape().front()));
    const std::byte* begin = all.data() + static_cast<size_t>(first) * per_sample;
    return Array(std::move(shape), all.type(), {begin, begin + static_cast<size_t>(count) * per_sample});
}

std::optional<Dyadic> Samples::at(int64_t sample, int64_t element) const {
    if (const Codes* given = codes()) return given->value(sample, element);
    if (const Decimals* given = decimals()) return given->at(sample, element);
    const auto& array = std::get<Array>(data_);
    const int64_t elements = array.size() / std::max<int64_t>(1, array.shape().front());
    return array.at(sample * elements + element);
}

const double* Samples::doubles() const noexcept {
    const auto* array = std::get_if<Array>(&data_);
    if (array == nullptr || array->type() != DType::float64) return nullptr;
    return reinterpret_cast<const double*>(array->data());
}

}  // namespace dal
