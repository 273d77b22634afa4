// Damages the .net files among the arguments at random, the same way each time, and fails where VS Code's grammar leaves a
// character without a scope of its own: half-typed text is highlighted, too.
//   node fuzz.mjs FILE...
import { readFileSync } from 'node:fs';
import { classify, grammar } from './classes.mjs';

let seed = 1;
function random(n) {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return Math.floor((seed / 2 ** 32) * n);
}

const pieces = ['(', ')', '{', '}', '[', ']', '"', '\\', '//', ',', '.', 'instead of', '= ', '\n', '§'];
const g = await grammar();
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, 'utf8');
  for (let round = 0; round < 20; round++) {
    let damaged = text;
    for (let n = 1 + random(5); n > 0; n--) {
      const at = random(damaged.length);
      const [insert, remove] = random(2) ? [pieces[random(pieces.length)], 0] : ['', random(30)];
      damaged = damaged.slice(0, at) + insert + damaged.slice(at + remove);
    }
    if (!random(3)) damaged = damaged.slice(0, random(damaged.length));
    const unknown = classify(g, damaged).unknown.filter((u) => u.class === '?');
    if (unknown.length) {
      console.error(`${file}, ${round}: ${unknown[0].text} in\n${damaged}`);
      process.exit(1);
    }
  }
}
