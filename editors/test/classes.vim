" Writes, for each .net file among the arguments, what Vim makes of every character, as classes.mjs does:
"   OUT=dir vim -es -N -u NONE -i NONE --cmd 'set rtp^=editors/vim' -S classes.vim FILE...
set hidden noswapfile
filetype plugin indent on
syntax on

let s:letters = {
  \ 'netComment': 'c', 'netLineComment': 'c', 'netTodo': 'c', 'netString': 's', 'netEscape': 'e',
  \ 'netNumber': 'n', 'netUnit': 'u', 'netSection': 'K', 'netSectionName': 'T', 'netVersion': 'i', 'netImport': 'i',
  \ 'netLet': 'k', 'netConditional': 'k', 'netRepeat': 'k', 'netInstead': 'k', 'netAs': 'k', 'netOff': 'k',
  \ 'netLogic': 'l', 'netBoolean': 'b', 'netNothing': 'b',
  \ 'netLayer': 'L', 'netSetting': 'S', 'netAugmentation': 'G', 'netEdit': 'E', 'netCard': 'C', 'netBlock': 'B',
  \ 'netTrick': 'R', 'netCall': 'F', 'netNamespace': 'N', 'netConstructor': 'X', 'netWord': 'W', 'netEach': 'w',
  \ 'netParameter': 'P', 'netArgument': 'A', 'netLabel': 'D', 'netLetName': 'D', 'netName': 'V', 'netObject': 'O',
  \ 'netProperty': 'M', 'netInput': 'I', 'netFunction': 'f', 'netUserCall': 'U', 'netLetFunction': 'U',
  \ 'netOperator': 'o', 'netComma': '.', 'netSemicolon': '.', 'netBrace': '.', 'netDelimiter': '.',
  \ 'netDot': '.', 'netQualified': '.', 'netBadUnit': '!', 'netInvalid': '!', 'netStray': '!', 'netInvalidEscape': '!'}

function s:Letter(line, column) abort
  let name = synIDattr(synID(a:line, a:column, 0), 'name')
  return get(s:letters, substitute(name, '^\(netName\|netConstructor\|netWord\)_.*', {m -> m[1] ==# 'netName' ? 'netLabel' : m[1]}, ''), '?')
endfunction

function s:Write(file, out) abort
  execute 'edit' fnameescape(a:file)
  let rows = []
  for l in range(1, line('$'))
    let text = getline(l)
    let row = ''
    let column = 1
    for char in split(text, '\zs')
      let row .= char =~ '\s' ? ' ' : s:Letter(l, column)
      let column += len(char)
    endfor
    call extend(rows, [text, substitute(row, '\s*$', '', '')])
  endfor
  call mkdir(fnamemodify(a:out, ':h'), 'p')
  call writefile(rows, a:out)
endfunction

try
  for s:file in argv()
    call s:Write(s:file, $OUT . '/' . s:file . '.classes')
  endfor
catch
  call writefile([v:throwpoint . ': ' . v:exception], '/dev/stderr', 'a')
  cquit
endtry
qall!
