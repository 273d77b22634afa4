" Fails where Vim indents a line of the .net files among the arguments otherwise than `netc fmt` did: the whole file at once
" (gg=G over lines without indentation), and line by line as they are typed.
"   vim -es -N -u NONE -i NONE --cmd 'set rtp^=editors/vim' -S indent.vim FILE...
filetype plugin indent on
syntax on
set hidden noswapfile
let s:failed = 0

function s:Compare(file, how, want) abort
  for i in range(max([len(a:want), line('$')]))
    if get(a:want, i, '') !=# getline(i + 1)
      let s:failed = 1
      call writefile([printf('%s:%d: %s: want %s', a:file, i + 1, a:how, string(get(a:want, i, ''))),
        \ printf('%s got %s', repeat(' ', 30), string(getline(i + 1)))], '/dev/stderr', 'a')
    endif
  endfor
endfunction

try
  for s:file in argv()
    execute 'edit!' fnameescape(s:file)
    if &filetype !=# 'net' || &indentexpr !=# 'NetIndent(v:lnum)'
      throw s:file . ' has file type ' . &filetype . ' and indentexpr ' . &indentexpr
    endif
    let s:want = getline(1, '$')
    silent %substitute/^\s\+//e
    silent normal! gg=G
    call s:Compare(s:file, 'gg=G', s:want)

    silent %delete _
    setlocal formatoptions=
    for s:line in range(len(s:want))
      let s:text = substitute(s:want[s:line], '^\s*', '', '')
      if s:line == 0
        execute 'normal! i' . s:text
      elseif s:text !=# ''
        execute 'normal! o' . s:text
      else
        execute "normal! o\<Esc>"
      endif
    endfor
    if s:want !=# filter(copy(s:want), 'v:val !~# "^\\s*\\%(as\\|and\\|or\\|//\\)"')
      continue " a line that starts so takes its place only when it is indented again
    endif
    call s:Compare(s:file, 'typed', s:want)
  endfor
catch
  call writefile([v:throwpoint . ': ' . v:exception], '/dev/stderr', 'a')
  cquit
endtry
if s:failed
  cquit
endif
qall!
