// GET requests to real servers and proxies on the loopback interface: redirects, credentials, certificates, proxies of
// the environment.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { httpGet, proxies } from '../../src/setup/http-get.ts';
import type { HttpOptions } from '../../src/setup/http-get.ts';

/** A self-signed certificate of localhost, valid from 2020 to 2120. It is only used in these tests. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg6ZVhZTqObZTPR8RF
GbgXE3Guys6XYpeTlIktRWkoBMuhRANCAATt9OtQDFAWBZivlEtoiXTM0ZrWWM6F
C8jIcJQSD8PPqJEbY8tkB2ra0eNAspOGUj8xKrpqN7e2TYlkO7UUQckJ
-----END PRIVATE KEY-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBZzCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABO3061AMUBYFmK+U
S2iJdMzRmtZYzoULyMhwlBIPw8+okRtjy2QHatrR40Cyk4ZSPzEqumo3t7ZNiWQ7
tRRByQmjTjBMMA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYIJbG9jYWxob3N0
hwR/AAABMB0GA1UdDgQWBBSMClaiCFwMfZgUWpkCgjgbKSmNRjAKBggqhkjOPQQD
AgNIADBFAiEAirGV8IugYM6b4ngXtwwKSnZ4t1rVAauo6coquG/deQkCIDjj8/n5
H0nmex9PU+S34VZ6mAai3QO0npxijuv4bS5m
-----END CERTIFICATE-----
`;

let folder: string;
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-http-'));
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toUpperCase(), undefined);
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(folder, { recursive: true });
});

/** Starts a server and returns its address by name: `localhost` and 127.0.0.1 are two hosts. */
async function serve(answer: RequestListener, { tls = false, host = '127.0.0.1' } = {}): Promise<string> {
  const server = tls ? createTlsServer({ key: KEY, cert: CERTIFICATE }, answer) : createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `${tls ? 'https' : 'http'}://${host}:${(server.address() as AddressInfo).port}`;
}

interface Proxy {
  readonly url: string;
  /** Requests as `GET address` and `CONNECT host`, with their credentials. */
  readonly seen: string[];
}

/** Starts a proxy that forwards http and tunnels https. */
async function serveProxy(): Promise<Proxy> {
  const seen: string[] = [];
  const note = ({ method = '', url = '', headers }: IncomingMessage): void => {
    const words = headers['proxy-authorization']?.replace('Basic ', '') ?? '';
    seen.push(`${method} ${url} ${Buffer.from(words, 'base64').toString()}`.trim());
  };
  const url = await serve((request, response) => {
    note(request);
    void fetch(request.url ?? '').then(async (answer) => response.end(await answer.text()));
  });
  servers.at(-1)?.on('connect', (request: IncomingMessage, client: Socket) => {
    note(request);
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    const target = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    for (const socket of [client, target]) socket.on('error', () => client.destroy());
  });
  return { url, seen };
}

const bodyOf = async (url: string | URL, options?: HttpOptions): Promise<string> =>
  text((await httpGet(new URL(url), options)).body);

/** Answers with the credentials of the request. */
const whoIsThere: RequestListener = ({ headers }, response) => {
  response.end(Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString() || 'nobody');
};

test('follows redirects, relative ones too, and says where the answer came from', async () => {
  const origin = await serve(({ url = '' }, response) => {
    const next = { '/a': '/b/c', '/b/c': '../d' }[url];
    if (next === undefined) response.end(url);
    else response.writeHead(302, { location: next }).end('moved');
  });
  const { status, url, body } = await httpGet(new URL('/a', origin));
  expect([status, url.pathname, await text(body)]).toEqual([200, '/d', '/d']);
});

test('stops at circular redirects', async () => {
  const origin = await serve((_request, response) => response.writeHead(301, { location: '/' }).end());
  await expect(httpGet(new URL(origin))).rejects.toThrow(/too many redirects/);
});

test('a redirect keeps credentials on their host and carries them to no other', async () => {
  const other = await serve(whoIsThere, { host: 'localhost' });
  const origin = await serve((request, response) => {
    if (request.url === '/same') response.writeHead(302, { location: '/' }).end();
    else if (request.url === '/other') response.writeHead(302, { location: other }).end();
    else if (request.url === '/named') response.writeHead(302, { location: other.replace('//', '//her:own@') }).end();
    else whoIsThere(request, response);
  });
  const withMe = origin.replace('//', '//me:p%40ss@');
  expect(await bodyOf(withMe)).toBe('me:p@ss');
  expect(await bodyOf(`${withMe}/same`)).toBe('me:p@ss');
  expect(await bodyOf(`${withMe}/other`)).toBe('nobody');
  expect(await bodyOf(`${withMe}/named`)).toBe('her:own');
});

test('trusts the certificates in a file in addition to the usual ones', async () => {
  const certificates = join(folder, 'ca.pem');
  writeFileSync(certificates, CERTIFICATE);
  const origin = await serve((_request, response) => response.end('safe'), { tls: true, host: 'localhost' });
  await expect(httpGet(new URL(origin))).rejects.toThrow(/certificate/);
  expect(await bodyOf(origin, { certificates })).toBe('safe');
});

test('goes through the proxies of the environment, https by a tunnel', async () => {
  const certificates = join(folder, 'ca.pem');
  writeFileSync(certificates, CERTIFICATE);
  const plain = await serve((_request, response) => response.end('plain'));
  const safe = await serve((_request, response) => response.end('safe'), { tls: true, host: 'localhost' });
  const proxy = await serveProxy();
  vi.stubEnv('HTTPS_PROXY', proxy.url.replace('//', '//me:p%40ss@'));
  expect(await bodyOf(plain)).toBe('plain');
  expect(proxy.seen).toEqual([]);
  expect(await bodyOf(safe, { certificates })).toBe('safe');
  expect(proxy.seen.splice(0)).toEqual([`CONNECT ${new URL(safe).host} me:p@ss`]);
  await expect(bodyOf(safe)).rejects.toThrow(/certificate/);
  proxy.seen.splice(0);
  vi.stubEnv('http_proxy', new URL(proxy.url).host); // address without its scheme
  expect(await bodyOf(plain)).toBe('plain');
  expect(proxy.seen).toEqual([`GET ${plain}/`]);
});

test('goes around the proxy for hosts of NO_PROXY', async () => {
  const origin = await serve((_request, response) => response.end('direct'));
  const proxy = await serveProxy();
  vi.stubEnv('http_proxy', proxy.url);
  for (const name of ['127.0.0.1', '*', 'localhost, .0.0.1']) {
    vi.stubEnv('NO_PROXY', name);
    expect(await bodyOf(origin)).toBe('direct');
  }
  expect(proxy.seen).toEqual([]);
  vi.stubEnv('NO_PROXY', 'example.com');
  expect(await bodyOf(origin)).toBe('direct');
  expect(proxy.seen).toHaveLength(1);
});

test('ALL_PROXY is for both schemes; lower-case variables take precedence', () => {
  expect(proxies({})).toEqual({ httpProxy: '', httpsProxy: '' });
  expect(proxies({ ALL_PROXY: 'proxy:8080', https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:2' })).toEqual({
    httpProxy: 'http://proxy:8080',
    httpsProxy: 'http://a:1',
  });
});

test('an unread answer is discarded, and an abort signal ends a request', async () => {
  const origin = await serve(({ url }, response) => {
    if (url === '/large') response.writeHead(404).end(Buffer.alloc(1 << 22));
  });
  const answer = await httpGet(new URL('/large', origin));
  expect(answer.status).toBe(404);
  await answer.drop();
  const stop = new AbortController();
  const waiting = httpGet(new URL('/never', origin), { signal: stop.signal });
  stop.abort();
  await expect(waiting).rejects.toThrow(/abort/i);
});
