// Unpacks an npm tarball: small, gzipped, plain files below one top folder. Not a general tar reader.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** @throws Error when the archive is damaged or a name leads out of the folder. */
export async function unpackTarball(tarball: string, folder: string): Promise<void> {
  const tar = gunzipSync(await readFile(tarball));
  let longName: string | undefined;
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + 512);
    const size = Number.parseInt(field(header, 124, 12), 8);
    if (!Number.isFinite(size) || at + 512 + size > tar.length)
      throw new Error(`${path.basename(tarball)}: damaged archive`);
    const content = tar.subarray(at + 512, at + 512 + size);
    const type = field(header, 156, 1);
    const name = longName ?? [field(header, 345, 155), field(header, 0, 100)].filter((part) => part !== '').join('/');
    // An extended header holds the name of the entry after it.
    longName = type === 'x' ? /^\d+ path=(.*)$/m.exec(content.toString())?.[1] : undefined;
    if (type === '' || type === '0') await put(folder, name, content);
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

async function put(folder: string, name: string, content: Buffer): Promise<void> {
  const file = path.join(folder, name.slice(name.indexOf('/') + 1)); // below `package/`
  if (!file.startsWith(folder + path.sep)) throw new Error(`an archive names a file outside of its folder: ${name}`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

function field(header: Buffer, from: number, length: number): string {
  const text = header.toString('utf8', from, from + length);
  const end = text.indexOf('\0');
  return (end < 0 ? text : text.slice(0, end)).trim();
}
