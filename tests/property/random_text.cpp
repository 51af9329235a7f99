#include "random_text.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "dal/graph/shape.hpp"
#include "random.hpp"

namespace dal::property {
namespace {

class Writer {
  public:
    explicit Writer(uint64_t seed) : random_(seed) {}

    RandomText write() {
        const int64_t inputs = random_.between(1, 2);
        for (int64_t j = 0; j < inputs; ++j) input();
        const int64_t declarations = random_.between(2, 6);
        for (int64_t j = 0; j < declarations; ++j) declaration();
        const int64_t outputs = random_.between(1, 2);
        for (int64_t j = 0; j < outputs; ++j) {
            const std::string value = expression(shape(), 3);
            line("output y" + std::to_string(j) + " = " + value);
        }
        if (random_.chance(30)) line("output " + names_.back().name);
        return std::move(result_);
    }

  private:
    struct Name {
        std::string name;
        Shape shape;
    };
    struct Table {
        std::string name;
        std::vector<std::string> formats;  // of its parameters
    };

    // --- Pieces ---------------------------------------------------------------------------------

    int64_t below(int64_t count) { return random_.between(int64_t{0}, count - 1); }
    void line(const std::string& text) {
        if (random_.chance(10)) result_.text += "// a note\n";
        result_.text += text + (random_.chance(10) ? "  // and another\n" : random_.chance(20) ? "\n\n" : "\n");
    }
    std::string fresh(const char* stem) { return stem + std::to_string(count_++); }
    template <size_t N>
    std::string any(const std::array<const char*, N>& choices) {
        return choices[static_cast<size_t>(below(N))];
    }
    std::string comma() { return random_.chance(8) ? ",\n" : random_.chance(10) ? "," : ", "; }
    std::string list(const std::vector<std::string>& items) {
        std::string text;
        for (const std::string& item : items) text += (text.empty() ? "" : comma()) + item;
        return text;
    }
    static std::string extents(const Shape& of) {
        std::string text;
        for (const int64_t extent : of) text += (text.empty() ? "" : ", ") + std::to_string(extent);
        return "[" + text + "]";
    }
    Shape shape() {
        Shape result(static_cast<size_t>(below(3)));
        for (int64_t& extent : result) extent = random_.between(1, 4);
        return result;
    }
    std::string number() {
        const std::string text = std::to_string(below(8)) + any(std::array{"", "", "", ".5", ".25", "e0"});
        return random_.chance(30) ? "(-" + text + ")" : text;
    }
    std::string format() {
        const std::string modes =
            (random_.chance(50) ? ", round: " + any(std::array{"trn", "rnd", "rnd_conv", "trn_zero", "rnd_zero",
                                                               "rnd_inf", "rnd_min_inf"})
                                : "") +
            (random_.chance(60) ? ", overflow: " + any(std::array{"wrap", "sat", "sat_sym", "sat_zero"}) : "");
        const int64_t k = below(2);
        const int64_t i = random_.between(1, 4);
        const int64_t f = below(3);
        switch (below(6)) {
            case 0: return "int(" + std::to_string(i + 1) + modes + ")";
            case 1: return "uint(" + std::to_string(i) + modes + ")";
            case 2:
                return "kbi(" + std::to_string(k) + ", " + std::to_string(i + f) + ", " + std::to_string(i) + modes +
                       ")";
            default:
                return "fixed(" + std::to_string(k) + ", " + std::to_string(i) + ", " + std::to_string(f) + modes + ")";
        }
    }
    /// A format that is not rounded to, so that nothing is said about modes: of a port or the parameter of a table.
    std::string plain_format() {
        const int64_t k = below(2);
        const int64_t i = random_.between(1, 2);
        return "fixed(" + std::to_string(k) + ", " + std::to_string(i) + ", " + std::to_string(below(2)) + ")";
    }
    std::string quantized(const std::string& x) {
        if (has_data_ && random_.chance(30))
            return random_.chance(50) ? "quantize(" + x + ")" : "quantize(" + x + ", data)";
        return "quantize(" + x + comma() + format() + ")";
    }

    // --- Declarations ---------------------------------------------------------------------------

    void input() {
        const Shape of = shape();
        const std::string name = fresh("x");
        const bool real = random_.chance(50);
        const std::string declaration =
            "input " + name + ": " + (real ? "real" : plain_format()) + (of.empty() ? "" : extents(of));
        result_.inputs.push_back({name, declaration});
        result_.text += declaration + "\n";
        if (real) {
            const std::string h = fresh("h");
            line("let " + h + " = " + quantized(name));
            names_.push_back({h, of});
        } else {
            names_.push_back({name, of});
        }
    }

    void let() {
        const Shape of = shape();
        const std::string value = quantized(expression(of, 3));
        const std::string name = fresh("v");
        line("let " + name + (random_.chance(20) ? ": _" + (of.empty() ? "" : extents(of)) : "") + " = " + value);
        names_.push_back({name, of});
    }

    void declaration() {
        switch (below(7)) {
            case 0: return function();
            case 1: return table();
            case 2: {
                if (has_data_) return let();
                line("with data: " + format() + (random_.chance(30) ? ", weight: " + format() : "") + " {");
                has_data_ = true;
                const int64_t count = random_.between(1, 2);
                for (int64_t j = 0; j < count; ++j) let();
                has_data_ = false;
                return line("}");
            }
            default: return let();
        }
    }

    /// A function of two tensors that broadcast, whose result has their common shape.
    void function() {
        const std::string name = fresh("f");
        const std::string body = elementwise(3);
        const std::string steps = "{ let t = a - b; let u = max(t, " + body + "); t * 0 + u }";
        line("fn " + name + "(a, b" + (random_.chance(50) ? ", n = 1" : ", n: _ = 2") +
             ") = " + (random_.chance(50) ? steps : "a - b * n + (" + body + ")"));
        functions_.push_back(name);
    }

    /// Of parameters whose shapes nobody knows.
    std::string elementwise(int depth) {
        if (depth == 0 || random_.chance(20)) return random_.chance(20) ? number() : any(std::array{"a", "b"});
        const std::string x = "(" + elementwise(depth - 1) + ")";
        if (random_.chance(30)) return any(std::array{"-", "!", "~", "relu", "abs", "sign"}) + x;
        if (random_.chance(20)) return "if " + x + " > 0 then a else b";
        const std::string y = "(" + elementwise(depth - 1) + ")";
        if (random_.chance(20)) return "max(" + x + ", " + y + ")";
        return x + any(std::array{" + ", " - ", " * ", " & ", " <= "}) + y;
    }

    void table() {
        Table made{fresh("t"), {}};
        const int64_t count = random_.between(1, 2);
        std::string parameters;
        for (int64_t j = 0; j < count; ++j) {
            made.formats.push_back(plain_format());
            parameters += (j == 0 ? "p: " : ", q: ") + made.formats.back();
        }
        const std::string q = count == 2 ? "q" : "1";
        const std::string body =
            any(std::array{"exp(p / 2) - ", "p * p + ", "sigmoid(p) * ", "tanh(p) + ", "abs(p) % 3 - ",
                           "if p > 1 then 2 else ", "max(p, 0.5) / 3 - ", "sin(pi * p) + "}) +
            q;
        line("table " + made.name + "(" + parameters + ") -> " + format() + " = " + body);
        tables_.push_back(made);
    }

    // --- Expressions ----------------------------------------------------------------------------

    std::string literal(const Shape& of) {
        if (of.empty()) return number();
        std::vector<std::string> items;
        for (int64_t j = 0; j < of.front(); ++j) items.push_back(literal({of.begin() + 1, of.end()}));
        return "[" + list(items) + "]";
    }

    /// A value of this shape without operations, or a name moved into the shape.
    std::string leaf(const Shape& of) {
        if (of.empty() && random_.chance(70)) {  // an empty shape cannot be written
            const Name& name = random_.of(std::span<const Name>(names_));
            if (name.shape.empty()) return name.name;
            return random_.chance(50) ? "flatten(" + name.name + ")[-1]"
                                      : name.name + "[" + positions(name.shape) + "]";
        }
        if (of.empty()) return number();
        std::vector<Name> fitting;
        for (const Name& name : names_)
            if (broadcast(name.shape, of) == std::optional(of)) fitting.push_back(name);
        if (!fitting.empty() && random_.chance(85)) {
            const Name& name = random_.of(std::span<const Name>(fitting));
            return name.shape == of ? name.name : "broadcast_to(" + name.name + ", " + extents(of) + ")";
        }
        for (const Name& name : names_)
            if (element_count(name.shape) == element_count(of) && random_.chance(60))
                return "reshape(" + name.name + ", " + extents(of) + ")";
        return random_.chance(50) ? literal(of) : "full(" + extents(of) + ", " + number() + ")";
    }

    std::string positions(const Shape& of) {
        std::vector<std::string> parts;
        for (const int64_t extent : of) parts.push_back(std::to_string(random_.between(-extent, extent - 1)));
        return list(parts);
    }

    /// A shape that broadcasts to `of`.
    Shape partner(Shape of) {
        if (random_.chance(70)) return of;
        if (!of.empty() && random_.chance(40)) of.erase(of.begin());
        for (int64_t& extent : of)
            if (random_.chance(30)) extent = 1;
        return of;
    }
    static Shape with_axis(Shape of, int64_t axis, int64_t extent) {
        of.insert(of.begin() + axis, extent);
        return of;
    }
    std::string group(const Shape& of, int depth) { return "(" + expression(of, depth) + ")"; }

    std::string expression(const Shape& of, int depth) {
        if (depth == 0 || random_.chance(12)) return leaf(of);
        const int next = depth - 1;
        switch (below(of.empty() ? 8 : 11)) {
            case 0: return arithmetic(of, next);
            case 1: return arithmetic(of, next);
            case 2: return unary(of, next);
            case 3: return choice(of, next);
            case 4: return reduction(of, next);
            case 5: return contraction(of, next);
            case 6: return call(of, next);
            case 7: return steps(of, next);
            case 8: return loop(of, next);
            case 9: return stacked(of, next);
            default: return moved(of, next);
        }
    }

    std::string arithmetic(const Shape& of, int next) {
        const std::string a = group(of, next);
        const std::string b = group(partner(of), next);
        const bool swapped = random_.chance(50);
        const std::string& left = swapped ? b : a;
        const std::string& right = swapped ? a : b;
        if (random_.chance(25)) return any(std::array{"min", "max"}) + "(" + left + comma() + right + ")";
        const std::string gap = random_.chance(10) ? "\n" : " ";
        return left + gap + any(std::array{"+", "-", "*", "&", "|", "^", "==", "!=", "<", "<=", ">", ">="}) + gap +
               right;
    }

    std::string unary(const Shape& of, int next) {
        const std::string x = expression(of, next);
        switch (below(9)) {
            case 0: return any(std::array{"-", "!", "~"}) + "(" + x + ")";
            case 1: return any(std::array{"abs", "relu", "sign", "is_negative"}) + "(" + x + ")";
            case 2: return "(" + x + ") |> " + any(std::array{"relu", "abs"});
            case 3: return "(" + x + any(std::array{") << ", ") >> "}) + std::to_string(below(3));
            case 4: return "clip(" + x + ", " + std::to_string(-below(3)) + ", " + std::to_string(1 + below(3)) + ")";
            case 5: return "bits(" + x + ", " + std::to_string(below(3)) + ", " + std::to_string(1 + below(2)) + ")";
            case 6: return "from_bits(to_bits(" + x + ", 3))";
            case 7: return "thresholds(" + x + ", [-1, 0.5, 2]" + (random_.chance(50) ? ", base: -1, step: 2)" : ")");
            default: return quantized(x);
        }
    }

    std::string choice(const Shape& of, int next) {
        const std::string a = expression(of, next);
        const std::string b = expression(of, next);
        if (random_.chance(40))
            return "(if " + number() + any(std::array{" < 2", " == 0", " > -1"}) + " then " + a + " else " + b + ")";
        const std::string condition = expression(partner(of), next);
        if (random_.chance(30)) return "select(" + list({condition, a, b}) + ")";
        return "(if (" + condition + ") > 0 then " + a + " else " + b + ")";
    }

    std::string reduction(const Shape& of, int next) {
        const int64_t axis = below(static_cast<int64_t>(of.size()) + 1);
        const Shape from = with_axis(of, axis, random_.between(1, 4));
        const int64_t named = random_.chance(50) ? axis : axis - static_cast<int64_t>(from.size());
        return any(std::array{"sum", "max", "min", "any", "all", "argmax", "argmin"}) + "(" + expression(from, next) +
               comma() + "axis: " + std::to_string(named) + ")";
    }

    std::string contraction(const Shape& of, int next) {
        const std::string letters = std::string("abcdefgh").substr(0, of.size());
        const int64_t k = random_.between(1, 3);
        const auto outer = static_cast<int64_t>(of.size());
        if (of.size() == 2 && random_.chance(50)) return group({of[0], k}, next) + " @ " + group({k, of[1]}, next);
        const std::string left = expression(with_axis(of, outer, k), next);
        if (random_.chance(50))
            return "einsum(\"" + letters + "k,k->" + letters + "\"" + comma() + left + comma() + expression({k}, next) +
                   ")";
        return "einsum(\"" + letters + "k," + letters + "k,k->" + letters + "\"" + comma() + left + comma() +
               leaf(with_axis(of, outer, k)) + comma() + literal({k}) + ")";
    }

    std::string call(const Shape& of, int next) {
        if (!functions_.empty() && random_.chance(50)) {
            const std::string name = random_.of(std::span<const std::string>(functions_));
            const std::string a = expression(of, next);
            const std::string b = expression(partner(of), next);
            if (random_.chance(30)) return "(" + a + ") |> " + name + "(b: " + b + ")";
            return name + "(" + list({a, b}) + (random_.chance(30) ? ", n: " + number() : "") + ")";
        }
        if (!tables_.empty() && random_.chance(70)) {
            const Table table = random_.of(std::span<const Table>(tables_));
            std::vector<std::string> arguments;
            for (const std::string& its : table.formats) {
                const Shape shape = arguments.empty() ? of : partner(of);
                arguments.push_back("quantize(" + expression(shape, next) + ", " + its + ")");
            }
            return table.name + "(" + list(arguments) + ")";
        }
        const bool per_element = !of.empty() && random_.chance(40);
        const std::string entries = literal(per_element ? Shape{of.back(), 4} : Shape{4});
        return "lookup(quantize(" + expression(of, next) + ", uint(2)), " + entries + ", uint(2)" +
               (random_.chance(20) ? ", care: [1, 0, 1, 1])" : ")");
    }

    /// A block or a fold.
    std::string steps(const Shape& of, int next) {
        const size_t before = names_.size();
        std::string text;
        if (random_.chance(50)) {
            const std::string name = fresh("s");
            text = "{ let " + name + " = " + expression(of, next) + ";";
            names_.push_back({name, of});
            text += (random_.chance(30) ? "\n" : " ") + expression(of, next) + " }";
        } else {
            const std::string accumulator = fresh("acc");
            const std::string start = expression(of, next);
            const std::string item = fresh("i");
            names_.push_back({item, {}});
            const std::string body = expression(of, next);
            const std::string update = any(std::array{"max(", "min(", "-(", "("});
            const bool sum = update == "-(" || update == "(";
            text = "(fold " + accumulator + " = " + start + " for " + item + " in " + std::to_string(below(2)) +
                   "..3 => " + update + accumulator + (sum ? " + " : ", ") + body + "))";
        }
        names_.resize(before);
        return text;
    }

    std::string loop(const Shape& of, int next) {
        const size_t before = names_.size();
        const Shape rest(of.begin() + 1, of.end());
        const std::string item = fresh("i");
        std::string over = "0.." + std::to_string(of.front());
        Shape item_shape;
        std::vector<Name> walked;
        for (const Name& name : names_)
            if (!name.shape.empty() && name.shape.front() == of.front()) walked.push_back(name);
        if (!walked.empty() && random_.chance(60)) {
            const Name& name = random_.of(std::span<const Name>(walked));
            over = name.name;
            item_shape.assign(name.shape.begin() + 1, name.shape.end());
        }
        names_.push_back({item, item_shape});
        const std::string body = expression(rest, next);
        names_.resize(before);
        return "[for " + item + " in " + over + " => " + body + "]";
    }

    std::string stacked(const Shape& of, int next) {
        const Shape rest(of.begin() + 1, of.end());
        std::vector<std::string> items;
        for (int64_t j = 0; j < of.front(); ++j) items.push_back(expression(rest, j == 0 ? next : 0));
        return items.size() == 1 || random_.chance(70) ? "[" + list(items) + "]" : "stack(" + list(items) + ")";
    }

    std::string moved(const Shape& of, int next) {
        const auto rank = static_cast<int64_t>(of.size());
        const int64_t axis = below(rank);
        const std::string axis_text = std::to_string(random_.chance(50) ? axis : axis - rank);
        const int64_t extent = of[static_cast<size_t>(axis)];
        Shape from = of;
        int64_t& changed = from[static_cast<size_t>(axis)];
        switch (below(10)) {
            case 0:
                return any(std::array{"sort(", "cumsum(", "flip("}) + expression(of, next) + ", axis: " + axis_text +
                       ")";
            case 1: return "sort(" + expression(of, next) + ", axis: " + axis_text + ", descending: true)";
            case 2: return group(with_axis(of, rank, 2), next) + "[.., " + any(std::array{"0", "-1", "1"}) + "]";
            case 3: {
                const int64_t first = below(2);
                from.front() += first + below(2);
                return group(from, next) + (random_.chance(50) ? "" : "") + "[" +
                       std::to_string(from.front() - of.front()) + ":]";
            }
            case 4: from.front() = 2 * of.front() - below(2); return group(from, next) + "[::2]";
            case 5: return group(of, next) + "[::-1]";
            case 6: {
                std::reverse(from.begin(), from.end());
                return "transpose(" + expression(from, next) + ")";
            }
            case 7: {
                if (extent == 1) return "repeat(" + expression(of, next) + ", 1, axis: " + axis_text + ")";
                changed = extent - 1;
                const std::string most = expression(from, next);
                changed = 1;
                return "concat(" + list({most, leaf(from)}) + ", axis: " + axis_text + ")";
            }
            case 8: {
                if (extent == 1 || rank > 1) return "flip(" + expression(of, next) + ")";
                return "pad(" + expression({extent - 1}, next) + ", 1, 0, value: " + number() + ")";
            }
            default: {
                // Sums over windows: an axis that is longer by the window.
                from.front() += 1;
                return "sum(windows(" + expression(from, next) + ", 2), axis: -1)";
            }
        }
    }

    Random random_;
    RandomText result_;
    std::vector<Name> names_;
    std::vector<std::string> functions_;
    std::vector<Table> tables_;
    bool has_data_ = false;
    int count_ = 0;
};

}  // namespace

RandomText random_text(uint64_t seed) { return Writer(seed).write(); }

}  // namespace dal::property
