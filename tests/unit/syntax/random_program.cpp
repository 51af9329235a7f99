#include "unit/syntax/random_program.hpp"

#include <cctype>

namespace dal::test {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Whether two tokens would be read as something else without a space.
bool would_merge(const std::string& left, const std::string& right) {
    if (is_word(left.back()) && is_word(right.front())) return true;
    const std::string operators = "=<>|&.-!/*";
    if (std::isdigit(static_cast<unsigned char>(left.back())) != 0 && right.front() == '.') return right != "..";
    return operators.find(left.back()) != std::string::npos && operators.find(right.front()) != std::string::npos;
}

}  // namespace

std::string RandomProgram::text() {
    tokens_.clear();
    comment_rate_ = one_in(4) ? 0 : 2 + below(30);
    for (size_t count = 1 + below(5); count > 0; --count) declaration(2);
    std::string result;
    for (size_t at = 0; at < tokens_.size(); ++at) {
        std::string gap = between();
        if (gap.empty() && at > 0 && would_merge(tokens_[at - 1], tokens_[at])) gap = " ";
        if (gap.starts_with('/') && at > 0 && tokens_[at - 1] == "/") gap = " " + gap;
        result += gap + tokens_[at];
    }
    return result + between();
}

std::string RandomProgram::between() {
    std::string result;
    const auto white = [&] {
        const char* const choices[] = {"", "", " ", " ", " ", "  ", "\n", "\n\n", "\n \n\n", "\t", "\r\n"};
        return choices[below(std::size(choices))];
    };
    result += white();
    while (comment_rate_ != 0 && one_in(comment_rate_)) {
        result += "//" + std::string(one_in(3) ? "/ " : " ") + "c" + std::to_string(++comments_) +
                  (one_in(4) ? " [1, \"x { ( " : "") + (one_in(4) ? "  \t" : "") + (one_in(8) ? "\r\n" : "\n") +
                  white();
    }
    return result;
}

void RandomProgram::name() {
    put_any({"x", "y", "weights", "a_rather_long_name_of_a_tensor", "h1", "acc", "another_name", "f", "layer", "nn"});
}

void RandomProgram::number() { put_any({"0", "1", "12", "0.5", "1_000", "2.5e-3", "123456789", "3E+2", "7"}); }

void RandomProgram::array() {
    const size_t rank = 1 + below(3);
    const size_t extents[] = {1 + below(4), 1 + below(5), 1 + below(one_in(5) ? 60 : 6)};
    const auto row = [&](auto&& self, size_t axis) -> void {
        put("[");
        for (size_t j = 0; j < extents[axis]; ++j) {
            if (j > 0) put(",");
            if (axis < 2) {
                self(self, axis + 1);
            } else {
                if (one_in(3)) put("-");
                number();
            }
        }
        put("]");
    };
    row(row, 3 - rank);
}

void RandomProgram::declaration(size_t depth) {
    switch (below(depth > 0 ? 9 : 8)) {
        case 0:
            put("use");
            name();
            break;
        case 1:
            put("param");
            name();
            put("=");
            expression(2);
            break;
        case 2:
            put("input");
            name();
            put(":");
            type(1);
            break;
        case 3: let(3); break;
        case 4:
            put("output");
            name();
            if (one_in(3)) break;
            put("=");
            expression(3);
            break;
        case 5:
            put("fn");
            name();
            parameters(false);
            if (one_in(2)) {
                put("->");
                type(1);
            }
            put("=");
            expression(3);
            break;
        case 6:
            put("table");
            name();
            parameters(true);
            if (one_in(2)) {
                put("->");
                type(1);
            }
            put("=");
            expression(2);
            break;
        case 7: {
            const bool property = one_in(2);
            put(property ? "property" : "test");
            put("\"a \\\"name\\\"\"");
            if (property) parameters(true);
            put("{");
            repeat(3, ";", [&] {
                if (one_in(2)) return let(2);
                put("expect");
                expression(2);
            });
            if (one_in(2)) put(";");
            put("}");
            break;
        }
        default:
            put("with");
            repeat(3, ",", [&] {
                put_any({"weight", "bias", "data", "table"});
                put(":");
                expression(1);
            });
            put("{");
            for (size_t count = below(4); count > 0; --count) declaration(depth - 1);
            put("}");
            break;
    }
}

void RandomProgram::let(size_t depth) {
    put("let");
    name();
    if (one_in(4)) {
        put(":");
        type(1);
    }
    put("=");
    expression(depth);
}

void RandomProgram::type(size_t depth) {
    if (one_in(4)) {
        put("_");
    } else {
        put_any({"fixed", "int", "real"});
        if (one_in(2)) arguments(depth);
    }
    if (one_in(2)) return;
    put("[");
    repeat(3, ",", [&] { one_in(2) ? number() : name(); });
    put("]");
}

void RandomProgram::parameters(bool typed) {
    put("(");
    if (!one_in(5))
        repeat(5, ",", [&] {
            name();
            if (typed || one_in(2)) {
                put(":");
                type(1);
            }
            if (!typed && one_in(3)) {
                put("=");
                expression(1);
            }
        });
    put(")");
}

void RandomProgram::expression(size_t depth) {
    if (depth > 0 && one_in(10)) {
        put("if");
        expression(depth - 1);
        put("then");
        expression(depth - 1);
        put("else");
        expression(depth - 1);
    } else if (depth > 0 && one_in(12)) {
        put("fold");
        name();
        put("=");
        expression(depth - 1);
        clauses(depth - 1);
        put("=>");
        expression(depth - 1);
    } else {
        chain(depth);
    }
}

void RandomProgram::clauses(size_t depth) {
    put("for");
    repeat(3, ",", [&] {
        name();
        put("in");
        expression(depth > 0 ? depth - 1 : 0);
    });
}

void RandomProgram::chain(size_t depth) {
    const size_t inner = depth > 0 ? depth - 1 : 0;
    piped(depth);
    if (one_in(5)) {
        put_any({"==", "!=", "<", "<=", ">", ">="});
        piped(inner);
    }
    if (one_in(8)) {
        put("..");
        piped(0);
    }
}

void RandomProgram::piped(size_t depth) {
    operand(depth);
    for (size_t count = one_in(2) ? 0 : below(one_in(6) ? 12 : 3); count > 0; --count) {
        put_any({"+", "-", "*", "/", "%", "@", "<<", ">>", "&", "|", "^"});
        operand(depth > 0 && one_in(2) ? depth - 1 : 0);
    }
    for (size_t count = one_in(2) ? 0 : below(5); count > 0; --count) {
        put("|>");
        name();
        if (depth > 0 && one_in(2)) arguments(depth - 1);
    }
}

void RandomProgram::operand(size_t depth) {
    while (one_in(6)) put_any({"-", "!", "~"});
    const size_t inner = depth > 0 ? depth - 1 : 0;
    switch (below(depth > 0 ? 10 : 4)) {
        case 0:
        case 1: name(); break;
        case 2: number(); break;
        case 3:
            if (one_in(2)) return array();
            put_any({"\"i,io->o\"", "\"// \xC3\xA9 \\\\\""});
            return;
        case 4:
            put("(");
            expression(inner);
            put(")");
            break;
        case 5:
            put("[");
            repeat(4, ",", [&] { expression(inner); });
            put("]");
            break;
        case 6:
            put("[");
            clauses(inner);
            put("=>");
            expression(inner);
            put("]");
            break;
        case 7:
            put("{");
            for (size_t count = below(3); count > 0; --count) {
                let(inner);
                put(";");
            }
            expression(inner);
            put("}");
            break;
        default: name(); break;
    }
    while (one_in(3)) {
        switch (below(depth > 0 ? 3 : 1)) {
            case 0:
                put(".");
                name();
                break;
            case 1: arguments(inner); break;
            default: index(inner); break;
        }
    }
}

void RandomProgram::arguments(size_t depth) {
    put("(");
    if (!one_in(6))
        repeat(one_in(6) ? 14 : 4, ",", [&] {
            if (one_in(4)) {
                put_any({"axis", "table", "round"});
                put(":");
            }
            expression(depth > 0 ? depth - 1 : 0);
        });
    put(")");
}

void RandomProgram::index(size_t depth) {
    const size_t inner = depth > 0 ? depth - 1 : 0;
    put("[");
    repeat(3, ",", [&] {
        switch (below(6)) {
            case 0: put(".."); break;
            case 1: put("_"); break;
            case 2: expression(inner); break;
            case 3: number(); break;
            default:
                if (one_in(2)) expression(inner);
                put(":");
                if (one_in(2)) expression(inner);
                if (one_in(2)) break;
                put(":");
                if (one_in(2)) expression(inner);
                break;
        }
    });
    put("]");
}

}  // namespace dal::test
