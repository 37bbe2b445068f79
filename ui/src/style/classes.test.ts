/** Every page looks right when it is the first one that is opened: what it is drawn with is in style sheets
 * that it brings itself, or that come with the shell. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = resolve(import.meta.dirname, '..');

function fileOf(from: string, name: string): string | null {
  const base = resolve(dirname(from), name);
  return (
    [base, `${base}.tsx`, `${base}.ts`].find((path) => statSync(path, { throwIfNoEntry: false })?.isFile()) ??
    null
  );
}

/** A file and all that come with it, but not what is loaded later. */
function broughtBy(file: string, files = new Set<string>()): Set<string> {
  if (files.has(file)) return files;
  files.add(file);
  if (!/\.tsx?$/.test(file)) return files;
  for (const [, name] of readFileSync(file, 'utf8').matchAll(/(?:from|^import) '(\.[^']+)'/gm)) {
    const path = fileOf(file, name!);
    if (path) broughtBy(path, files);
  }
  return files;
}

function styled(files: Iterable<string>): Set<string> {
  const names = [...files]
    .filter((file) => file.endsWith('.css'))
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\.([a-z][\w-]*)/gi)].map(([, name]) => name!),
    );
  return new Set(names);
}

/** Names in className="..." and in choices between such texts. */
function classesOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const plain = [...text.matchAll(/className="([^"]+)"/g)].map(([, names]) => names!);
  const chosen = [...text.matchAll(/className=\{([^}`]*)\}/g)].flatMap(([, code]) =>
    [...code!.matchAll(/[?:] '([^']*)'/g)].map(([, names]) => names!),
  );
  return [...plain, ...chosen].flatMap((names) => names.split(/\s+/)).filter(Boolean);
}

const everywhere = broughtBy(join(source, 'main.tsx'));
const later = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map((path) => join(source, path))
  .filter((path) => path.endsWith('.tsx'))
  .flatMap((importer) =>
    [...readFileSync(importer, 'utf8').matchAll(/import\('(\.[^']+)'\)/g)].map(([, name]) => ({
      importer,
      file: fileOf(importer, name!)!,
    })),
  );

/** What is there when a file is loaded: a view of a page comes after the page. */
function thereWith(file: string): Set<string> {
  const before = later.filter((one) => one.file === file && !everywhere.has(one.importer));
  const pages = before.map(({ importer }) => later.find((one) => broughtBy(one.file).has(importer))!.file);
  return new Set([...everywhere, ...broughtBy(file), ...pages.flatMap((page) => [...broughtBy(page)])]);
}

/** Names that a library looks for, not a style. */
const bare = new Set(['nodrag']);

describe('what is loaded later', () => {
  for (const { file } of later)
    it(`brings the style of all that it draws: ${file.slice(source.length + 1)}`, () => {
      const known = styled(thereWith(file));
      const missing = [...broughtBy(file)]
        .filter((one) => one.endsWith('.tsx'))
        .flatMap((one) => classesOf(one).filter((name) => !known.has(name) && !bare.has(name)));
      expect(missing).toEqual([]);
    });
});
