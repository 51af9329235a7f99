// The evaluator's loops for AVX2. circuit.cmake sets the instruction set of this file.
#include "dal/circuit/evaluate/kernels_body.hpp"

namespace dal::circuit {

const KernelSet& kernels_avx2() { return all_kernels; }

}  // namespace dal::circuit
