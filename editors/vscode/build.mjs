// Bundles the extension into dist/extension.js, with the licences of what it bundles beside it.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

process.chdir(import.meta.dirname);
const result = await build({
  entryPoints: ['extension.js'],
  outfile: 'dist/extension.js',
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode'],
  metafile: true,
  logLevel: 'warning',
});

// every package that went into the bundle, by its folder
const folders = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const folder = input.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1];
  if (folder) folders.add(folder);
}
let licences = '';
for (const folder of [...folders].sort()) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  let text = `Licence: ${license}`;
  for (const file of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'License.txt', 'license.txt']) {
    try {
      text = readFileSync(join(folder, file), 'utf8').trim();
      break;
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  licences += `==== ${name} ${version}\n\n${text}\n\n`;
}
writeFileSync('dist/LICENSES.txt', licences);
copyFileSync('../../LICENSE', 'LICENSE');
