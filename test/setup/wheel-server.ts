// A package index on the loopback interface: serves generated wheels, with the faults that a test requests.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { zipSync } from 'fflate';
import type { Wheel } from '../../src/setup/native-release.ts';

export interface Faults {
  /** Breaks the connection of an answer after `breakAfter` bytes, for the first `breaks` answers. */
  breakAfter?: number;
  breaks?: number;
  /**
   * Breaks the connection only once this is true; `from` is the offset at which the answer started. Default: after a
   * moment.
   */
  arrived?: (from: number) => boolean;
  /** Status of every answer to a file request. */
  status?: number;
  /** Ignores ranges: always sends the whole file. */
  noRanges?: boolean;
  /** Sends these bytes instead. */
  instead?: Uint8Array;
  html?: boolean;
  /** Requires this name and password. */
  password?: string;
}

export interface WheelServer {
  readonly index: string;
  readonly wheel: Wheel;
  readonly bytes: Uint8Array;
  /** `Range` of every file request so far (empty if there is none). */
  readonly ranges: string[];
  readonly faults: Faults;
  close(): Promise<void>;
}

/** Bytes that do not compress, so that the wheel is about as large as its members. */
export function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13; // xorshift
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}

export function wheelOf(members: Readonly<Record<string, Uint8Array>>, project = 'tensorflow-cpu') {
  const bytes = zipSync({ 'unrelated/file.py': new Uint8Array(10), ...members }, { mtime: new Date(2020, 0, 1) });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    bytes,
    wheel: { project, file: `${project.replaceAll('-', '_')}-1.0-any.whl`, bytes: bytes.length, sha256 },
  };
}

export async function serveWheel(
  members: Readonly<Record<string, Uint8Array>>,
  faults: Faults = {},
): Promise<WheelServer> {
  const { bytes, wheel } = wheelOf(members);
  const ranges: string[] = [];
  const server = createServer((request, response) => {
    const expected = faults.password && `Basic ${Buffer.from(faults.password).toString('base64')}`;
    if (expected && request.headers.authorization !== expected) return void response.writeHead(401).end();
    const { pathname } = new URL(request.url ?? '/', 'http://x');
    if (pathname === `/simple/${wheel.project}/`) {
      const url = `../../files/${wheel.file}`;
      const [type, body] = faults.html
        ? [
            'text/html',
            `<html><body><a data-x="1" href="${url}#sha256=${wheel.sha256}">${wheel.file}</a><br/></body></html>`,
          ]
        : ['application/vnd.pypi.simple.v1+json', JSON.stringify({ files: [{ filename: wheel.file, url }] })];
      return void response.writeHead(200, { 'content-type': type }).end(body);
    }
    if (pathname !== `/files/${wheel.file}`) return void response.writeHead(404).end();
    ranges.push(request.headers.range ?? '');
    if (faults.status) return void response.writeHead(faults.status).end('no');
    const content = faults.instead ?? bytes;
    const from = faults.noRanges ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = content.subarray(from);
    const span = { 'content-range': `bytes ${String(from)}-${String(content.length - 1)}/${String(content.length)}` };
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length, ...(from > 0 ? span : {}) });
    if (faults.breakAfter !== undefined && (faults.breaks ?? 0) > 0) {
      faults.breaks = (faults.breaks ?? 0) - 1;
      const breakOff = (): void => {
        if (faults.arrived?.(from) === false) setTimeout(breakOff, 5);
        else response.destroy();
      };
      return void response.write(rest.subarray(0, faults.breakAfter), () => setTimeout(breakOff, 20));
    }
    response.end(rest);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const index = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/simple`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { index, wheel, bytes, ranges, faults, close };
}
