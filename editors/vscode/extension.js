// The extension: starts `netc lsp` for .net files and runs programs in the terminal panel.
const path = require('node:path');
const vscode = require('vscode');
const { LanguageClient, State } = require('vscode-languageclient/node');

/** A client that leaves it to start() to say why it did not start. */
class Client extends LanguageClient {
  starting = true;

  error(message, data, show) {
    super.error(message, data, this.starting ? false : show);
  }
}

/** @type {Client | undefined} */
let client;

// Starts and stops come one after another: a client that is starting cannot be stopped.
let turn = Promise.resolve();
let restarts = 0;

/** @param {vscode.ExtensionContext} context */
async function activate(context) {
  context.subscriptions.push(
    ...['run', 'ablate', 'study', 'check'].map((verb) =>
      vscode.commands.registerCommand(`netc.${verb}`, (target, ...args) => execute(verb, target, args)),
    ),
    vscode.commands.registerCommand('netc.restart', restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('netc.path')) return restart();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
  );
  turn = start();
  await turn;
}

async function deactivate() {
  await turn;
  await stop();
}

function command() {
  return vscode.workspace.getConfiguration('netc').get('path') || 'netc';
}

async function start() {
  if (!vscode.workspace.isTrusted) return;
  const server = { command: command(), args: ['lsp'] };
  const next = new Client(
    'netc',
    'netc',
    { run: server, debug: server },
    {
      documentSelector: [
        { scheme: 'file', language: 'net' },
        { scheme: 'untitled', language: 'net' },
      ],
    },
  );
  client = next;
  try {
    await next.start();
    next.starting = false;
  } catch (error) {
    if (client === next) client = undefined;
    const settings = 'Open Settings';
    // Not awaited: the message stays until it is read.
    vscode.window
      .showErrorMessage(
        `netc: the language server did not start (${error instanceof Error ? error.message : error}). ` +
          `Install netc, or say in the setting netc.path where it is; it is "${server.command}" now.`,
        settings,
      )
      .then((choice) => choice === settings && vscode.commands.executeCommand('workbench.action.openSettings', 'netc.path'));
  }
}

async function stop() {
  const stopping = client;
  client = undefined;
  if (!stopping || stopping.state !== State.Running) return;
  try {
    await stopping.stop();
  } catch (error) {
    stopping.error('netc: the language server did not stop as it should', error);
  }
}

function restart() {
  const mine = ++restarts;
  turn = turn.then(async () => {
    // Trust and the settings that it brings change one soon after the other: only the last counts.
    await new Promise((done) => setTimeout(done, 200));
    if (mine !== restarts) return;
    await stop();
    await start();
  });
  return turn;
}

/**
 * Runs a netc command on a program in the terminal panel.
 * @param {string} verb run, ablate or check
 * @param {unknown} target the program: a path (a lens of the server), a URI (the button above the editor), or nothing,
 *   which means the active editor's
 * @param {unknown[]} args further arguments of a lens
 */
async function execute(verb, target, args) {
  const lens = typeof target === 'string';
  const uri = lens
    ? vscode.Uri.file(target)
    : target instanceof vscode.Uri
      ? target
      : vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== 'file') {
    vscode.window.showErrorMessage(`netc ${verb}: open a .net file of this machine first.`);
    return;
  }
  const document = vscode.workspace.textDocuments.find((d) => d.uri.toString() === uri.toString());
  if (document?.isDirty && !(await document.save())) return;

  const extra = lens ? args.map(String) : [];
  if (verb === 'ablate' && !lens) {
    const trick = await vscode.window.showInputBox({
      title: 'netc ablate',
      prompt: 'The trick to measure; empty measures every trick of the program',
    });
    if (trick === undefined) return;
    if (trick.trim()) extra.push('--trick', trick.trim());
  }
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const task = new vscode.Task(
    { type: 'netc' },
    folder ?? vscode.TaskScope.Global,
    `${verb} ${path.basename(uri.fsPath)}`,
    'netc',
    new vscode.ProcessExecution(command(), [verb, uri.fsPath, ...extra], {
      cwd: folder?.uri.fsPath ?? path.dirname(uri.fsPath),
    }),
    '$netc',
  );
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  await vscode.tasks.executeTask(task);
}

module.exports = { activate, deactivate };
