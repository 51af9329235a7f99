// The loops of kernels.hpp, in an unnamed namespace: included by each kernels_*.cpp, which are compiled for
// different instruction sets. Nothing here may call a function that another file could share with it.
#pragma once

#include <type_traits>

#include "dal/circuit/evaluate/kernels.hpp"

#if defined(__clang__)
#define DAL_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define DAL_INDEPENDENT _Pragma("GCC ivdep")
#endif

namespace dal::circuit {
namespace {

template <size_t lane>
using LaneType = std::conditional_t<lane == 0, int16_t, std::conditional_t<lane == 1, int32_t, int64_t>>;

template <class R, class A>
inline R aligned(A x, int right, int left) {
    const A shifted = static_cast<A>(x >> right);
    return static_cast<R>(static_cast<std::make_unsigned_t<R>>(static_cast<R>(shifted)) << left);
}

template <Form form, class R>
inline R combine(R x, R y) {
    using U = std::make_unsigned_t<R>;
    const U u = static_cast<U>(x);
    const U v = static_cast<U>(y);
    if constexpr (form == Form::add) return static_cast<R>(static_cast<U>(u + v));
    if constexpr (form == Form::sub) return static_cast<R>(static_cast<U>(u - v));
    // In a type that does not promote to a signed one, whose overflow would be undefined.
    if constexpr (form == Form::mul) return static_cast<R>(static_cast<std::common_type_t<U, unsigned>>(u) * v);
    if constexpr (form == Form::bit_and) return static_cast<R>(u & v);
    if constexpr (form == Form::bit_or) return static_cast<R>(u | v);
    if constexpr (form == Form::bit_xor) return static_cast<R>(u ^ v);
}

// An operand's slot may be the result's slot; lanes of one index never touch those of another.
template <Form form, class R, class A, class B>
void binary(const Step& step, std::byte* arena) {
    R* r = reinterpret_cast<R*>(arena + step.r);
    const A* a = reinterpret_cast<const A*>(arena + step.a);
    const B* b = reinterpret_cast<const B*>(arena + step.b);
    if constexpr (form == Form::select) {
        const auto* c = reinterpret_cast<const int16_t*>(arena + step.c);
        const int right_a = step.right_a, right_b = step.right_b, left_a = step.left_a, left_b = step.left_b;
        DAL_INDEPENDENT
        for (int64_t j = 0; j < block_size; ++j) {
            const R x = aligned<R>(a[j], right_a, left_a);
            const R y = aligned<R>(b[j], right_b, left_b);
            const R mask = static_cast<R>(-static_cast<R>(c[j] != 0));
            r[j] = static_cast<R>((x & mask) | (y & ~mask));
        }
    } else if (!step.shifted) {
        DAL_INDEPENDENT
        for (int64_t j = 0; j < block_size; ++j) r[j] = combine<form, R>(static_cast<R>(a[j]), static_cast<R>(b[j]));
    } else {
        const int right_a = step.right_a, right_b = step.right_b, left_a = step.left_a, left_b = step.left_b;
        DAL_INDEPENDENT
        for (int64_t j = 0; j < block_size; ++j)
            r[j] = combine<form, R>(aligned<R>(a[j], right_a, left_a), aligned<R>(b[j], right_b, left_b));
    }
}

template <bool is_signed, class R, class A>
void slice(const Step& step, std::byte* arena) {
    using U = std::make_unsigned_t<R>;
    R* r = reinterpret_cast<R*>(arena + step.r);
    const A* a = reinterpret_cast<const A*>(arena + step.a);
    const int right = step.right_a, extend = step.extend;
    if constexpr (is_signed) {
        DAL_INDEPENDENT
        for (int64_t j = 0; j < block_size; ++j) {
            const R up = static_cast<R>(static_cast<U>(static_cast<R>(a[j] >> right)) << extend);
            r[j] = static_cast<R>(up >> extend);
        }
    } else {
        const U mask = static_cast<U>(static_cast<U>(~U{0}) >> extend);
        DAL_INDEPENDENT
        for (int64_t j = 0; j < block_size; ++j)
            r[j] = static_cast<R>(static_cast<U>(static_cast<R>(a[j] >> right)) & mask);
    }
}

// Lanes without a sample may hold any code: those outside the table read its first entry.
template <class R, class A>
void look_up(const Step& step, std::byte* arena) {
    R* r = reinterpret_cast<R*>(arena + step.r);
    const A* a = reinterpret_cast<const A*>(arena + step.a);
    const R* entries = static_cast<const R*>(step.entries);
    for (int64_t j = 0; j < block_size; ++j) {
        const uint64_t position = static_cast<uint64_t>(int64_t{a[j]}) - static_cast<uint64_t>(step.first);
        r[j] = entries[position < step.size ? position : 0];
    }
}

template <class A>
void any(const Step& step, std::byte* arena) {
    auto* r = reinterpret_cast<int16_t*>(arena + step.r);
    const A* a = reinterpret_cast<const A*>(arena + step.a);
    DAL_INDEPENDENT
    for (int64_t j = 0; j < block_size; ++j) r[j] = static_cast<int16_t>(a[j] != 0 ? 1 : 0);
}

template <class A>
void less(const Step& step, std::byte* arena) {
    int16_t* r = reinterpret_cast<int16_t*>(arena + step.r);
    const A* a = reinterpret_cast<const A*>(arena + step.a);
    const auto bound = static_cast<A>(step.first);
    DAL_INDEPENDENT
    for (int64_t j = 0; j < block_size; ++j) r[j] = static_cast<int16_t>(a[j] < bound ? 1 : 0);
}

template <Form form, size_t r, size_t a>
constexpr void fill_binary(KernelSet& set) {
    auto& row = set.binary[static_cast<size_t>(form)][r][a];
    row[0] = &binary<form, LaneType<r>, LaneType<a>, LaneType<0>>;
    row[1] = &binary<form, LaneType<r>, LaneType<a>, LaneType<1>>;
    row[2] = &binary<form, LaneType<r>, LaneType<a>, LaneType<2>>;
}

template <size_t r, size_t a>
constexpr void fill(KernelSet& set) {
    fill_binary<Form::add, r, a>(set);
    fill_binary<Form::sub, r, a>(set);
    fill_binary<Form::mul, r, a>(set);
    fill_binary<Form::select, r, a>(set);
    fill_binary<Form::bit_and, r, a>(set);
    fill_binary<Form::bit_or, r, a>(set);
    fill_binary<Form::bit_xor, r, a>(set);
    set.slice_signed[r][a] = &slice<true, LaneType<r>, LaneType<a>>;
    set.look_up[r][a] = &look_up<LaneType<r>, LaneType<a>>;
    set.slice_unsigned[r][a] = &slice<false, LaneType<r>, LaneType<a>>;
}

template <size_t r>
constexpr void fill(KernelSet& set) {
    fill<r, 0>(set);
    fill<r, 1>(set);
    fill<r, 2>(set);
    set.any[r] = &any<LaneType<r>>;
    set.less[r] = &less<LaneType<r>>;
}

constexpr KernelSet make_kernels() {
    KernelSet set;
    fill<0>(set);
    fill<1>(set);
    fill<2>(set);
    return set;
}

constexpr KernelSet all_kernels = make_kernels();

}  // namespace
}  // namespace dal::circuit
