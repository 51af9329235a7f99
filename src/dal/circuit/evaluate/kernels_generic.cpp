// The evaluator's loops for any machine, and the choice between the sets.
#include "dal/circuit/evaluate/kernels_body.hpp"

namespace dal::circuit {

const KernelSet& kernels_generic() { return all_kernels; }

const KernelSet& kernels() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return kernels_avx512();
    if (__builtin_cpu_supports("avx2")) return kernels_avx2();
#endif
    return kernels_generic();
}

}  // namespace dal::circuit
