// Sends GET requests over HTTP(S) with undici, because the fetch of Node 20 does not support proxies. The requests use
// the proxies of the environment, extra certificates, and credentials in addresses. A redirect never passes credentials
// to another host.
import type { Readable } from 'node:stream';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent, request } from 'undici';

export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** A PEM file with additional trusted certificate authorities. */
  readonly certificates?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Readable;
  /** Address of the answer, after redirects. */
  readonly url: URL;
  readonly header: (name: string) => string | undefined;
  /** Discards the body of an answer that is not read. */
  readonly drop: () => Promise<void>;
}

const SILENCE_MS = 30_000;

/**
 * Sends a GET request and follows redirects. Every other answer is returned, whatever its status.
 * @throws Error if no answer arrives, or after too many redirects
 */
export async function httpGet(url: URL, options: HttpOptions = {}, redirects = 5): Promise<HttpAnswer> {
  const ca = authorities(options.certificates);
  const tls = { timeout: SILENCE_MS, ...(ca === undefined ? {} : { ca }) };
  const { statusCode, headers, body } = await request(bare(url), {
    headers: { ...options.headers, ...authorization(url) },
    ...(options.signal ? { signal: options.signal } : {}),
    dispatcher: new EnvHttpProxyAgent({
      ...proxies(process.env),
      proxyTunnel: false, // Many proxies allow tunnels only to port 443. HTTPS always uses a tunnel.
      headersTimeout: SILENCE_MS,
      bodyTimeout: SILENCE_MS,
      connect: tls,
      requestTls: tls,
      proxyTls: tls,
    }),
  });
  const header = (name: string): string | undefined => [headers[name] ?? []].flat()[0];
  const drop = async (): Promise<void> => {
    await body.dump();
  };
  const location = header('location');
  if (statusCode < 300 || statusCode >= 400 || location === undefined)
    return { status: statusCode, header, body, drop, url };
  await drop();
  if (redirects === 0) throw new Error(`too many redirects at ${url.host}`);
  return httpGet(redirected(url, new URL(location, url)), options, redirects - 1);
}

/**
 * Returns the address of a redirect. The credentials are added only if the host stays the same and the redirect does
 * not lead from https to http.
 */
function redirected(from: URL, to: URL): URL {
  const isSafe = to.host === from.host && (to.protocol === 'https:' || from.protocol === 'http:');
  if (isSafe && to.username === '') [to.username, to.password] = [from.username, from.password];
  return to;
}

/**
 * Reads the proxies from the environment, and adds `http://` to a proxy without a scheme. This function reads
 * ALL_PROXY, because undici does not; undici reads NO_PROXY itself.
 */
export function proxies(env: NodeJS.ProcessEnv): { readonly httpProxy?: string; readonly httpsProxy?: string } {
  const read = (name: string): string => env[name] || env[name.toUpperCase()] || '';
  const named = (name: string): string => {
    const proxy = read(name) || read('all_proxy');
    return proxy === '' || proxy.includes('://') ? proxy : `http://${proxy}`;
  };
  return { httpProxy: named('http_proxy'), httpsProxy: named('https_proxy') };
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(words).toString('base64')}` };
}

/** Returns the address without credentials, for messages and for requests. */
export function bare(url: URL): URL {
  const copy = new URL(url);
  copy.username = copy.password = '';
  return copy;
}

function authorities(file: string | undefined): string[] | undefined {
  if (file === undefined) return undefined; // Node's default already includes the extra certificates
  const extra = process.env['NODE_EXTRA_CA_CERTS'];
  return [...rootCertificates, ...[file, ...(extra ? [extra] : [])].map((name) => readFileSync(name, 'utf8'))];
}
