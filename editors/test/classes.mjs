// Writes, for each .net file, what VS Code's grammar makes of every character: each line of the file, and under it
// one letter a character. The letters are those of classes.vim, classes.el and chroma: all editors must agree.
//
//   node classes.mjs [--invalid] OUT FILE...
//
// writes OUT/FILE.classes. It fails where a character that is no white space has no scope but that of the whole file, or,
// without --invalid, where it is marked as not of the language.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const oniguruma = require('vscode-oniguruma');
const textmate = require('vscode-textmate');

// scope → letter, the longest that starts the innermost scope
export const letters = {
  'comment.line': 'c', 'punctuation.definition.comment': 'c',
  'string.quoted': 's', 'punctuation.definition.string': 's', 'constant.character.escape': 'e',
  'constant.numeric': 'n', 'keyword.other.unit': 'u',
  'storage.type.section': 'K', 'entity.name.type': 'T',
  'keyword.control.version': 'i', 'keyword.control.import': 'i',
  'keyword.control': 'k', 'storage.type.let': 'k', 'keyword.operator.logical': 'l',
  'constant.language.boolean': 'b', 'constant.language.nothing': 'b',
  'support.function.layer': 'L', 'support.function.setting': 'S',
  'support.function.augmentation': 'G', 'keyword.other.edit': 'E',
  'support.function.card': 'C', 'support.function.block': 'B', 'support.function.trick': 'R',
  'entity.name.function.call': 'F', 'entity.name.namespace': 'N',
  'support.class': 'X', 'constant.language.word': 'W', 'constant.language.each': 'w',
  'variable.parameter.declared': 'P', 'variable.parameter.argument': 'A',
  'variable.other.constant': 'D',
  'variable.other.object': 'O', 'variable.other.property': 'M', 'variable.other': 'V',
  'variable.language': 'I',
  'support.function.builtin': 'f', 'entity.name.function.user': 'U',
  'keyword.operator': 'o', punctuation: '.',
  invalid: '!',
};

export function letter(scope) {
  for (let key = scope; key; key = key.slice(0, Math.max(key.lastIndexOf('.'), 0))) {
    if (letters[key]) return letters[key];
  }
  return '?';
}

export async function grammar() {
  await oniguruma.loadWASM(readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm')).buffer);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (s) => new oniguruma.OnigString(s),
    }),
    loadGrammar: async () => {
      const path = resolve(import.meta.dirname, '../vscode/syntaxes/net.tmLanguage.json');
      return textmate.parseRawGrammar(readFileSync(path, 'utf8'), path);
    },
  });
  return registry.loadGrammar('source.net');
}

// The classes of a text, and the places that have none, or are invalid.
export function classify(grammar, text) {
  const out = [];
  const unknown = [];
  let stack = textmate.INITIAL;
  text.replace(/\n$/, '').split('\n').forEach((line, i) => {
    const row = [...line].fill(' ');
    const result = grammar.tokenizeLine(line, stack);
    stack = result.ruleStack;
    for (const token of result.tokens) {
      const scope = token.scopes.findLast((s) => letter(s) !== '?') ?? token.scopes.at(-1);
      for (let c = token.startIndex; c < token.endIndex; c++) {
        if (/\s/.test(line[c] ?? ' ')) continue;
        row[c] = letter(scope);
        if (row[c] === '?' || row[c] === '!') unknown.push({ class: row[c], text: `${i + 1}:${c + 1}: ${line[c]} is ${token.scopes.join(' ')}` });
      }
    }
    out.push(line, row.join('').trimEnd());
  });
  return { text: out.join('\n') + '\n', unknown };
}

if (process.argv[1] === import.meta.filename) {
  const args = process.argv.slice(2);
  const invalid = args[0] === '--invalid' && args.shift();
  const [out, ...files] = args;
  const g = await grammar();
  let failed = false;
  for (const file of files) {
    const { text, unknown } = classify(g, readFileSync(file, 'utf8'));
    const path = join(out, file + '.classes');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    for (const u of unknown) {
      if (invalid && u.class === '!') continue;
      console.error(`${file}:${u.text}`);
      failed = true;
    }
  }
  process.exit(failed ? 1 : 0);
}
