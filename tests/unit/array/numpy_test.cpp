// Files that NumPy writes are read, and files that are written here are read by NumPy.
#include <doctest/doctest.h>

#include <cstdlib>

#include "dal/array/npy.hpp"
#include "dal/support/file.hpp"
#include "unit/array/archive.hpp"

namespace dal {
namespace {

bool run_python(const std::filesystem::path& directory, const std::string& program) {
    REQUIRE(write_file(directory / "program.py", program));
    const std::string command = "cd '" + directory.string() + "' && /usr/bin/python3 program.py >output.txt 2>&1";
    return std::system(command.c_str()) == 0;
}

TEST_CASE("exchange with NumPy") {
    const TemporaryDirectory directory = TemporaryDirectory::make().value();
    if (!run_python(directory.path(), "import numpy")) {
        MESSAGE("skipped: /usr/bin/python3 has no numpy");
        return;
    }
    REQUIRE(run_python(directory.path(), R"(
import numpy as np
n = np.arange(24).reshape(2, 3, 4)
arrays = {}
for t in "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 f16".split():
    for order in "<>":
        a = n.astype(order + t)
        key = t + ("little" if order == "<" else "big")
        arrays[key + "_c"] = a
        arrays[key + "_f"] = np.asfortranarray(a)
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", **arrays)
np.save("float.npy", n / 8)
)"));
    for (const char* name : {"stored.npz", "deflated.npz"}) {
        const auto arrays = test::read_npz(directory.path() / name);
        REQUIRE_MESSAGE(arrays, arrays.error().front().message);
        CHECK(arrays->size() == 52);
        for (const auto& [key, array] : *arrays) {
            CHECK(array.shape() == Shape{2, 3, 4});
            for (int j = 0; j < 24; ++j) {
                const Dyadic expected(array.type() == DType::boolean ? j != 0 : j);
                if (array.at(j) != expected) FAIL(key << " at " << j);
            }
        }
    }
    CHECK(read_npy(directory.path() / "float.npy", {})->at(23) == Dyadic(23, -3));

    Codes narrow({2}, 3, {0, 4}, 1);
    narrow.set_code(2, 1, -7);
    Codes wide({2}, 3, {0, 4}, 3);
    wide.set_code(2, 1, -(Int(7) << 100));
    REQUIRE(write_npy(directory.path() / "values.npy", narrow));
    REQUIRE(write_codes(directory.path() / "narrow.npz", narrow));
    REQUIRE(write_codes(directory.path() / "wide.npz", wide));
    REQUIRE(run_python(directory.path(), R"(
import numpy as np
values = np.load("values.npy")
assert values.dtype == np.float64 and values.shape == (3, 2), values
assert values[2, 1] == -7 / 16 and values[0, 0] == 0
narrow = np.load("narrow.npz")
assert narrow["codes"].dtype == np.int64 and narrow["f"].dtype == np.int32
assert (narrow["codes"] * 2.0 ** -narrow["f"] == values).all()
wide = np.load("wide.npz")
codes = wide["codes"]
assert codes.dtype == np.uint64 and codes.shape == (3, 2, 2)
code = sum(int(w) << (64 * j) for j, w in enumerate(codes[2, 1]))
if codes[2, 1, -1] >> np.uint64(63): code -= 1 << (64 * codes.shape[-1])
assert code == -(7 << 100), code
)"));
}

// What ml_dtypes calls these types, computed from their descriptions. NumPy without that package writes the same bytes.
TEST_CASE("small types are read as NumPy computes them") {
    const TemporaryDirectory directory = TemporaryDirectory::make().value();
    if (!run_python(directory.path(), "import numpy")) {
        MESSAGE("skipped: /usr/bin/python3 has no numpy");
        return;
    }
    REQUIRE(run_python(directory.path(), R"(import numpy as np
bits = np.arange(256)
def floats(exponent, mantissa, bias, signed=True, width=256, nan="none"):
    n = np.arange(width)
    total = exponent + mantissa
    sign = np.where(signed & (n >> total & 1 == 1), -1.0, 1.0)
    e = n >> mantissa & (1 << exponent) - 1
    m = n & (1 << mantissa) - 1
    value = np.where((e == 0) & signed, m * 2.0 ** (1 - bias - mantissa), (m / 2.0**mantissa + 1) * 2.0 ** (e - bias))
    low = n & (1 << total) - 1
    wrong = {"none": n < 0, "ieee": e == (1 << exponent) - 1, "ones": low == (1 << total) - 1,
             "minus zero": (low == 0) & (n >> total & 1 == 1)}[nan]
    return np.where(wrong | (n >> total + signed != 0), np.nan, sign * value)
def integers(count, signed):
    low = bits & (1 << count) - 1
    return np.where(signed & (low >> count - 1 == 1), low - (1 << count), low).astype(float)
small = {"float8_e3m4": floats(3, 4, 3, nan="ieee"), "float8_e4m3": floats(4, 3, 7, nan="ieee"),
         "float8_e4m3b11fnuz": floats(4, 3, 11, nan="minus zero"), "float8_e4m3fn": floats(4, 3, 7, nan="ones"),
         "float8_e4m3fnuz": floats(4, 3, 8, nan="minus zero"), "float8_e5m2": floats(5, 2, 15, nan="ieee"),
         "float8_e5m2fnuz": floats(5, 2, 16, nan="minus zero"), "float8_e8m0fnu": floats(8, 0, 127, signed=False, nan="ones"),
         "float6_e2m3fn": floats(2, 3, 1), "float6_e3m2fn": floats(3, 2, 3), "float4_e2m1fn": floats(2, 1, 1),
         "int4": integers(4, True), "int2": integers(2, True), "int1": integers(1, True),
         "uint4": integers(4, False), "uint2": integers(2, False), "uint1": integers(1, False)}

np.savez("expected.npz", **small)
np.save("bytes.npy", bits.astype(np.uint8).view("V1"))
halves = np.arange(1 << 16, dtype=np.uint16)
np.save("bfloat16.npy", halves.view("V2").reshape(256, 256))
np.savez("member.npz", w=halves.view("V2"))
np.save("bfloat16_expected.npy", (halves.astype(np.uint32) << 16).view(np.float32))
np.save("float16.npy", halves.view(np.float16))
np.save("float16_expected.npy", halves.view(np.float16).astype(np.float64))
)"));
    const auto expected = test::read_npz(directory.path() / "expected.npz");
    REQUIRE(expected);
    CHECK(expected->size() == unsaid_type_names().size() - 2);  // without float128 and bfloat16
    const auto same = [](const Array& a, const Array& b) {
        REQUIRE(a.size() == b.size());
        for (int64_t j = 0; j < a.size(); ++j)
            if (a.at(j) != b.at(j)) FAIL(to_string(a.type()) << " at " << j);
    };
    for (const auto& [name, values] : *expected) {
        const auto array = read_npy(directory.path() / "bytes.npy", {}, {}, unsaid_type(name));
        REQUIRE_MESSAGE(array, name);
        CHECK(to_string(array->type()) == name);
        same(*array, values);
    }
    for (const std::string name : {"bfloat16", "float16"})
        same(*read_npy(directory.path() / (name + ".npy"), {}),
             *read_npy(directory.path() / (name + "_expected.npy"), {}));
    same(test::read_npz(directory.path() / "member.npz")->at("w"),
         *read_npy(directory.path() / "bfloat16_expected.npy", {}));
    CHECK(read_samples(directory.path() / "bfloat16.npy")->at(0x3F, 0x80) == Dyadic(1));
    CHECK_FALSE(read_samples(directory.path() / "bfloat16.npy")->at(0x7F, 0x80));
}

}  // namespace
}  // namespace dal
