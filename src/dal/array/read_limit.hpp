// What a file may cost. Rules for readers of data from outside (arrays today; whatever reads archives or compressed
// chunks later):
//   - the directory of an archive is read once, and a member is unpacked when somebody asks for it, never before;
//   - what a header claims is checked against the limit, and against what the file's bytes can hold, before memory is
//     taken for the data or any of it is unpacked;
//   - so no file costs more memory than its own size, the result, and a constant factor of both.
#pragma once

#include <cstdint>

namespace dal {

struct ReadLimit {
    int64_t elements = int64_t{1} << 24;  ///< of one array
};

/// For batches, whose size is no property of a program: what is unpacked may have as many elements as a tensor, or so
/// many for each byte of the file. Data is compressed tenfold; an archive made of zeros a thousandfold.
inline constexpr int64_t unpacked_elements_per_byte = 16;

}  // namespace dal
