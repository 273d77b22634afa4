" What the plugin adds to Vim and Neovim: :NetFmt, :make, gf, options.
"   NETC=/path/to/netc vim -es -N -u NONE -i NONE --cmd 'set rtp^=editors/vim' -S plugin.vim
set hidden noswapfile
filetype plugin indent on
syntax on
let g:net_command = $NETC

function s:Check(ok, what) abort
  if !a:ok
    throw a:what
  endif
endfunction

try
  let s:folder = tempname()
  call mkdir(s:folder)
  call writefile(['use "other.net" as o', 'model m {', '  input d', '  desne 3', '}'], s:folder . '/bad.net')
  call writefile(['block b {', '  pass', '}'], s:folder . '/other.net')
  execute 'edit' fnameescape(s:folder . '/bad.net')
  call s:Check(&filetype ==# 'net', 'file type ' . &filetype)
  call s:Check(&commentstring ==# '// %s' && &comments ==# '://', 'comments ' . &comments)
  call s:Check(&shiftwidth == 2 && &expandtab, 'shiftwidth ' . &shiftwidth)

  " :make fills the list of errors
  call s:Check(&makeprg =~# '^netc check', 'makeprg ' . &makeprg)
  let &l:makeprg = substitute(&makeprg, '^netc', escape($NETC, '\&'), '')
  silent make!
  let s:found = filter(getqflist(), 'v:val.valid')
  call s:Check(len(s:found) >= 1, 'no errors in ' . string(getqflist()))
  let s:desne = filter(copy(s:found), 'v:val.text =~# "desne"')
  call s:Check(len(s:desne) == 1 && s:desne[0].lnum == 4 && s:desne[0].col == 3 && s:desne[0].type ==# 'E', string(s:found))

  " gf opens the file of a use
  call cursor(1, 8)
  normal! gf
  call s:Check(expand('%:t') ==# 'other.net', 'gf goes to ' . expand('%'))

  " :NetFmt
  call setline(1, ['block   b {', '      pass', '', '', '}'])
  NetFmt
  call s:Check(getline(1, '$') ==# ['block b {', '  pass', '}'], 'NetFmt gives ' . string(getline(1, '$')))
  call setline(2, '  pass (')
  silent NetFmt
  call s:Check(getline(2) ==# '  pass (', 'NetFmt changes a program with errors')

  " undo
  edit!
  set filetype=text
  call s:Check(exists(':NetFmt') != 2 && &commentstring !=# '// %s', 'left behind: NetFmt ' . exists(':NetFmt') . ', commentstring ' . &commentstring)
  call delete(s:folder, 'rf')
catch
  call writefile([v:throwpoint . ': ' . v:exception], '/dev/stderr', 'a')
  cquit
endtry
qall!
