autocmd BufRead,BufNewFile *.da setfiletype dal
