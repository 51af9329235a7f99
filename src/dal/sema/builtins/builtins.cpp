#include "dal/sema/builtins/builtins.hpp"

#include <algorithm>
#include <unordered_map>

#include "dal/sema/builtins/builtin_docs.hpp"
#include "dal/sema/builtins/real_functions.hpp"

namespace dal::sema {
namespace {

struct Group {
    const char* name;
    const std::vector<Builtin>& functions;
};

const std::vector<Group>& groups() {
    static const std::vector<Group> list{
        {"formats", format_builtins()},
        {"arithmetic", arithmetic_builtins()},
        {"bits", bit_builtins()},
        {"reductions", reduction_builtins()},
        {"data movement", movement_builtins()},
        {"arrays and shapes", array_builtins()},
        {"real constants", real_builtins()},
        {"tables", table_builtins()},
    };
    return list;
}

/// A name that is no function.
struct Named {
    const char* group;
    std::string name;
    Value value;
    std::string doc;
};

Formats uniform(const Format& format) {
    return {{}, std::make_shared<const std::vector<Format>>(std::vector<Format>{format})};
}

const char* doc_of(Round round) {
    switch (round) {
        case Round::trn: return "rounds toward minus infinity (the default)";
        case Round::rnd: return "rounds to nearest, ties up";
        case Round::rnd_conv: return "rounds to nearest, ties to even";
        case Round::trn_zero: return "rounds toward zero";
        case Round::rnd_zero: return "rounds to nearest, ties toward zero";
        case Round::rnd_inf: return "rounds to nearest, ties away from zero";
        case Round::rnd_min_inf: return "rounds to nearest, ties down";
    }
    return "";
}

const char* doc_of(Overflow overflow) {
    switch (overflow) {
        case Overflow::wrap: return "overflow: modulo 2^width (the default)";
        case Overflow::sat: return "overflow: the nearest value of the format";
        case Overflow::sat_sym: return "overflow: the same, within a symmetric range";
        case Overflow::sat_zero: return "overflow: 0";
    }
    return "";
}

const char* doc_of(Place place) {
    switch (place) {
        case Place::weight: return "the format for weights of the innermost `with`";
        case Place::bias: return "the format for biases of the innermost `with`";
        case Place::data: return "the format for data of the innermost `with`; that of `quantize(x)`";
        case Place::table: return "the format for tables of the innermost `with`; that of a `table` without `->`";
    }
    return "";
}

const std::vector<Named>& named() {
    static const std::vector<Named> list = [] {
        std::vector<Named> result{
            {"formats", "bool", uniform({Kif(false, 1, 0)}), "fixed(0, 1, 0): 0 and 1"},
            {"formats", "ternary", uniform({Kif(true, 1, 0), Round::rnd_conv, Overflow::sat_sym}),
             "fixed(1, 1, 0, round: rnd_conv, overflow: sat_sym): -1, 0 and 1"},
            {"formats", "real", RealType{}, "the type of an input of any number, to be quantized before arithmetic"},
            {"formats", "_", AnyType{}, "any element type"},
            {"arithmetic", "true", Constant::scalar(1), "1"},
            {"arithmetic", "false", Constant::scalar(0), "0"},
            {"real constants", "pi", real_pi(), "3.14159…, exactly"},
            {"real constants", "e", real_e(), "2.71828…, exactly"},
        };
        for (int j = 0; j < place_count; ++j) {
            const auto place = static_cast<Place>(j);
            result.push_back({"formats", std::string(place_name(place)), place, doc_of(place)});
        }
        for (int j = 0; j < round_count; ++j) {
            const auto round = static_cast<Round>(j);
            result.push_back({"formats", std::string(to_string(round)), round, doc_of(round)});
        }
        for (int j = 0; j < overflow_count; ++j) {
            const auto overflow = static_cast<Overflow>(j);
            result.push_back({"formats", std::string(to_string(overflow)), overflow, doc_of(overflow)});
        }
        return result;
    }();
    return list;
}

const std::unordered_map<std::string, Value>& table() {
    static const std::unordered_map<std::string, Value> result = [] {
        std::unordered_map<std::string, Value> all;
        for (const Group& group : groups())
            for (const Builtin& function : group.functions) all.emplace(function.name, &function);
        for (const Named& name : named()) all.emplace(name.name, name.value);
        return all;
    }();
    return result;
}

}  // namespace

std::string Builtin::signature() const {
    std::string text;
    for (const Parameter& parameter : parameters) {
        text += (text.empty() ? "" : ", ") + parameter.name;
        switch (parameter.kind) {
            case Parameter::Kind::required: break;
            case Parameter::Kind::optional: text += parameter.shown.empty() ? "" : ": " + parameter.shown; break;
            case Parameter::Kind::rest: text += ", …"; break;
        }
    }
    return name + "(" + text + ")";
}

const Value* find_builtin(const std::string& name) {
    const auto found = table().find(name);
    return found == table().end() ? nullptr : &found->second;
}

const std::vector<std::string>& builtin_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> result;
        for (const auto& [name, value] : table()) result.push_back(name);
        std::sort(result.begin(), result.end());
        return result;
    }();
    return names;
}

}  // namespace dal::sema

namespace dal {

const std::vector<BuiltinDoc>& builtin_docs() {
    static const std::vector<BuiltinDoc> docs = [] {
        std::vector<BuiltinDoc> result;
        for (const sema::Group& group : sema::groups()) {
            for (const sema::Builtin& function : group.functions)
                result.push_back({group.name, function.name, function.signature(), function.doc});
            for (const sema::Named& name : sema::named())
                if (std::string_view(name.group) == group.name)
                    result.push_back({group.name, name.name, name.name, name.doc});
        }
        return result;
    }();
    return docs;
}

}  // namespace dal
