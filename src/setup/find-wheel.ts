// Finds the address of a wheel on a simple package index, in its JSON form or the older HTML one. Downloads nothing.
import { text } from 'node:stream/consumers';
import { fail } from '../runtime/contracts/failure.ts';
import { message } from './download.ts';
import { bare, httpGet } from './http-get.ts';
import type { HttpAnswer, HttpOptions } from './http-get.ts';
import type { Wheel } from './native-release.ts';

const accept = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5';

/** @throws FailureError `index-unreachable` or `wheel-not-found`, naming the index. */
export async function findWheel(wheel: Wheel, index: string, options: HttpOptions = {}): Promise<URL> {
  const base = baseOf(index);
  const page = new URL(`${wheel.project}/`, base);
  const values = { project: wheel.project, index: bare(base).href };
  const answer = await httpGet(page, { ...options, headers: { accept } }).catch((error: unknown) => {
    if (options.signal?.aborted) throw error;
    return fail({
      reason: 'index-unreachable',
      headline: 'the package index does not answer',
      values: { ...values, because: message(error) },
      help:
        certificateHelp(message(error)) ?? 'Check the network. HTTPS_PROXY, PIP_INDEX_URL and pip.conf are respected.',
    });
  });
  const found = answer.status === 200 ? links(await text(answer.body), answer) : [];
  if (answer.status !== 200) answer.body.destroy();
  const link = found.find(({ name }) => name === wheel.file);
  if (link !== undefined) return withCredentials(new URL(link.href, answer.url), base);
  return fail({
    reason: 'wheel-not-found',
    headline: 'the package index does not have a file that is needed',
    values: { ...values, file: wheel.file, answer: answer.status, 'files listed': found.length },
    help: 'Set PIP_INDEX_URL to an index that has it (a full mirror of the public one), then run `lethe setup` again.',
  });
}

function baseOf(index: string): URL {
  if (URL.canParse(index) && /^https?:/.test(index)) return new URL(index.endsWith('/') ? index : `${index}/`);
  return fail({
    reason: 'bad-index',
    headline: 'the package index configured for pip is not an http address',
    values: { index },
    help: 'Correct PIP_INDEX_URL or index-url in pip.conf.',
  });
}

interface Link {
  readonly name: string;
  readonly href: string;
}

function links(body: string, answer: HttpAnswer): Link[] {
  if (answer.headers['content-type']?.includes('json') === true) {
    const { files } = JSON.parse(body) as { files: readonly { filename: string; url: string }[] };
    return files.map(({ filename, url }) => ({ name: filename, href: url }));
  }
  const anchors = body.matchAll(/<a\s[^>]*?href\s*=\s*["']([^"']+)["'][^>]*>\s*([^<]+?)\s*<\/a>/gi);
  return [...anchors].map(([, href = '', name = '']) => ({ name, href: href.replaceAll('&amp;', '&') }));
}

/** Files of a private index are behind the same password when they are on the same host. */
function withCredentials(url: URL, base: URL): URL {
  if (url.host === base.host && url.username === '') [url.username, url.password] = [base.username, base.password];
  return url;
}

function certificateHelp(because: string): string | undefined {
  if (!/certificate|self.signed|issuer/i.test(because)) return undefined;
  return 'The certificate is not trusted. Set NODE_EXTRA_CA_CERTS (or PIP_CERT) to the PEM file of your organisation, then run `lethe setup` again.';
}
