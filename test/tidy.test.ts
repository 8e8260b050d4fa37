import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Every file of the project that git knows or would take. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && existsSync(path));

const textOf = (path: string): string => readFileSync(path, 'utf8');
const sources = files.filter((path) => /\.(ts|mjs|js)$/.test(path));
const texts = files.filter((path) => /\.(ts|mjs|js|json|md|sql|ya?ml|sh)$/.test(path) && path !== 'package-lock.json');

describe('the house is tidy', () => {
  it('has no vague names', () => {
    expect(
      files.filter((path) =>
        /(^|\/)(utils?|helpers?|common|misc|shared|managers?|services?|handlers?)(\/|\.[a-z]+$)/i.test(path),
      ),
    ).toEqual([]);
  });

  it('has no source file over 250 lines', () => {
    expect(sources.filter((path) => textOf(path).split('\n').length > 251)).toEqual([]);
  });

  it('names no path of a machine and no registry', () => {
    const machine = new RegExp(['/wor' + 'k/', '/ro' + 'ot/', '/home/[a-z]', 'registry\\.npm' + 'js'].join('|'));
    expect(texts.filter((path) => machine.test(textOf(path)))).toEqual([]);
  });

  it('has a plugin, a README and a test in every plugin folder', () => {
    const plugins = new Set(
      files.map((path) => /^plugins\/([^/]+)\//.exec(path)?.[1]).filter((name) => name !== undefined),
    );
    for (const plugin of plugins) {
      for (const path of [`plugins/${plugin}/plugin.ts`, `plugins/${plugin}/README.md`]) expect(files).toContain(path);
      expect(files.some((path) => path.startsWith(`test/plugins/${plugin}/`))).toBe(true);
    }
  });

  it.each(['ARCHITECTURE.md', 'README.md', 'CONTRIBUTING.md'])('%s names only files that exist', (page) => {
    const named = [
      ...textOf(page).matchAll(
        /`((?:core|plugins|api|web|fleet|cli|migrations|test|bench|docs|samples|scripts)\/[\w./-]+)`/g,
      ),
    ].map((match) => match[1] ?? '');
    expect(named.filter((path) => !path.includes('<') && !existsSync(path))).toEqual([]);
  });
});
