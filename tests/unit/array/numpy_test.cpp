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

}  // namespace
}  // namespace dal
