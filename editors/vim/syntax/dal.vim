" Vim syntax file for dal
if exists("b:current_syntax")
  finish
endif

syntax match dalOperator "[-+*/%@&|^!~=<>]"
syntax match dalOperator "\.\."
syntax match dalName "\<\h\w*\>"
syntax match dalMember "\.\@1<!\.\s*\h\w*"hs=s+1
syntax match dalBadNumber "\<\d\w*"
syntax match dalNumber "\<\d[0-9_]*\(\.\d[0-9_]*\)\=\([eE][-+]\=\d[0-9_]*\)\=\>"
syntax match dalComment "//.*$" contains=@Spell
syntax region dalString start=+"+ skip=+\\[\\"]+ end=+"+ oneline contains=dalEscape
syntax match dalEscape +\\[\\"]+ contained

syntax keyword dalDeclaration fn input let output param property table test use with
syntax keyword dalControl else expect fold for if in then
syntax keyword dalReserved import
syntax keyword dalType bool fixed int kbi real ternary uint
syntax match dalAny "\<_\>"
syntax keyword dalFunction abs acos all any argmax argmin asin atan atan2 bit bits broadcast_to ceil
syntax keyword dalFunction clip concat cos cosh cumsum einsum erf exp exp2 eye flatten flip floor
syntax keyword dalFunction from_bits full gather iota is_negative len load log log2 lookup max mean
syntax keyword dalFunction min ones pad pow prod quantize rank relu repeat reshape round select
syntax keyword dalFunction shape sigmoid sign sin sinh size sort sqrt stack sum tan tanh thresholds
syntax keyword dalFunction tile to_bits transpose windows zeros
syntax keyword dalConstant bias data e false pi rnd rnd_conv rnd_inf rnd_min_inf rnd_zero sat
syntax keyword dalConstant sat_sym sat_zero trn trn_zero true weight wrap

highlight default link dalOperator Operator
highlight default link dalMember Identifier
highlight default link dalBadNumber Error
highlight default link dalNumber Number
highlight default link dalComment Comment
highlight default link dalString String
highlight default link dalEscape SpecialChar
highlight default link dalDeclaration Keyword
highlight default link dalControl Conditional
highlight default link dalReserved Error
highlight default link dalType Type
highlight default link dalAny Type
highlight default link dalFunction Function
highlight default link dalConstant Constant

let b:current_syntax = "dal"
