// The grammar of dal. docs/language.md describes it for people; src/dal/syntax turns it into an AST.
//
// The input stream has one symbol per byte (UTF-8 was checked before), so that offsets of tokens are byte
// offsets; bytes above 127 can only occur in strings and comments. ARRAY is recognized and decoded by hand
// (src/dal/syntax/scan.cpp): a balanced bracket with nothing but numbers, however large, is one token. So is white
// space (blanks, tabs and ends of lines), which may stand between any two tokens.
// The parser is given one declaration at a time; it stops at the first error in it.
grammar Dal;

tokens { ARRAY }

program : declaration* EOF ;

declaration
    : useDeclaration
    | paramDeclaration
    | inputDeclaration
    | letDeclaration
    | outputDeclaration
    | fnDeclaration
    | tableDeclaration
    | testDeclaration
    | withDeclaration
    ;

useDeclaration    : USE NAME ;
paramDeclaration  : PARAM NAME (COLON type)? ASSIGN expression ;
inputDeclaration  : INPUT NAME COLON type ;
letDeclaration    : LET NAME (COLON type)? ASSIGN expression ;
outputDeclaration : OUTPUT NAME ((COLON type)? ASSIGN expression)? ;
fnDeclaration     : FN NAME parameters (ARROW type)? ASSIGN expression ;
tableDeclaration  : TABLE NAME parameters (ARROW type)? ASSIGN expression ;
testDeclaration   : (TEST STRING | PROPERTY STRING parameters)
                    OPEN_CURLY statement (SEMICOLON statement)* SEMICOLON? CLOSE_CURLY ;
statement         : letDeclaration | EXPECT expression ;

// The head and the declarations in the braces are parsed each on its own, like those of a file.
withDeclaration   : withHead declaration* CLOSE_CURLY ;
withHead          : WITH place (COMMA place)* OPEN_CURLY ;
place             : placeName COLON expression ;
placeName         : NAME | TABLE ;

parameters : OPEN (parameter (COMMA parameter)*)? CLOSE ;
parameter  : NAME (COLON type)? (ASSIGN expression)? ;

// A type is an element type, which is an expression that is a format (or `real`, or `_`), and a shape: the last
// suffix, if that is an index.
type : (ANY | atom) suffix* ;

// Prefix forms extend as far as possible; as operands they stand in parentheses.
expression
    : IF expression THEN expression ELSE expression
    | FOLD NAME ASSIGN expression clauses ARM expression
    | chain
    ;

clauses : FOR clause (COMMA clause)* ;
clause  : NAME IN expression ;

// From tightest to loosest. Comparisons and ranges do not associate: the AST builder refuses `a < b < c`.
chain
    : chain operation=(TIMES | DIVIDE | MODULO | MATMUL) chain
    | chain operation=(PLUS | MINUS) chain
    | chain operation=(SHIFT_LEFT | SHIFT_RIGHT) chain
    | chain operation=BIT_AND chain
    | chain operation=BIT_XOR chain
    | chain operation=BIT_OR chain
    | chain operation=PIPE chain
    | chain operation=(EQUAL | NOT_EQUAL | LESS | LESS_EQUAL | GREATER | GREATER_EQUAL) chain
    | chain operation=RANGE chain
    | operand
    ;

operand  : sign* atom suffix* ;
sign     : MINUS | NOT | COMPLEMENT ;
suffix   : OPEN (argument (COMMA argument)*)? CLOSE | DOT NAME | index ;
argument : (placeName COLON)? expression ;

index     : ARRAY | OPEN_SQUARE subscript (COMMA subscript)* CLOSE_SQUARE ;
subscript : RANGE | ANY | first=expression slice? | slice ;
slice     : COLON last=expression? (COLON step=expression?)? ;

// The word `table` is also the name of a place: `quantize(x, table)`.
atom
    : NUMBER
    | STRING
    | NAME
    | TABLE
    | ARRAY
    | OPEN_SQUARE (clauses ARM expression | expression (COMMA expression)*)? CLOSE_SQUARE
    | OPEN expression CLOSE
    | block
    ;

block : OPEN_CURLY (letDeclaration SEMICOLON)* expression CLOSE_CURLY ;

USE      : 'use' ;
PARAM    : 'param' ;
INPUT    : 'input' ;
OUTPUT   : 'output' ;
LET      : 'let' ;
FN       : 'fn' ;
TABLE    : 'table' ;
TEST     : 'test' ;
PROPERTY : 'property' ;
WITH     : 'with' ;

EXPECT : 'expect' ;
FOR    : 'for' ;
IN     : 'in' ;
FOLD   : 'fold' ;
IF     : 'if' ;
THEN   : 'then' ;
ELSE   : 'else' ;

// Of later versions: taken out of the language now, so that no program breaks.
RESERVED : 'import' ;

ANY  : '_' ;
NAME : [a-zA-Z_] [a-zA-Z0-9_]* ;

// In `0..8` the number ends before the two dots, and they do not make it a bad one (src/dal/syntax/lex.cpp).
fragment DIGITS : [0-9] [0-9_]* ;
NUMBER     : DIGITS ('.' DIGITS)? ([eE] [+\-]? DIGITS)? ;
BAD_NUMBER : [0-9] [0-9a-zA-Z_.]* ;

STRING     : '"' (~["\\\r\n] | '\\' ~[\r\n])* '"' ;
BAD_STRING : '"' (~["\\\r\n] | '\\' ~[\r\n])* '\\'? ;

OPEN : '(' ;  OPEN_SQUARE : '[' ;   OPEN_CURLY : '{' ;
CLOSE : ')' ; CLOSE_SQUARE : ']' ;  CLOSE_CURLY : '}' ;

COMMA : ',' ; COLON : ':' ; SEMICOLON : ';' ; DOT : '.' ; ASSIGN : '=' ; ARROW : '->' ;
PLUS : '+' ; MINUS : '-' ; TIMES : '*' ; DIVIDE : '/' ;
MODULO : '%' ; MATMUL : '@' ; SHIFT_LEFT : '<<' ; SHIFT_RIGHT : '>>' ; PIPE : '|>' ;
BIT_AND : '&' ; BIT_OR : '|' ; BIT_XOR : '^' ; NOT : '!' ; COMPLEMENT : '~' ;
EQUAL : '==' ; NOT_EQUAL : '!=' ; LESS : '<' ; LESS_EQUAL : '<=' ; GREATER : '>' ; GREATER_EQUAL : '>=' ;
RANGE : '..' ; ARM : '=>' ;

COMMENT : '//' ~[\r\n]* -> channel(HIDDEN) ;
BAD     : . ;
