#include "dal/syntax/build.hpp"

#include <algorithm>

#include "dal/support/check.hpp"
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

    void declaration(Parser::DeclarationContext& context) {
        ast::Declaration result{kind(context), span_of(context)};
        if (diagnostics.empty())
            ast_.declarations.push_back(std::move(result));
        else
            ast_.broken.push_back(ast::declared_name(result));
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
    Span span_of(TerminalNode& node) const { return span_of(*node.getSymbol()); }
    std::string_view text_of(const Span& span) const { return text_.substr(span.begin, span.end - span.begin); }

    ast::Name name(TerminalNode* node) const {
        const Span span = span_of(*node);
        return {std::string(text_of(span)), span};
    }

    ast::DeclarationKind kind(Parser::DeclarationContext& context) {
        if (auto* use = context.useDeclaration()) return ast::Use{name(use->NAME())};
        if (auto* param = context.paramDeclaration())
            return ast::Param{name(param->NAME()), type(param->type()), expression(param->expression())};
        if (auto* input = context.inputDeclaration()) return ast::Input{name(input->NAME()), *type(input->type())};
        if (auto* let = context.letDeclaration()) return this->let(*let);
        if (auto* output = context.outputDeclaration())
            return ast::Output{name(output->NAME()), type(output->type()),
                               output->expression() ? expression(output->expression()) : ExprId::none};
        auto* fn = context.fnDeclaration();
        DAL_CHECK(fn != nullptr, "a declaration without alternative");
        ast::Fn result{name(fn->NAME()), {}, {}, ExprId::none};
        for (auto* parameter : fn->parameter())
            result.parameters.push_back({name(parameter->NAME()), type(parameter->type()),
                                         parameter->expression() ? expression(parameter->expression()) : ExprId::none});
        result.result = type(fn->type());
        result.body = expression(fn->expression());
        return result;
    }

    ast::Let let(Parser::LetDeclarationContext& context) {
        return {name(context.NAME()), type(context.type()), expression(context.expression())};
    }

    std::optional<ast::Type> type(Parser::TypeContext* context) {
        if (!context) return std::nullopt;
        ast::Type result{suffixes(atom(*context->atom()), context->suffix()), {}, span_of(*context)};
        if (auto* shape = context->shape()) {
            if (auto* array = shape->ARRAY()) {
                const Span span = span_of(*array);
                const std::string_view inner = text_of(span).substr(1);
                if (inner.find('[') != std::string_view::npos)
                    diagnostics.push_back(
                        error(Code::syntax_error, span, "a shape is a list of extents")
                            .with_help("write the extents of all axes in one pair of brackets: `real[16, 4]`"));
                for (auto& [value, place] : decode_extents(text_, span))
                    result.extents.push_back(ast_.add({ast::Number{std::move(value)}, place}));
            }
            for (auto* extent : shape->expression()) result.extents.push_back(expression(extent));
        }
        return result;
    }

    ExprId expression(Parser::ExpressionContext* context) {
        std::vector<Parser::ExpressionContext*> spine;
        while (context->operation) {
            spine.push_back(context);
            context = context->expression(0);
        }
        ExprId left = operand(*context->operand());
        for (; !spine.empty(); spine.pop_back()) {
            auto& parent = *spine.back();
            const ExprId right = expression(parent.expression(1));
            const Span span = Span::join(ast_[left].span, span_of(parent));
            if (parent.operation->getType() == Parser::PIPE) {
                check_pipe(right);
                left = ast_.add({ast::Pipe{left, right}, span});
            } else {
                left = ast_.add(
                    {ast::Binary{operation(*parent.operation), left, right, span_of(*parent.operation)}, span});
            }
        }
        return left;
    }

    void check_pipe(ExprId function) {
        const ast::ExprKind& kind = ast_[function].kind;
        if (std::holds_alternative<ast::Identifier>(kind) || std::holds_alternative<ast::Member>(kind) ||
            std::holds_alternative<ast::Call>(kind))
            return;
        diagnostics.push_back(error(Code::syntax_error, ast_[function].span, "the right side of `|>` is not a function")
                                  .with_rule("`a |> f` means `f(a)`, `a |> f(b)` means `f(a, b)`"));
    }

    static ast::BinaryOp operation(antlr4::Token& token) {
        switch (token.getType()) {
            case Parser::PLUS: return ast::BinaryOp::add;
            case Parser::MINUS: return ast::BinaryOp::sub;
            case Parser::TIMES: return ast::BinaryOp::mul;
            case Parser::DIVIDE: return ast::BinaryOp::div;
            case Parser::SHIFT_LEFT: return ast::BinaryOp::shift_left;
            case Parser::SHIFT_RIGHT: return ast::BinaryOp::shift_right;
            default: internal_error("operation", __FILE__, __LINE__, token.getText());
        }
    }

    ExprId operand(Parser::OperandContext& context) {
        ExprId result = suffixes(atom(*context.atom()), context.suffix());
        const auto signs = context.MINUS();
        for (auto sign = signs.rbegin(); sign != signs.rend(); ++sign)
            result = ast_.add({ast::Negate{result}, Span::join(span_of(**sign), ast_[result].span)});
        return result;
    }

    ExprId suffixes(ExprId object, const std::vector<Parser::SuffixContext*>& list) {
        for (auto* suffix : list) {
            const Span span = Span::join(ast_[object].span, span_of(*suffix));
            if (auto* member = suffix->NAME()) {
                object = ast_.add({ast::Member{object, name(member)}, span});
                continue;
            }
            ast::Call call{object, {}, span_of(*suffix)};
            for (auto* argument : suffix->argument()) {
                std::optional<ast::Name> label;
                if (argument->NAME()) label = name(argument->NAME());
                call.arguments.push_back({std::move(label), expression(argument->expression())});
            }
            object = ast_.add({std::move(call), span});
        }
        return object;
    }

    ExprId atom(Parser::AtomContext& context) {
        const Span span = span_of(context);
        if (context.OPEN()) {
            const ExprId inner = expression(context.expression(0));
            ast_.widen(inner, span);
            return inner;
        }
        if (context.block()) return block(*context.block());
        if (context.OPEN_SQUARE()) {
            diagnostics.push_back(error(Code::unsupported, span, "an array of expressions is not supported yet")
                                      .with_rule("an array literal holds numbers: `[1, 2.5, -3]`"));
            return ast_.add({ast::Number{}, span});
        }
        if (context.ARRAY()) {
            auto array = decode_array(text_, span);
            if (array) return ast_.add({std::move(*array), span});
            diagnostics.insert(diagnostics.end(), array.error().begin(), array.error().end());
            return ast_.add({ast::Number{}, span});
        }
        if (context.NUMBER()) {
            auto value = Rational::from_decimal(text_of(span));
            if (!value)
                diagnostics.push_back(error(Code::bad_literal, span, "number is out of range")
                                          .with_rule("numbers have at most 10000 digits and exponents up to 10000"));
            return ast_.add({ast::Number{value.value_or(Rational())}, span});
        }
        if (context.STRING()) return ast_.add({ast::String{string(span)}, span});
        return ast_.add({ast::Identifier{std::string(text_of(span))}, span});
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
                        error(Code::bad_literal, {span.file, at - 1, at + 1}, "unknown escape in a string")
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

Result<void> build_declaration(Parser::DeclarationContext& context, std::string_view text, Ast& ast) {
    Builder builder(text, ast);
    builder.declaration(context);
    if (builder.diagnostics.empty()) return {};
    return failure(std::move(builder.diagnostics));
}

}  // namespace dal
