// One GET over HTTP(S), as a firewall wants it: proxies of the environment, extra certificates, credentials in addresses, redirects.
// Node's own fetch (20) knows no proxies. This file knows nothing of what is fetched.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** A PEM file of certificate authorities to trust besides the usual ones. */
  readonly certificates?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: http.IncomingMessage;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
}

const silenceMs = 30_000;

/** @throws Error with a `code` when no answer comes; an answer of any status is returned. */
export async function httpGet(url: URL, options: HttpOptions = {}, redirects = 5): Promise<HttpAnswer> {
  const body = await request(url, options);
  const status = body.statusCode ?? 0;
  const location = body.headers.location;
  if (status < 300 || status >= 400 || location === undefined) return { status, headers: body.headers, body, url };
  body.destroy();
  if (redirects === 0) throw new Error(`too many redirects at ${url.host}`);
  const next = new URL(location, url);
  if (next.host === url.host && next.username === '') [next.username, next.password] = [url.username, url.password];
  return httpGet(next, options, redirects - 1);
}

async function request(url: URL, options: HttpOptions): Promise<http.IncomingMessage> {
  const proxy = proxyFor(url);
  const trusted = url.protocol === 'https:' ? authorities(options.certificates) : undefined;
  const headers: Record<string, string> = { ...options.headers, ...authorization(url, 'authorization') };
  const base = { headers, method: 'GET', ...(options.signal ? { signal: options.signal } : {}) };
  if (url.protocol === 'https:') {
    const socket = proxy && (await tunnel(proxy, url, options.signal));
    const secured = socket && tls.connect({ socket, servername: url.hostname, ...(trusted ? { ca: trusted } : {}) });
    const createConnection = secured && { createConnection: () => secured, agent: false as const };
    return answer(https.request(bare(url), { ...base, ...(trusted ? { ca: trusted } : {}), ...createConnection }));
  }
  if (!proxy) return answer(http.request(bare(url), base));
  Object.assign(headers, authorization(proxy, 'proxy-authorization'), { host: url.host });
  return answer(http.request(bare(proxy), { ...base, path: bare(url).href }));
}

function answer(sent: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.setTimeout(silenceMs, () => sent.destroy(new Error(`silence for ${String(silenceMs / 1000)} s`)));
    sent.once('response', resolve);
    sent.once('error', reject);
    sent.end();
  });
}

function tunnel(proxy: URL, to: URL, signal?: AbortSignal): Promise<Duplex> {
  const target = `${to.hostname}:${to.port || '443'}`;
  const client = proxy.protocol === 'https:' ? https : http;
  const headers = { host: target, ...authorization(proxy, 'proxy-authorization') };
  return new Promise((resolve, reject) => {
    const sent = client.request(bare(proxy), {
      method: 'CONNECT',
      path: target,
      headers,
      ...(signal ? { signal } : {}),
    });
    sent.setTimeout(silenceMs, () => sent.destroy(new Error('the proxy is silent')));
    sent.once('error', reject);
    sent.once('connect', (response, socket) => {
      if (response.statusCode === 200) resolve(socket);
      else reject(new Error(`the proxy ${proxy.host} answered ${String(response.statusCode)}`));
    });
    sent.end();
  });
}

/** The proxy that the environment names for an address, if any. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv = process.env): URL | undefined {
  const read = (name: string) => env[name] ?? env[name.toUpperCase()] ?? '';
  const proxy = read(url.protocol === 'https:' ? 'https_proxy' : 'http_proxy') || read('all_proxy');
  if (proxy === '') return undefined;
  const direct = read('no_proxy')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const host = entry.replace(/^\*?\./, '').replace(/:\d+$/, '');
      return entry === '*' || url.hostname === host || url.hostname.endsWith(`.${host}`);
    });
  return direct ? undefined : new URL(proxy.includes('://') ? proxy : `http://${proxy}`);
}

function authorization(url: URL, header: string): Record<string, string> {
  if (url.username === '') return {};
  const words = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { [header]: `Basic ${Buffer.from(words).toString('base64')}` };
}

/** The address without credentials, as it may be shown and sent. */
export function bare(url: URL): URL {
  const copy = new URL(url);
  copy.username = copy.password = '';
  return copy;
}

function authorities(file: string | undefined): string[] | undefined {
  if (file === undefined) return undefined; // Node's default already has the extra ones
  const extra = process.env['NODE_EXTRA_CA_CERTS'];
  return [...tls.rootCertificates, ...[file, ...(extra ? [extra] : [])].map((name) => readFileSync(name, 'utf8'))];
}
