// The grammar of dal. docs/language.md describes it for people; src/dal/syntax turns it into an AST.
//
// The input stream has one symbol per byte (UTF-8 was checked before), so that offsets of tokens are byte
// offsets; bytes above 127 can only occur in strings and comments. ARRAY is recognized and decoded by hand
// (src/dal/syntax/scan.cpp): a balanced bracket with nothing but numbers, however large, is one token.
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
    ;

useDeclaration    : USE NAME ;
paramDeclaration  : PARAM NAME (COLON type)? ASSIGN expression ;
inputDeclaration  : INPUT NAME COLON type ;
letDeclaration    : LET NAME (COLON type)? ASSIGN expression ;
outputDeclaration : OUTPUT NAME ((COLON type)? ASSIGN expression)? ;
fnDeclaration     : FN NAME OPEN (parameter (COMMA parameter)*)? CLOSE (ARROW type)? ASSIGN expression ;
parameter         : NAME (COLON type)? (ASSIGN expression)? ;

// A type is an element type, which is an expression that is a format (or `real`, or `_`), and a shape.
type  : atom suffix* shape? ;
shape : ARRAY | OPEN_SQUARE expression (COMMA expression)* CLOSE_SQUARE ;

// From tightest to loosest.
expression
    : expression operation=(TIMES | DIVIDE) expression
    | expression operation=(PLUS | MINUS) expression
    | expression operation=(SHIFT_LEFT | SHIFT_RIGHT) expression
    | expression operation=PIPE expression
    | operand
    ;

operand  : MINUS* atom suffix* ;
suffix   : OPEN (argument (COMMA argument)*)? CLOSE | DOT NAME ;
argument : (NAME COLON)? expression ;

atom
    : NUMBER
    | STRING
    | NAME
    | ANY
    | ARRAY
    | OPEN_SQUARE expression (COMMA expression)* CLOSE_SQUARE
    | OPEN expression CLOSE
    | block
    ;

block : OPEN_CURLY (letDeclaration SEMICOLON)* expression CLOSE_CURLY ;

USE    : 'use' ;
PARAM  : 'param' ;
INPUT  : 'input' ;
OUTPUT : 'output' ;
LET    : 'let' ;
FN     : 'fn' ;

// Words and operators of later versions: they are taken out of the language now, so that no program breaks.
RESERVED_DECLARATION : 'with' | 'table' | 'test' | 'property' | 'import' ;
RESERVED_WORD        : 'expect' | 'for' | 'in' | 'fold' | 'if' | 'then' | 'else' ;
RESERVED_OPERATOR    : '==' | '!=' | '<' | '<=' | '>' | '>=' | '&' | '|' | '^' | '~' | '!' | '%' | '@' | '..' | '=>' | '?' ;

ANY  : '_' ;
NAME : [a-zA-Z_] [a-zA-Z0-9_]* ;

fragment DIGITS : [0-9] [0-9_]* ;
NUMBER     : DIGITS ('.' DIGITS)? ([eE] [+\-]? DIGITS)? ;
BAD_NUMBER : [0-9] [0-9a-zA-Z_.]* ;

STRING     : '"' (~["\\\r\n] | '\\' ~[\r\n])* '"' ;
BAD_STRING : '"' (~["\\\r\n] | '\\' ~[\r\n])* '\\'? ;

OPEN : '(' ;  OPEN_SQUARE : '[' ;   OPEN_CURLY : '{' ;
CLOSE : ')' ; CLOSE_SQUARE : ']' ;  CLOSE_CURLY : '}' ;

COMMA : ',' ; COLON : ':' ; SEMICOLON : ';' ; DOT : '.' ; ASSIGN : '=' ; ARROW : '->' ;
PLUS : '+' ; MINUS : '-' ; TIMES : '*' ; DIVIDE : '/' ;
SHIFT_LEFT : '<<' ; SHIFT_RIGHT : '>>' ; PIPE : '|>' ;

COMMENT : '//' ~[\r\n]* -> channel(HIDDEN) ;
SPACE   : [ \t\r\n]+ -> channel(HIDDEN) ;
BAD     : . ;
