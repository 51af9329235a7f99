dal_layer(circuit DEPENDS numeric array)

# The loops of the evaluator are compiled once per instruction set, always with the vectorizer on; the best
# one that the machine has is chosen at run time.
set(DAL_KERNEL_OPTIONS -O3)
set(dal_kernels circuit/evaluate/kernels)
set_source_files_properties(${dal_kernels}_generic.cpp ${dal_kernels}_avx2.cpp ${dal_kernels}_avx512.cpp
                            PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
set_source_files_properties(${dal_kernels}_generic.cpp PROPERTIES COMPILE_OPTIONS "${DAL_KERNEL_OPTIONS}")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(${dal_kernels}_avx2.cpp PROPERTIES COMPILE_OPTIONS "${DAL_KERNEL_OPTIONS};-mavx2")
  set_source_files_properties(
    ${dal_kernels}_avx512.cpp
    PROPERTIES COMPILE_OPTIONS
               "${DAL_KERNEL_OPTIONS};-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mprefer-vector-width=512")
endif()
