// Finds the address of a wheel on a Python package index with the "simple" interface, in its JSON form or its older
// HTML form. Does not download the wheel.
import { text } from 'node:stream/consumers';
import { fail, failure } from '../runtime/contracts/failure.ts';
import { message } from './download.ts';
import { bare, httpGet } from './http-get.ts';
import type { HttpAnswer, HttpOptions } from './http-get.ts';
import type { Wheel } from './native-release.ts';

const accept = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5';

/**
 * Returns the address of a wheel.
 * @throws FailureError `index-unreachable`, `wheel-not-found` or `bad-index`
 */
export async function findWheel(wheel: Wheel, index: string, options: HttpOptions = {}): Promise<URL> {
  const base = baseOf(index);
  const page = new URL(`${wheel.project}/`, base);
  const searched = { project: wheel.project, index: bare(base).href };
  const answer = await httpGet(page, { ...options, headers: { accept } }).catch((error: unknown) => {
    if (options.signal?.aborted) throw error;
    return fail(failure('index-unreachable', { ...searched, why: message(error) }));
  });
  const found = answer.status === 200 ? links(await text(answer.body), answer) : [];
  if (answer.status !== 200) await answer.drop();
  const link = found.find(({ name }) => name === wheel.file);
  if (link !== undefined) return withCredentials(new URL(link.href, answer.url), base);
  return fail(
    failure('wheel-not-found', { ...searched, file: wheel.file, answer: answer.status, listed: found.length }),
  );
}

function baseOf(index: string): URL {
  if (URL.canParse(index) && /^https?:/.test(index)) return new URL(index.endsWith('/') ? index : `${index}/`);
  return fail(failure('bad-index', { index }));
}

interface Link {
  readonly name: string;
  readonly href: string;
}

function links(body: string, answer: HttpAnswer): Link[] {
  if (answer.header('content-type')?.includes('json') === true) {
    const { files } = JSON.parse(body) as { files: readonly { filename: string; url: string }[] };
    return files.map(({ filename, url }) => ({ name: filename, href: url }));
  }
  const anchors = body.matchAll(/<a\s[^>]*?href\s*=\s*["']([^"']+)["'][^>]*>\s*([^<]+?)\s*<\/a>/gi);
  return [...anchors].map(([, href = '', name = '']) => ({ name, href: href.replaceAll('&amp;', '&') }));
}

/** Adds the credentials of a private index to the address of a file, if the file is on the same host as the index. */
function withCredentials(url: URL, base: URL): URL {
  if (url.host === base.host && url.username === '') [url.username, url.password] = [base.username, base.password];
  return url;
}
