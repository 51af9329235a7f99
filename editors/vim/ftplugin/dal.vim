" Layout of dal programs; `dal fmt` has the last word.
if exists("b:did_ftplugin")
  finish
endif
let b:did_ftplugin = 1
setlocal commentstring=//\ %s comments=:///,:// expandtab shiftwidth=2 softtabstop=2 textwidth=100
if executable("dal")
  setlocal formatprg=dal\ fmt\ -
endif
let b:undo_ftplugin = "setlocal commentstring< comments< expandtab< shiftwidth< softtabstop< textwidth< formatprg<"
