import { describe, expect, it } from 'vitest';
import {
  compose,
  deployments,
  instructions,
  kustomization,
  manifests,
  rawConfig,
  textOf,
} from '../support/deployFiles.ts';

describe('nothing is left open', () => {
  it('every image has a version, the same everywhere, and Node is the one of package.json', () => {
    const { version, dependencies } = JSON.parse(textOf('package.json')) as {
      version: string;
      dependencies: Record<string, string>;
    };
    const images = [...Object.values(compose.services), ...deployments.map(({ container }) => container)].map(
      ({ image }) => image,
    );
    const bases = instructions.filter(({ name }) => name === 'FROM').map(({ rest }) => rest.split(' ')[0]!);
    for (const image of [...images, ...bases]) expect(image).toMatch(/^[\w/.-]+:\d+\.\d+[\w.-]*$/);
    for (const image of images.filter((each) => each.startsWith('touchstone:')))
      expect(image).toBe(`touchstone:${version}`);
    expect(kustomization.images).toEqual([{ name: 'touchstone', newTag: version }]);
    for (const base of bases) expect(base.startsWith(`node:${dependencies['node']!}-`)).toBe(true);
  });

  it('no secret is in a file', () => {
    expect(manifests.map(({ kind }) => kind)).not.toContain('Secret');
    const given = Object.values(compose.services).flatMap(({ environment }) => Object.entries(environment ?? {}));
    const secrets = given.filter(([name]) => /PASSWORD|TOKEN|SECRET/.test(name));
    expect(secrets.length).toBeGreaterThan(0);
    for (const [name, value] of secrets) expect(value, name).toMatch(/^\$\{\w+:\?[^}]+\}$/);
    for (const { container } of deployments)
      expect(container.env.filter(({ value }) => value !== undefined)).toEqual([]);
    expect(JSON.stringify(rawConfig)).not.toMatch(/password|secret|token/i);
  });

  it('nothing of compose listens beyond this machine', () => {
    const published = Object.values(compose.services).flatMap(({ ports }) => ports ?? []);
    expect(published.length).toBeGreaterThan(0);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});
