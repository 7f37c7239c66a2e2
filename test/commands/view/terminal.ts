// A terminal for tests: a stream that understands what the live view writes (text, cursor up, erase below), and a screen over it.
import type { Screen } from '../../../src/commands/screen.ts';
import type { TextStream } from '../../../src/commands/view/view-card.ts';

export class Terminal implements TextStream {
  readonly columns: number;
  readonly rows = 24;
  readonly isTTY = true;
  /** Every write, as it came. */
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
    // The live view erases after moving up: the cursor is at the start of its line then.
    if (up) this.lines[this.lines.length - 1] = '';
    else if (part === '\n') this.lines.push('');
    else if (part !== '\u001b[0J') this.print(part);
  }

  /** A line that is too long goes on in the next row. */
  private print(text: string): void {
    let line = (this.lines.pop() ?? '') + text;
    for (; line.length > this.columns; line = line.slice(this.columns)) this.lines.push(line.slice(0, this.columns));
    this.lines.push(line);
  }

  /** Text that is on the terminal now, with all that scrolled by. */
  get text(): string {
    return this.lines.join('\n');
  }
}

/** A screen that writes everything on one terminal. */
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
