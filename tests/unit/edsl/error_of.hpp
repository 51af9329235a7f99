// Misuse in tests: what an expression throws.
#pragma once

#include <doctest/doctest.h>

#include <dal/dal.hpp>
#include <string>

/// The error of `action`; fails the test if there is none.
template <class Action>
dal::Error error_of(Action&& action) {
    try {
        action();
    } catch (const dal::Error& error) {
        return error;
    }
    FAIL("nothing was thrown");
    throw;
}

/// The text of the line that the first place of an error shows.
inline bool shows(const dal::Error& error, const std::string& text) {
    const bool found = std::string(error.what()).find(text) != std::string::npos;
    if (!found) MESSAGE("shown: " << std::string(error.what()));
    return found;
}
