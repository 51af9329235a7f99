// Owners of MPFR's and GMP's numbers. Internal to real_enclosure.cpp: no other file sees these libraries.
#pragma once

#include <gmp.h>
#include <mpfr.h>

#include <utility>
#include <vector>

#include "dal/support/int.hpp"

namespace dal::real {

/// A floating-point number of some precision.
class Float {
  public:
    explicit Float(int bits) { mpfr_init2(value_, bits); }
    Float(const Float& other) {
        mpfr_init2(value_, mpfr_get_prec(other.value_));
        mpfr_set(value_, other.value_, MPFR_RNDN);
    }
    Float(Float&& other) noexcept {
        value_[0] = other.value_[0];
        other.value_->_mpfr_d = nullptr;
    }
    Float& operator=(Float other) noexcept {
        std::swap(value_[0], other.value_[0]);
        return *this;
    }
    ~Float() {
        if (value_->_mpfr_d) mpfr_clear(value_);
    }
    operator mpfr_ptr() { return value_; }           // NOLINT(google-explicit-constructor)
    operator mpfr_srcptr() const { return value_; }  // NOLINT(google-explicit-constructor)

  private:
    mpfr_t value_;
};

class Integer {
  public:
    explicit Integer(const Int& value) {
        mpz_init(value_);
        const Int magnitude = abs(value);
        std::vector<uint64_t> words(static_cast<size_t>(magnitude.bit_length() / 64 + 1));
        magnitude.to_words(words.data(), words.size());
        mpz_import(value_, words.size(), -1, sizeof(uint64_t), 0, 0, words.data());
        if (value.is_negative()) mpz_neg(value_, value_);
    }
    Integer() { mpz_init(value_); }
    Integer(const Integer&) = delete;
    Integer& operator=(const Integer&) = delete;
    ~Integer() { mpz_clear(value_); }
    operator mpz_ptr() { return value_; }  // NOLINT(google-explicit-constructor)

    [[nodiscard]] Int value() const {
        std::vector<uint64_t> words(mpz_sizeinbase(value_, 2) / 64 + 1);
        mpz_export(words.data(), nullptr, -1, sizeof(uint64_t), 0, 0, value_);
        const Int magnitude = Int::from_words(words.data(), words.size());
        return mpz_sgn(value_) < 0 ? -magnitude : magnitude;
    }

  private:
    mpz_t value_;
};

}  // namespace dal::real
