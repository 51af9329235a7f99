#include "dal/syntax/build.hpp"

#include <algorithm>

#include "dal/support/check.hpp"
#include "dal/support/codes/syntax_codes.hpp"
#include "dal/syntax/scan.hpp"

namespace dal {
namespace {

using Parser = generated::DalParser;
using antlr4::tree::TerminalNode;
using ast::ExprId;

/// Recursion follows brackets, whose depth is bounded; chains of operators are loops.
class Builder {
  public:
    Builder(std::string_view text, Ast& ast) : text_(text), ast_(ast) {}

    ast::Declaration declaration(Parser::DeclarationContext& context) {
        ast::Declaration result{kind(context), span_of(context)};
        if (const ast::Name* name = ast::declared_name(result); name && !diagnostics.empty())
            ast_.broken.push_back(*name);
        return result;
    }

    ast::Declaration with_head(Parser::WithHeadContext& context) {
        ast::With result;
        for (auto* place : context.place())
            result.places.push_back({name(*place->placeName()), expression(place->expression())});
        return {std::move(result), span_of(context)};
    }

    Diagnostics diagnostics;

  private:
    Span span_of(antlr4::Token& token) const {
        return {ast_.file, static_cast<uint32_t>(token.getStartIndex()),
                static_cast<uint32_t>(token.getStopIndex() + 1)};
    }
    Span span_of(antlr4::ParserRuleContext& context) const {
        return Span::join(span_of(*context.getStart()), span_of(*context.getStop()));
    }
    /// Tells alternatives apart: to ask for the children of each takes much longer.
    static size_t first_symbol(antlr4::ParserRuleContext& context) { return context.getStart()->getType(); }
    Span span_of(TerminalNode& node) const { return span_of(*node.getSymbol()); }
    std::string_view text_of(const Span& span) const { return text_.substr(span.begin, span.end - span.begin); }

    ast::Name name(TerminalNode* node) const {
        const Span span = span_of(*node);
        return {std::string(text_of(span)), span};
    }

    ast::Name name(Parser::PlaceNameContext& context) const {
        const Span span = span_of(context);
        return {std::string(text_of(span)), span};
    }

    ast::DeclarationKind kind(Parser::DeclarationContext& context) {
        if (auto* let = context.letDeclaration()) return this->let(*let);
        if (auto* use = context.useDeclaration()) return ast::Use{name(use->NAME())};
        if (auto* param = context.paramDeclaration())
            return ast::Param{name(param->NAME()), type(param->type()), expression(param->expression())};
        if (auto* input = context.inputDeclaration()) return ast::Input{name(input->NAME()), *type(input->type())};
        if (auto* output = context.outputDeclaration())
            return ast::Output{name(output->NAME()), type(output->type()),
                               output->expression() ? expression(output->expression()) : ExprId::none};
        if (auto* fn = context.fnDeclaration())
            return ast::Fn{name(fn->NAME()), parameters(fn->parameters()), type(fn->type()),
                           expression(fn->expression())};
        if (auto* table = context.tableDeclaration()) {
            ast::Table result{name(table->NAME()), parameters(table->parameters()), type(table->type()),
                              expression(table->expression())};
            check_typed(result.parameters, "table",
                        "the type of a parameter says which values the table has entries for");
            return result;
        }
        auto* test = context.testDeclaration();
        DAL_CHECK(test != nullptr, "a declaration without alternative");
        return this->test(*test);
    }

    ast::Test test(Parser::TestDeclarationContext& context) {
        ast::Test result;
        result.is_property = context.PROPERTY() != nullptr;
        result.name_span = span_of(*context.STRING());
        result.name = string(result.name_span);
        if (result.is_property) {
            result.parameters = parameters(context.parameters());
            check_typed(result.parameters, "property", "a property holds for all values of its parameters' types");
        }
        for (auto* statement : context.statement()) {
            if (auto* let = statement->letDeclaration())
                result.statements.emplace_back(this->let(*let));
            else
                result.statements.emplace_back(ast::Expect{expression(statement->expression()), span_of(*statement)});
        }
        return result;
    }

    ast::Let let(Parser::LetDeclarationContext& context) {
        return {name(context.NAME()), type(context.type()), expression(context.expression())};
    }

    std::vector<ast::Parameter> parameters(Parser::ParametersContext* context) {
        std::vector<ast::Parameter> result;
        for (auto* parameter : context->parameter())
            result.push_back({name(parameter->NAME()), type(parameter->type()),
                              parameter->expression() ? expression(parameter->expression()) : ExprId::none});
        return result;
    }

    void check_typed(const std::vector<ast::Parameter>& parameters, const std::string& what, const char* rule) {
        for (const ast::Parameter& parameter : parameters) {
            if (!parameter.type)
                diagnostics.push_back(
                    error(code::syntax_error, parameter.name.span,
                          "parameter `" + parameter.name.text + "` of a " + what + " has no type")
                        .with_rule(rule)
                        .with_help("write one after its name: `" + parameter.name.text + ": fixed(1, 3, 4)`"));
            else if (parameter.default_value != ExprId::none)
                diagnostics.push_back(
                    error(code::syntax_error, ast_[parameter.default_value].span,
                          "parameter `" + parameter.name.text + "` of a " + what + " has a default value")
                        .with_rule(rule));
        }
    }

    /// The last suffix is the shape if it is an index.
    std::optional<ast::Type> type(Parser::TypeContext* context) {
        if (!context) return std::nullopt;
        const ExprId first =
            context->atom() ? atom(*context->atom()) : ast_.add({ast::Identifier{"_"}, span_of(*context->ANY())});
        auto list = context->suffix();
        Parser::IndexContext* shape = list.empty() ? nullptr : list.back()->index();
        if (shape) list.pop_back();
        ast::Type result{suffixes(first, list), {}, span_of(*context)};
        if (!shape) return result;
        for (const ast::Subscript& part : subscripts(*shape)) {
            if (part.kind == ast::Subscript::Kind::at &&
                !std::holds_alternative<ast::ArrayLiteral>(ast_[part.first].kind)) {
                result.extents.push_back(part.first);
                continue;
            }
            diagnostics.push_back(
                error(code::syntax_error, part.span, "a shape is a list of extents")
                    .with_help("write the extents of all axes in one pair of brackets: `real[16, 4]`"));
        }
        return result;
    }

    ExprId expression(Parser::ExpressionContext* context) {
        if (auto* chain = context->chain()) return this->chain(chain);
        if (context->IF()) {
            const ExprId condition = expression(context->expression(0));
            const ExprId if_true = expression(context->expression(1));
            const ExprId if_false = expression(context->expression(2));
            return ast_.add({ast::If{condition, if_true, if_false}, span_of(*context)});
        }
        ast::Fold fold{name(context->NAME()), expression(context->expression(0)), clauses(*context->clauses()),
                       ExprId::none};
        fold.value = expression(context->expression(1));
        return ast_.add({std::move(fold), span_of(*context)});
    }

    std::vector<ast::Clause> clauses(Parser::ClausesContext& context) {
        std::vector<ast::Clause> result;
        for (auto* clause : context.clause())
            result.push_back({name(clause->NAME()), expression(clause->expression())});
        return result;
    }

    ExprId chain(Parser::ChainContext* context) {
        std::vector<Parser::ChainContext*> spine;
        while (context->operation) {
            spine.push_back(context);
            context = context->chain(0);
        }
        ExprId left = operand(*context->operand());
        ast::BinaryOp previous = ast::BinaryOp::add;
        bool chained = false;  // has been reported
        for (; !spine.empty(); spine.pop_back()) {
            auto& parent = *spine.back();
            const ExprId right = chain(parent.chain(1));
            const Span span = Span::join(ast_[left].span, span_of(parent));
            if (parent.operation->getType() == Parser::PIPE) {
                check_pipe(right);
                left = ast_.add({ast::Pipe{left, right}, span});
                previous = ast::BinaryOp::add;
                continue;
            }
            const ast::BinaryOp op = operation(*parent.operation);
            if (rank(op) != 0 && rank(previous) == rank(op) && !chained) {
                check_chained(previous, op, ast_[left], right, span);
                chained = true;
            }
            left = ast_.add({ast::Binary{op, left, right, span_of(*parent.operation)}, span});
            previous = op;
        }
        return left;
    }

    /// Operators of one rank other than 0 do not associate.
    static int rank(ast::BinaryOp op) {
        if (op == ast::BinaryOp::range) return 2;
        return op >= ast::BinaryOp::eq && op <= ast::BinaryOp::ge ? 1 : 0;
    }

    static bool is_bitwise(ast::BinaryOp op) {
        return op == ast::BinaryOp::bit_and || op == ast::BinaryOp::bit_or || op == ast::BinaryOp::bit_xor;
    }

    void check_chained(ast::BinaryOp first, ast::BinaryOp second, const ast::Expr& left, ExprId right,
                       const Span& span) {
        const auto quote = [](ast::BinaryOp op) { return "`" + std::string(to_string(op)) + "`"; };
        if (rank(second) == 2) {
            diagnostics.push_back(error(code::syntax_error, span, "a range of a range")
                                      .with_rule("`a..b` is the integers from a up to, not including, b"));
            return;
        }
        Diagnostic problem = error(code::syntax_error, span, quote(first) + " and " + quote(second) + " in one chain")
                                 .with_rule("comparisons do not associate: a comparison gives 0 or 1");
        const auto& chain = std::get<ast::Binary>(left.kind);
        const ast::Expr& middle = ast_[chain.right];
        const auto text = [&](ExprId id) { return std::string(text_of(ast_[id].span)); };
        const auto compared = [&](ExprId a, ast::BinaryOp op, ExprId b) {
            return "(" + text(a) + " " + std::string(to_string(op)) + " " + text(b) + ")";
        };
        std::string whole = compared(chain.left, first, chain.right) + " & " + compared(chain.right, second, right);
        // `a > 0 & a < 8` is a chain around `0 & a`, and was meant otherwise.
        const auto* joined = std::get_if<ast::Binary>(&middle.kind);
        if (joined && is_bitwise(joined->op) && middle.span.begin == ast_[joined->left].span.begin) {
            whole = compared(chain.left, first, joined->left) + " " + std::string(to_string(joined->op)) + " " +
                    compared(joined->right, second, right);
            problem.rules.push_back(quote(joined->op) + " binds tighter than comparisons");
        }
        constexpr size_t most = 80;
        if (whole.size() <= most && whole.find('\n') == std::string::npos)
            problem.help.push_back("write `" + whole + "`");
        diagnostics.push_back(std::move(problem));
    }

    void check_pipe(ExprId function) {
        const ast::ExprKind& kind = ast_[function].kind;
        if (std::holds_alternative<ast::Identifier>(kind) || std::holds_alternative<ast::Member>(kind) ||
            std::holds_alternative<ast::Call>(kind))
            return;
        diagnostics.push_back(error(code::syntax_error, ast_[function].span, "the right side of `|>` is not a function")
                                  .with_rule("`a |> f` means `f(a)`, `a |> f(b)` means `f(a, b)`"));
    }

    static ast::BinaryOp operation(antlr4::Token& token) {
        switch (token.getType()) {
            case Parser::PLUS: return ast::BinaryOp::add;
            case Parser::MINUS: return ast::BinaryOp::sub;
            case Parser::TIMES: return ast::BinaryOp::mul;
            case Parser::DIVIDE: return ast::BinaryOp::div;
            case Parser::MODULO: return ast::BinaryOp::mod;
            case Parser::MATMUL: return ast::BinaryOp::matmul;
            case Parser::SHIFT_LEFT: return ast::BinaryOp::shift_left;
            case Parser::SHIFT_RIGHT: return ast::BinaryOp::shift_right;
            case Parser::BIT_AND: return ast::BinaryOp::bit_and;
            case Parser::BIT_OR: return ast::BinaryOp::bit_or;
            case Parser::BIT_XOR: return ast::BinaryOp::bit_xor;
            case Parser::EQUAL: return ast::BinaryOp::eq;
            case Parser::NOT_EQUAL: return ast::BinaryOp::ne;
            case Parser::LESS: return ast::BinaryOp::lt;
            case Parser::LESS_EQUAL: return ast::BinaryOp::le;
            case Parser::GREATER: return ast::BinaryOp::gt;
            case Parser::GREATER_EQUAL: return ast::BinaryOp::ge;
            case Parser::RANGE: return ast::BinaryOp::range;
            default: internal_error("operation", __FILE__, __LINE__, token.getText());
        }
    }

    ExprId operand(Parser::OperandContext& context) {
        ExprId result = suffixes(atom(*context.atom()), context.suffix());
        const auto signs = context.sign();
        for (auto sign = signs.rbegin(); sign != signs.rend(); ++sign) {
            const Span span = span_of(**sign);
            const size_t symbol = first_symbol(**sign);
            const ast::UnaryOp op = symbol == Parser::MINUS ? ast::UnaryOp::negate
                                    : symbol == Parser::NOT ? ast::UnaryOp::logic_not
                                                            : ast::UnaryOp::complement;
            result = ast_.add({ast::Unary{op, result, span}, Span::join(span, ast_[result].span)});
        }
        return result;
    }

    ExprId suffixes(ExprId object, const std::vector<Parser::SuffixContext*>& list) {
        for (auto* suffix : list) {
            const Span own = span_of(*suffix);
            const Span span = Span::join(ast_[object].span, own);
            if (const size_t symbol = first_symbol(*suffix); symbol == Parser::DOT) {
                object = ast_.add({ast::Member{object, name(suffix->NAME())}, span});
            } else if (symbol != Parser::OPEN) {
                auto list_of = subscripts(*suffix->index());
                object = ast_.add({ast::Index{object, std::move(list_of), own}, span});
            } else {
                ast::Call call{object, {}, own};
                for (auto* argument : suffix->argument()) {
                    std::optional<ast::Name> label;
                    if (argument->placeName()) label = name(*argument->placeName());
                    call.arguments.push_back({std::move(label), expression(argument->expression())});
                }
                object = ast_.add({std::move(call), span});
            }
        }
        return object;
    }

    std::vector<ast::Subscript> subscripts(Parser::IndexContext& context) {
        using Kind = ast::Subscript::Kind;
        std::vector<ast::Subscript> result;
        const auto part = [&](Parser::ExpressionContext* e) { return e ? expression(e) : ExprId::none; };
        if (auto* token = context.ARRAY()) {
            for (const Span& item : array_items(text_, span_of(*token)))
                result.push_back({Kind::at, array_item(item), ExprId::none, ExprId::none, item});
        }
        for (auto* subscript : context.subscript()) {
            ast::Subscript one{Kind::at, ExprId::none, ExprId::none, ExprId::none, span_of(*subscript)};
            if (subscript->RANGE()) one.kind = Kind::all;
            if (subscript->ANY()) one.kind = Kind::new_axis;
            one.first = part(subscript->first);
            if (auto* slice = subscript->slice()) {
                one.kind = Kind::slice;
                one.last = part(slice->last);
                one.step = part(slice->step);
            }
            result.push_back(one);
        }
        return result;
    }

    ExprId array(const Span& span) {
        auto values = decode_array(text_, span);
        if (values) return ast_.add({std::move(*values), span});
        diagnostics.insert(diagnostics.end(), values.error().begin(), values.error().end());
        return ast_.add({ast::Number{}, span});
    }

    ExprId number(const Span& span) {
        auto value = decode_number(text_, span);
        if (!value)
            diagnostics.push_back(error(code::bad_literal, span, "number is out of range")
                                      .with_rule("numbers have at most 10000 digits and exponents up to 10000"));
        return ast_.add({ast::Number{value.value_or(Rational())}, span});
    }

    ExprId array_item(const Span& span) { return text_[span.begin] == '[' ? array(span) : number(span); }

    ExprId atom(Parser::AtomContext& context) {
        const Span span = span_of(context);
        switch (first_symbol(context)) {
            case Parser::OPEN: {
                const ExprId inner = expression(context.expression(0));
                ast_.widen(inner, span);
                return inner;
            }
            case Parser::OPEN_CURLY: return block(*context.block());
            case Parser::OPEN_SQUARE: return brackets(context, span);
            case Parser::ARRAY: return array(span);
            case Parser::NUMBER: return number(span);
            case Parser::STRING: return ast_.add({ast::String{string(span)}, span});
            default: return ast_.add({ast::Identifier{std::string(text_of(span))}, span});
        }
    }

    ExprId brackets(Parser::AtomContext& context, const Span& span) {
        if (auto* clauses = context.clauses()) {
            ast::Comprehension result{this->clauses(*clauses), ExprId::none};
            result.value = expression(context.expression(0));
            return ast_.add({std::move(result), span});
        }
        ast::List list;
        for (auto* item : context.expression()) list.items.push_back(expression(item));
        return ast_.add({std::move(list), span});
    }

    ExprId block(Parser::BlockContext& context) {
        ast::Block result{{}, ExprId::none};
        for (auto* declaration : context.letDeclaration()) result.lets.push_back(let(*declaration));
        result.result = expression(context.expression());
        return ast_.add({std::move(result), span_of(context)});
    }

    std::string string(const Span& span) {
        std::string result;
        for (uint32_t at = span.begin + 1; at + 1 < span.end; ++at) {
            if (text_[at] == '\\') {
                ++at;
                if (text_[at] != '"' && text_[at] != '\\')
                    diagnostics.push_back(
                        error(code::bad_literal, {span.file, at - 1, at + 1}, "unknown escape in a string")
                            .with_rule("the escapes are `\\\"` and `\\\\`"));
            }
            result += text_[at];
        }
        return result;
    }

    std::string_view text_;
    Ast& ast_;
};

}  // namespace

Result<ast::Declaration> build_declaration(Parser::DeclarationContext& context, std::string_view text, Ast& ast) {
    Builder builder(text, ast);
    auto result = builder.declaration(context);
    if (builder.diagnostics.empty()) return result;
    return failure(std::move(builder.diagnostics));
}

Result<ast::Declaration> build_with_head(Parser::WithHeadContext& context, std::string_view text, Ast& ast) {
    Builder builder(text, ast);
    auto result = builder.with_head(context);
    if (builder.diagnostics.empty()) return result;
    return failure(std::move(builder.diagnostics));
}

}  // namespace dal
