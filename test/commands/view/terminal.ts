// A simulated terminal for tests: a stream that interprets what the live view writes (text, cursor up, erase below),
// and a screen that writes to it.
import type { Screen } from '../../../src/commands/screen.ts';
import type { TextStream } from '../../../src/commands/view/view-card.ts';

export class Terminal implements TextStream {
  readonly columns: number;
  readonly rows = 24;
  readonly isTTY = true;
  /** All writes, concatenated. */
  written = '';
  private lines: string[] = [''];

  constructor(columns = 80) {
    this.columns = columns;
  }

  write(text: string): void {
    this.written += text;
    for (const part of text.split(/(\u001b\[\d+[AJ]|\n)/)) this.take(part);
  }

  private take(part: string): void {
    const up = /^\u001b\[(\d+)A$/.exec(part);
    if (up) this.lines.length = Math.max(1, this.lines.length - Number(up[1]));
    // The live view erases after moving up, when the cursor is at the start of its line.
    if (up) this.lines[this.lines.length - 1] = '';
    else if (part === '\n') this.lines.push('');
    else if (part !== '\u001b[0J') this.print(part);
  }

  /** Prints text; a line that is too long continues in the next row. */
  private print(text: string): void {
    let line = (this.lines.pop() ?? '') + text;
    for (; line.length > this.columns; line = line.slice(this.columns)) this.lines.push(line.slice(0, this.columns));
    this.lines.push(line);
  }

  /** Text that is on the terminal now, including lines that have scrolled past. */
  get text(): string {
    return this.lines.join('\n');
  }
}

/** A screen that writes everything to one terminal. */
export function screenOf(terminal: Terminal): Screen {
  let diverted: ((text: string) => void) | undefined;
  const write = (text: string): void => terminal.write(text.endsWith('\n') ? text : `${text}\n`);
  const remark = (text: string): void => (diverted ?? write)(text.endsWith('\n') ? text : `${text}\n`);
  return {
    json: false,
    quiet: false,
    color: false,
    live: true,
    width: terminal.columns,
    print: write,
    line: (value) => write(JSON.stringify(value)),
    note: remark,
    alert: remark,
    divert: (to) => void (diverted = to),
    fail: (_, code) => Promise.resolve(code),
  };
}
