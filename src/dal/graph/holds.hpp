// The meaning of the relations of comparisons, for every kind of number that an engine computes with.
#pragma once

#include "dal/graph/graph.hpp"
#include "dal/support/check.hpp"

namespace dal {

template <class Number>
bool holds(Relation relation, const Number& a, const Number& b) {
    switch (relation) {
        case Relation::eq: return a == b;
        case Relation::ne: return a != b;
        case Relation::lt: return a < b;
        case Relation::le: return a <= b;
    }
    internal_error("relation", __FILE__, __LINE__, "no such relation");
}

}  // namespace dal
