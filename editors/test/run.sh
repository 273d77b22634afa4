#!/usr/bin/env bash
# What the editors make of .net files, asserted by the editors themselves: Vim, Neovim, Emacs, VS Code's grammar and
# extension, chroma. Installs what it needs (Debian packages, npm packages); what is missing and cannot be installed fails.
#
#   editors/test/run.sh            checks
#   editors/test/run.sh --update   writes the expected classes anew (golden/classes); look at the difference
set -euo pipefail
cd "$(dirname "$0")/../.."
here=editors/test
update=${1:-}
if [ -n "$update" ] && [ "$update" != --update ]; then
  echo "run.sh: unknown argument $update; it takes --update or nothing" >&2 && exit 2
fi
export CGO_ENABLED=0 LC_ALL=C.UTF-8
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

step() { printf '== %s\n' "$*"; }
# runs a command whose output is worth reading only when it fails
quiet() { "$@" >"$out/log" 2>&1 || { cat "$out/log" >&2; echo "run.sh: failed: $*" >&2; exit 1; }; }

step "tools"
missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need vim vim
need nvim neovim
need emacs emacs-nox
need node nodejs
need npm npm
if ! emacs -Q --batch --eval "(progn (require 'package) (add-to-list 'package-directory-list \"/usr/share/emacs/site-lisp/elpa\") (package-initialize) (require 'eglot))" 2>/dev/null; then
  missing+=(elpa-eglot)
fi
if [ ${#missing[@]} -gt 0 ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  echo "installing ${missing[*]}"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -qq -y --no-install-recommends "${missing[@]}" >"$out/apt" 2>&1 || { cat "$out/apt" >&2; exit 1; }
fi
# npm packages, where they are not those of the lock file already
packages() {
  local sum
  sum=$(sha256sum <"$1/package-lock.json")
  if [ "$(cat "$1/node_modules/.netc-lock" 2>/dev/null)" != "$sum" ]; then
    npm ci --prefix "$1" --no-audit --no-fund --loglevel=error
    echo "$sum" >"$1/node_modules/.netc-lock"
  fi
}
packages $here
packages editors/vscode
go build -o "$out/netc" ./cmd/netc
vim --version | sed -n 1p
nvim --version | sed -n 1p
emacs --version | sed -n 1p
echo "node $(node --version)"

# the editors without anybody's settings; one that waited for a key would wait for ever
vim() { timeout 120 vim -es -N -u NONE -i NONE --cmd 'set rtp^=editors/vim' "$@" </dev/null; }
nvim() { timeout 120 nvim --headless -n -u NONE -i NONE --cmd 'set rtp^=editors/vim' "$@" </dev/null; }
emacs() { timeout 120 emacs -Q --batch -L editors/emacs "$@"; }

step "generated files are fresh"
go run ./editors/gen -check

shopt -s nullglob
mapfile -t programs < <(git ls-files 'spec/programs/*.net' 'examples/*.net' 'stdlib/*/*.net')
[ ${#programs[@]} -ge 12 ] || { echo "run.sh: there should be twelve programs and more, not ${#programs[@]}" >&2; exit 1; }
golden=("$here"/golden/*.net)
all=("${programs[@]}" "${golden[@]}")
echo "${#programs[@]} programs, ${#golden[@]} test files"
"$out/netc" fmt --check "${programs[@]}" "$here/golden/lines.net"

step "VS Code's grammar knows every token"
node $here/classes.mjs "$out/vscode" "${programs[@]}"
node $here/classes.mjs --invalid "$out/vscode" "${golden[@]}"

step "the classes are those expected"
expected=$here/golden/classes
if [ "$update" = --update ]; then
  rm -rf "$expected"
  for f in spec/programs/*.net "${golden[@]}"; do
    mkdir -p "$expected/$(dirname "$f")" && cp "$out/vscode/$f.classes" "$expected/$f.classes"
  done
fi
for f in spec/programs/*.net "${golden[@]}"; do
  diff -u "$expected/$f.classes" "$out/vscode/$f.classes"
done

step "Vim, Neovim, Emacs and chroma say the same"
OUT="$out/vim" vim -S $here/classes.vim "${all[@]}"
diff -ru "$out/vscode" "$out/vim"
OUT="$out/nvim" nvim -S $here/classes.vim "${all[@]}"
diff -ru "$out/vscode" "$out/nvim"
OUT="$out/emacs" emacs -l $here/classes.el -f net-write-classes "${all[@]}"
diff -ru "$out/vscode" "$out/emacs"
(cd $here/chroma && go vet . && go mod tidy -diff && go run . "$out/vscode" "$OLDPWD" "${all[@]}")

step "half-typed text"
node $here/fuzz.mjs spec/programs/*.net "${golden[@]}"
quiet emacs -l $here/fuzz.el -f net-fuzz spec/programs/*.net "${golden[@]}"

step "scopes of VS Code's grammar"
scopes() { cd $here && npx --no-install vscode-tmgrammar-test -g ../vscode/syntaxes/net.tmLanguage.json 'scopes/*.net'; }
(quiet scopes)
files=("$here"/scopes/*.net)
[ "$(grep -c '^✓' "$out/log")" = ${#files[@]} ] || { cat "$out/log" >&2; exit 1; }

step "indentation is that of netc fmt"
formatted=("${programs[@]}" "$here/golden/lines.net")
vim -S $here/indent.vim "${formatted[@]}"
nvim -S $here/indent.vim "${formatted[@]}"
emacs -l $here/indent.el -f net-check-indentation "${formatted[@]}"

step "plugins"
export NETC="$out/netc"
quiet vim -S $here/plugin.vim
quiet nvim -S $here/plugin.vim
cp editors/emacs/net-mode.el "$out"
quiet emacs --eval '(setq byte-compile-error-on-warn t)' -f batch-byte-compile "$out/net-mode.el"

step "the VS Code extension packs"
pack() { cd editors/vscode && npx --no-install vsce package --out "$out/netc.vsix"; }
(quiet pack)
if grep -i warn "$out/log" | grep -v '^npm warn'; then exit 1; fi
node $here/extension.mjs "$out/netc.vsix"

step "the language server in Neovim's client"
quiet nvim -S $here/lsp.lua

step "the language server in Emacs's client"
quiet emacs -l $here/lsp.el -f net-check-eglot

step "all editors agree"
