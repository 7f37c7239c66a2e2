// A YAML language server as used by editors, driven over its standard input and output (Language Server Protocol).
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const VERSION = '1.25.0';

/** Installs the server into node_modules/.cache unless it is there; returns the reason if that fails. */
export function installServer(root: string): { readonly script: string } | { readonly why: string } {
  const folder = join(root, 'node_modules', '.cache', `yaml-language-server-${VERSION}`);
  const script = join(folder, 'node_modules', 'yaml-language-server', 'bin', 'yaml-language-server');
  if (existsSync(script)) return { script };
  mkdirSync(folder, { recursive: true });
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  const done = spawnSync('npm', ['install', '--prefix', folder, ...options, `yaml-language-server@${VERSION}`], {
    encoding: 'utf8',
  });
  return done.status === 0 ? { script } : { why: `the language server cannot be installed: ${done.stderr.trim()}` };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

export interface Completion {
  readonly label: string;
  readonly documentation?: string | { readonly value: string };
}

export class LanguageServer {
  readonly #child;
  readonly #folder: string;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  readonly #diagnosed = new Map<string, (messages: readonly string[]) => void>();
  #bytes = Buffer.alloc(0);
  #asked = 0;
  #opened = 0;

  constructor(script: string, folder: string) {
    this.#folder = folder;
    this.#child = spawn(process.execPath, [script, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout.on('data', (bytes: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      for (let message = this.#take(); message !== undefined; message = this.#take()) this.#receive(message);
    });
  }

  async start(): Promise<void> {
    const item = { snippetSupport: true, documentationFormat: ['markdown'] };
    const textDocument = { completion: { completionItem: item }, hover: { contentFormat: ['markdown'] } };
    const capabilities = { textDocument, workspace: { configuration: true } };
    await this.#ask('initialize', { processId: process.pid, rootUri: pathToFileURL(this.#folder).href, capabilities });
    this.#send({ method: 'initialized', params: {} });
  }

  /** Completions at the bar (|) in the text. */
  async complete(text: string): Promise<readonly Completion[]> {
    const answer = await this.#ask('textDocument/completion', await this.#at(text));
    return (answer as { readonly items: readonly Completion[] }).items;
  }

  /** Hover text for the word at the bar (|). */
  async hover(text: string): Promise<string> {
    const answer = await this.#ask('textDocument/hover', await this.#at(text));
    return (answer as { readonly contents: { readonly value: string } }).contents.value;
  }

  /** Error marks of a text, as `line:column message`. */
  async diagnose(text: string): Promise<readonly string[]> {
    return (await this.#open(text)).messages;
  }

  close(): void {
    this.#child.kill();
  }

  async #at(text: string): Promise<object> {
    const lines = text.slice(0, text.indexOf('|')).split('\n');
    const { uri } = await this.#open(text.replace('|', ''));
    return { textDocument: { uri }, position: { line: lines.length - 1, character: lines.at(-1)?.length } };
  }

  /** Opens a text as a file of the folder; resolves when the server has checked it. */
  async #open(text: string): Promise<{ readonly uri: string; readonly messages: readonly string[] }> {
    const uri = pathToFileURL(join(this.#folder, `unsaved-${this.#opened++}.yaml`)).href;
    const judged = new Promise<readonly string[]>((resolve) => this.#diagnosed.set(uri, resolve));
    this.#send({
      method: 'textDocument/didOpen',
      params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
    });
    return { uri, messages: await judged };
  }

  #ask(method: string, params: object): Promise<unknown> {
    const id = ++this.#asked;
    const answer = new Promise((resolve) => this.#waiting.set(id, resolve));
    this.#send({ id, method, params });
    return answer;
  }

  #send(message: Message): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  #take(): Message | undefined {
    const head = this.#bytes.indexOf('\r\n\r\n');
    if (head < 0) return undefined;
    const length = Number(/Content-Length: (\d+)/.exec(this.#bytes.subarray(0, head).toString())?.[1]);
    const end = head + 4 + length;
    if (this.#bytes.length < end) return undefined;
    const message = JSON.parse(this.#bytes.subarray(head + 4, end).toString()) as Message;
    this.#bytes = this.#bytes.subarray(end);
    return message;
  }

  #receive({ id, method, params, result }: Message): void {
    if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as { uri: string; diagnostics: Diagnostic[] };
      this.#diagnosed.get(uri)?.(diagnostics.map(({ range: { start }, message }) => `${start.line + 1}:${start.character + 1} ${message}`)); // prettier-ignore
    } else if (method !== undefined && id !== undefined) {
      // The server sends requests to its editor: for the settings of its sections, else for permissions.
      const items = (params as { items?: { section: string }[] } | undefined)?.items ?? [];
      const settings = { completion: true, hover: true, validate: true, schemaStore: { enable: false } };
      const answer = items.map(({ section }) => (section === 'yaml' ? settings : {}));
      this.#send({ id, result: method === 'workspace/configuration' ? answer : null });
    } else if (id !== undefined) {
      this.#waiting.get(id)?.(result);
    }
  }
}

interface Diagnostic {
  readonly range: { readonly start: { readonly line: number; readonly character: number } };
  readonly message: string;
}
