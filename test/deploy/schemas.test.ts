import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInstalled, output, resolvedOnce } from '../support/clientCache.ts';
import { compose, documentsOf, KUBERNETES, manifests, ROOT, textOf } from '../support/deployFiles.ts';
import { type OpenFolder, openFolder } from '../support/openFolder.ts';

/** The oldest version with all that is asked for (the sleep before the stop), and the newest whose schema the pinned package has. */
const KUBERNETES_VERSIONS = ['1.30', '1.37'];
const HERE = join(ROOT, 'test/deploy');
const PASSWORD = { TOUCHSTONE_CLICKHOUSE_PASSWORD: 'of-the-test' };
const COMPOSE_FILE = join(ROOT, 'deploy/compose.yaml');

let folder: OpenFolder;

beforeAll(async () => {
  folder = await openFolder();
});

afterAll(() => folder.remove());

/** Runs a program to its end. */
function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): { status: number | null; said: string } {
  const { TOUCHSTONE_CLICKHOUSE_PASSWORD: _, ...inherited } = process.env;
  const { status, stdout, stderr } = spawnSync(program, args, { env: { ...inherited, ...env }, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

describe('the manifests against the schemas of Kubernetes', () => {
  let validate: string;

  beforeAll(async () => {
    const requirements = join(HERE, 'kubernetes/requirements.txt');
    const venv = await resolvedOnce('kubernetes', [join('../deploy/kubernetes/requirements.txt')], async (fresh) => {
      await output('python3', ['-m', 'venv', fresh]);
      await output(join(fresh, 'bin/pip'), ['install', '--quiet', '--no-deps', '-r', requirements]);
    });
    validate = join(venv, 'bin/kubernetes-validate');
    expect(existsSync(validate)).toBe(true);
  });

  const checked = async (text: string, version: string): Promise<{ status: number | null; said: string }> => {
    const file = join(folder.path, 'manifests.yaml');
    await writeFile(file, text);
    return run(validate, ['--strict', '-k', version, file]);
  };
  const files = ['control', 'ingest', 'judge', 'namespace'];
  const all = files.map((name) => textOf(`${KUBERNETES}/${name}.yaml`)).join('---\n');

  it.each(KUBERNETES_VERSIONS)('hold in %s, every one', async (version) => {
    const { status, said } = await checked(all, version);
    expect(status, said).toBe(0);
    expect(said.match(/passed for resource/g)).toHaveLength(manifests.length);
  });

  it('would not hold with a misspelt setting or a word for a number', async () => {
    for (const [right, wrong] of [
      ['readinessProbe:', 'readynessProbe:'],
      ['replicas: 2', 'replicas: two'],
    ] as const) {
      expect(all).toContain(right);
      expect((await checked(all.replace(right, wrong), KUBERNETES_VERSIONS[0]!)).status, wrong).not.toBe(0);
    }
  });
});

describe('kustomize', () => {
  it('builds them, and every reference to a generated name is renamed with it', async ({ skip }) => {
    if (!(await isInstalled('kubectl', 'version', '--client'))) {
      console.warn('\n*** NOT TESTED: kustomization.yaml, since kubectl is not installed ***\n');
      skip();
    }
    const built = documentsOf(await output('kubectl', ['kustomize', join(ROOT, KUBERNETES)]));
    const maps = built.filter(({ kind }) => kind === 'ConfigMap');
    expect(built).toHaveLength(manifests.length + maps.length);
    expect(maps.map(({ data }) => data?.['touchstone.config.yaml'])).toContain(textOf('deploy/touchstone.config.yaml'));
    const names = maps.map(({ metadata }) => metadata.name);
    const deployments = built.filter(({ kind }) => kind === 'Deployment');
    expect(deployments).toHaveLength(3);
    for (const { metadata, spec } of deployments) {
      expect(metadata.namespace).toBe('touchstone');
      const { containers, volumes } = spec.template.spec;
      const used = [
        ...volumes.flatMap(({ configMap }) => (configMap === undefined ? [] : [configMap.name])),
        ...containers.flatMap(({ envFrom }) => envFrom.map(({ configMapRef }) => configMapRef.name)),
      ];
      expect(used.sort()).toEqual([...names].sort());
    }
  });
});

describe('compose.yaml', () => {
  it('is loaded by the library of docker compose, and only with a password', async ({ skip }) => {
    if (!(await isInstalled('go', 'version'))) {
      console.warn('\n*** NOT TESTED: compose.yaml against the compose specification, since go is not installed ***\n');
      skip();
    }
    const sources = ['go.mod', 'go.sum', 'main.go'].map((name) => join('../deploy/compose', name));
    const built = await resolvedOnce('compose', sources, async (fresh) => {
      await output('go', ['build', '-mod=readonly', '-o', join(fresh, 'load'), '.'], { cwd: join(HERE, 'compose') });
    });
    const load = (file: string, env: Record<string, string>): { status: number | null; said: string } =>
      run(join(built, 'load'), [file], env);
    const { status, said } = load(COMPOSE_FILE, PASSWORD);
    expect(status, said).toBe(0);
    const { services } = JSON.parse(said) as { services: Record<string, unknown> };
    expect(Object.keys(services).sort()).toEqual(Object.keys(compose.services).sort());
    expect(load(COMPOSE_FILE, {})).toMatchObject({
      status: 1,
      said: expect.stringContaining('set a password') as string,
    });
    const wrong = join(folder.path, 'compose.yaml');
    await writeFile(wrong, textOf('deploy/compose.yaml').replace('stop_grace_period: 30s', 'stop_grace: 30s'));
    expect(load(wrong, PASSWORD).status).toBe(1);
  });

  it('is taken by docker compose config', async ({ skip }) => {
    if (!(await isInstalled('docker', 'compose', 'version'))) {
      console.warn('\n*** NOT TESTED: docker compose config, since docker compose is not installed ***\n');
      skip();
    }
    const { status, said } = run('docker', ['compose', '--file', COMPOSE_FILE, 'config', '--quiet'], PASSWORD);
    expect(status, said).toBe(0);
  });
});
