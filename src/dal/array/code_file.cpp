#include "dal/array/code_file.hpp"

#include <algorithm>
#include <cstring>

#include "dal/array/flaw.hpp"
#include "dal/numeric/limits.hpp"

namespace dal {
namespace {

constexpr const char* code_form =
    "a code file holds `codes`, integers [samples, shape...] (or uint64 words [samples, shape..., words]), and `f`, "
    "integers [shape...]: value = code * 2^-f";

bool is_integer(DType type) { return type >= DType::int8 && type <= DType::uint64; }

Fallible<std::vector<int>> binary_points(const Array& f) {
    std::vector<int> points;
    points.reserve(static_cast<size_t>(f.size()));
    for (int64_t j = 0; j < f.size(); ++j) {
        const Int point = f.at(j)->code(0).value();
        if (abs(point) > Int(farthest_point))
            return flaw("`f` has the binary point " + point.to_string() + " at element " + std::to_string(j),
                        "binary points are from -65536 to 65536");
        points.push_back(static_cast<int>(point.to_int64()));
    }
    return points;
}

Flaw no_code_file(const NpzFile& archive) {
    std::string names;
    constexpr size_t most = 8;
    size_t listed = 0;
    for (const auto& [name, member] : archive.members()) {
        if (listed == most) names += ", ...";
        if (listed++ >= most) break;
        names += (names.empty() ? "`" : ", `") + name + "`";
    }
    return {"it holds " + (names.empty() ? "no arrays" : names) + ", and is no code file", code_form,
            "give one array in a .npy: `np.save(\"x.npy\", x)`"};
}

/// What the two headers say together.
struct Form {
    bool words;  ///< the last axis of `codes` counts words
    int limbs;
};

Fallible<Form> form_of(const NpzFile::Info& codes, const NpzFile::Info& f) {
    for (const auto& [name, info] : {std::pair("codes", &codes), std::pair("f", &f)})
        if (!is_integer(info->type))
            return flaw("`" + std::string(name) + "` has elements of " + std::string(to_string(info->type)), code_form);
    const Shape& all = codes.shape;
    const bool words = codes.type == DType::uint64 && all.size() == f.shape.size() + 2 && all.back() > 0;
    if ((!words && all.size() != f.shape.size() + 1) || !std::equal(f.shape.begin(), f.shape.end(), all.begin() + 1))
        return flaw("`codes` has the shape " + to_string(all) + " and `f` the shape " + to_string(f.shape), code_form);
    constexpr int64_t most_words = 1 << 20;
    if (words && all.back() > most_words)
        return flaw("`codes` has " + std::to_string(all.back()) + " words for each code",
                    "a code has at most " + std::to_string(most_words) + " words");
    // Codes past 63 bits need a second word if they have no sign.
    return Form{words, words ? static_cast<int>(all.back()) : codes.type == DType::uint64 ? 2 : 1};
}

Fallible<Samples> samples_of(const Array& codes, const Array& f, const Form& form) {
    auto points = binary_points(f);
    if (!points) return tl::unexpected<Flaw>(points.error());
    Codes result(f.shape(), codes.shape().front(), std::move(*points), form.limbs);
    if (form.words || codes.type() == DType::int64) {
        if (codes.byte_count() > 0) std::memcpy(result.words().data(), codes.data(), codes.byte_count());
        return Samples(std::move(result));
    }
    const auto limbs = static_cast<size_t>(form.limbs);
    for (int64_t j = 0; j < codes.size(); ++j)
        codes.at(j)->code(0).value().to_words(&result.words()[static_cast<size_t>(j) * limbs], limbs);
    return Samples(std::move(result));
}

}  // namespace

Result<Samples> read_codes(const NpzFile& archive) {
    const auto about = [&](const Flaw& flaw) { return failure(about_file(archive.path(), {}, flaw)); };
    if (archive.members().size() != 2 || !archive.members().contains("codes") || !archive.members().contains("f"))
        return about(no_code_file(archive));
    const auto codes_info = archive.info("codes");
    if (!codes_info) return failure(codes_info.error());
    const auto f_info = archive.info("f");
    if (!f_info) return failure(f_info.error());
    const auto form = form_of(*codes_info, *f_info);
    if (!form) return about(form.error());
    const ReadLimit one_sample;
    const auto by_size = static_cast<int64_t>(archive.bytes()) * unpacked_elements_per_byte;
    const auto codes = archive.read("codes", {.elements = std::max(one_sample.elements, by_size)});
    if (!codes) return failure(codes.error());
    const auto f = archive.read("f", one_sample);
    if (!f) return failure(f.error());
    return read_about(archive.path(), {}, [&] { return samples_of(*codes, *f, *form); });
}

}  // namespace dal
