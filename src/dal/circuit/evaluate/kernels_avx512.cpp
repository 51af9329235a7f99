// The evaluator's loops for AVX-512. circuit.cmake sets the instruction set of this file.
#include "dal/circuit/evaluate/kernels_body.hpp"

namespace dal::circuit {

const KernelSet& kernels_avx512() { return all_kernels; }

}  // namespace dal::circuit
