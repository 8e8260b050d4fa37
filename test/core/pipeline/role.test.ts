import { describe, expect, it } from 'vitest';
import { rolesOf } from '../../../core/pipeline/role.ts';

describe('--roles', () => {
  it.each<[string, readonly string[] | undefined]>([
    ['ingest', ['ingest']],
    ['control, judge', ['judge', 'control']],
    ['judge,judge', ['judge']],
    ['', undefined],
    ['ingest,cook', undefined],
  ])('%j', (text, roles) => {
    const found = rolesOf(text);
    expect(found === undefined ? undefined : [...found]).toEqual(roles);
  });
});
