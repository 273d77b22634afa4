// The packed extension: which files it has, that its code loads, and that it carries out the commands it declares.
//   node extension.mjs VSIX
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'vsix-'));
try {
  const require = createRequire(join(import.meta.dirname, '../vscode/package.json'));
  const yauzl = createRequire(require.resolve('@vscode/vsce'))('yauzl'); // vsce reads .vsix files with it
  await new Promise((done, fail) =>
    yauzl.open(process.argv[2], { lazyEntries: true }, (error, zip) => {
      if (error) return fail(error);
      zip.on('entry', (entry) =>
        zip.openReadStream(entry, async (error, stream) => {
          if (error) return fail(error);
          const path = join(folder, entry.fileName);
          mkdirSync(join(path, '..'), { recursive: true });
          const parts = [];
          for await (const part of stream) parts.push(part);
          writeFileSync(path, Buffer.concat(parts));
          zip.readEntry();
        }),
      );
      zip.on('end', done);
      zip.readEntry();
    }),
  );
  const root = join(folder, 'extension');
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile())
    .map((f) => relative(root, join(f.parentPath, f.name)))
    .sort();
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

  // everything that the manifest names is there
  const { contributes } = manifest;
  const named = [
    manifest.main,
    manifest.icon,
    ...contributes.languages.flatMap((l) => [l.configuration, l.icon.light, l.icon.dark]),
    ...contributes.grammars.map((g) => g.path),
    ...contributes.snippets.map((s) => s.path),
  ].map((f) => f.replace(/^\.\//, ''));
  for (const f of named) assert.ok(files.includes(f), `${f} is missing among ${files}`);
  assert.ok(files.length < 20, `more files than meant: ${files}`);
  for (const f of ['syntaxes/net.tmLanguage.json', 'language-configuration.json', 'snippets/net.json']) {
    JSON.parse(readFileSync(join(root, f), 'utf8'));
  }

  // the patterns of the language configuration are regular expressions
  const { wordPattern, indentationRules, onEnterRules } = JSON.parse(
    readFileSync(join(root, 'language-configuration.json'), 'utf8'),
  );
  new RegExp(wordPattern, 'g');
  const increase = new RegExp(indentationRules.increaseIndentPattern);
  for (const line of ['model m {', '  conv 1, kernel = max(', 'from csv("{") { // x', '} else {']) assert.match(line, increase);
  for (const line of ['model m { pass }', '// {', '  from csv("{")', 'dense 1 // (']) assert.doesNotMatch(line, increase);
  for (const rule of onEnterRules) new RegExp(rule.beforeText);

  // the code loads, and registers the commands that the manifest declares
  const registered = [];
  const any = () => new Proxy(class {}, { get: (target, key) => (key in target ? target[key] : (target[key] = any())) });
  const vscode = any();
  vscode.commands.registerCommand = (name) => registered.push(name);
  vscode.workspace.onDidChangeConfiguration = vscode.workspace.onDidGrantWorkspaceTrust = () => ({});
  vscode.workspace.isTrusted = false; // so no server starts here
  vscode.version = '1.91.0';
  const load = Module._load;
  Module._load = (name, ...rest) => (name === 'vscode' ? vscode : load(name, ...rest));
  const extension = createRequire(join(root, 'package.json'))(`./${manifest.main}`);
  await extension.activate({ subscriptions: [] });
  await extension.deactivate();
  assert.deepEqual(registered.sort(), contributes.commands.map((c) => c.command).sort());
} finally {
  rmSync(folder, { recursive: true });
}
