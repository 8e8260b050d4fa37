import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { START_HELP } from '../../cli/start.ts';
import { type Config, parseConfig } from '../../core/config/config.ts';
import {
  compose,
  deployments,
  imageStage,
  instructions,
  KUBERNETES,
  kustomization,
  manifestFiles,
  ofKind,
  ours,
  rawConfig as raw,
  ROOT,
  textOf,
  wordsOf,
} from '../support/deployFiles.ts';

const ROLES = /--roles ([\w,]+)/.exec(START_HELP)?.[1]?.split(',') ?? [];
const PATH_IN_IMAGE = '/etc/touchstone/touchstone.config.yaml';
const source = raw['source'] as { brokers: string[]; topics: Record<string, string[]> };

/** Whether this version reads from Kafka at all; until it does, the config's `source` cannot be checked. */
const complaints = (config: unknown): string[] => {
  const parsed = parseConfig(config);
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
};
const knowsKafka = !complaints({ source: { kind: 'kafka' } }).some((problem) => problem.startsWith('source.kind:'));
const checkable = knowsKafka ? raw : Object.fromEntries(Object.entries(raw).filter(([name]) => name !== 'source'));
const config = (): Config => {
  const parsed = parseConfig(checkable);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
};

const roleOf = (words: readonly string[] = []): string | undefined => words[words.indexOf('--roles') + 1];
const isSubset = (few: Readonly<Record<string, string>>, all: Readonly<Record<string, string>>): boolean =>
  Object.keys(few).length > 0 && Object.entries(few).every(([key, value]) => all[key] === value);
/** Routes of the API that need no token. */
const health = [...textOf('api/routes/health.ts').matchAll(/'(\/\w+)'/g)].map((match) => match[1]);

describe('the config', () => {
  it('is one that this version takes', () => {
    if (!knowsKafka)
      console.warn('\n*** NOT TESTED: source in deploy/touchstone.config.yaml; kind kafka is not built yet ***\n');
    expect(complaints(checkable)).toEqual([]);
  });

  it('is the same in Kubernetes, byte for byte', () => {
    const files = kustomization.configMapGenerator.flatMap(({ files }) => files ?? []);
    expect(files).toEqual(['touchstone.config.yaml']);
    expect(textOf(`${KUBERNETES}/touchstone.config.yaml`)).toBe(textOf('deploy/touchstone.config.yaml'));
  });

  it('names streams that are declared, and a broker and topics that compose has', () => {
    expect(Object.keys(source.topics).sort()).toEqual(Object.keys(config().streams).sort());
    const kafka = compose.services['kafka']!.environment!;
    const advertised = kafka['KAFKA_ADVERTISED_LISTENERS']!.split(',').map((listener) => listener.split('://')[1]);
    for (const broker of source.brokers) expect(advertised).toContain(broker);
    const made = / in ([\w -]+); do/.exec(compose.services['topics']!.command![0]!)?.[1]?.split(' ').sort();
    expect(made).toEqual(Object.values(source.topics).flat().sort());
  });

  it('listens beyond loopback, on the port that everything else names', () => {
    const { host, port } = config().api;
    expect(host).toBe('0.0.0.0');
    expect(imageStage.find(({ name }) => name === 'EXPOSE')?.rest).toBe(String(port));
    for (const { container } of deployments) expect(container.ports.map((each) => each.containerPort)).toEqual([port]);
    for (const published of ours.flatMap(([, { ports }]) => ports ?? [])) expect(published).toMatch(`:${String(port)}`);
  });
});

describe('every role', () => {
  it('is one that touchstone knows, and each is played in compose and in Kubernetes', () => {
    expect(ROLES).toHaveLength(3);
    expect(ours.map(([, { command }]) => roleOf(command)).sort()).toEqual([...ROLES].sort());
    expect(deployments.map(({ container }) => roleOf(container.args)).sort()).toEqual([...ROLES].sort());
    for (const [name, { command }] of ours) expect(roleOf(command)).toBe(name);
    for (const { labels, container } of deployments)
      expect(labels['app.kubernetes.io/component']).toBe(roleOf(container.args));
  });

  it('reads the config where it is mounted', () => {
    for (const words of [
      ...ours.map(([, { command }]) => command!),
      ...deployments.map(({ container }) => container.args),
      wordsOf('CMD'),
    ])
      expect(words.slice(0, 3)).toEqual(['start', '--config', PATH_IN_IMAGE]);
    for (const [, { volumes }] of ours) {
      const [from = '', to] = volumes!.find((volume) => volume.startsWith('./'))!.split(':');
      expect(existsSync(join(ROOT, 'deploy', from))).toBe(true);
      expect(to).toBe(PATH_IN_IMAGE);
    }
    for (const { pod, container } of deployments) {
      const mount = container.volumeMounts.find(({ mountPath }) => PATH_IN_IMAGE.startsWith(`${mountPath}/`))!;
      const volume = pod.volumes.find(({ name }) => name === mount.name)!;
      const generator = kustomization.configMapGenerator.find(({ name }) => name === volume.configMap?.name);
      expect(generator?.files?.map((file) => `${mount.mountPath}/${file}`)).toEqual([PATH_IN_IMAGE]);
    }
  });

  it('is asked at paths that the API has', () => {
    expect(health).toEqual(['/livez', '/readyz', '/metrics']);
    const asked = [wordsOf('HEALTHCHECK'), ...ours.map(([, { healthcheck }]) => healthcheck!.test)];
    for (const words of asked) {
      expect(health).toContain(words.at(-1));
      expect(imageStage.map(({ rest }) => `/opt/touchstone/${rest.split(' ')[1] ?? ''}`)).toContain(words.at(-2));
    }
    for (const { container, spec } of deployments) {
      expect(container.livenessProbe.httpGet.path).toBe('/livez');
      expect(container.startupProbe.httpGet.path).toBe('/livez');
      expect(container.readinessProbe.httpGet.path).toBe('/readyz');
      expect(health).toContain(spec.template.metadata.annotations['prometheus.io/path']);
      const names = container.ports.map(({ name }) => name);
      for (const probe of [container.livenessProbe, container.startupProbe, container.readinessProbe])
        expect(names).toContain(probe.httpGet.port);
    }
  });

  it('is given only variables that touchstone reads', () => {
    const read = textOf('cli/configFile.ts') + textOf('core/telemetry.ts');
    const given = [
      ...ours.flatMap(([, { environment }]) => Object.keys(environment!)),
      ...deployments.flatMap(({ container }) => container.env.map(({ name }) => name)),
      ...kustomization.configMapGenerator.flatMap(({ literals }) => literals ?? []).map((pair) => pair.split('=')[0]!),
    ];
    expect(given).toContain('CLICKHOUSE_URL');
    for (const name of given) expect(read, name).toContain(`'${name}'`);
    for (const { container } of deployments)
      for (const { configMapRef } of container.envFrom)
        expect(kustomization.configMapGenerator.map(({ name }) => name)).toContain(configMapRef.name);
  });

  it('has longer to start and to stop than touchstone itself is patient', () => {
    const msOf = (path: string, name: string): number =>
      Number(new RegExp(`const ${name} = ([\\d_]+);`).exec(textOf(path))?.[1]?.replaceAll('_', ''));
    const startS = msOf('cli/patiently.ts', 'PATIENCE_MS') / 1_000;
    const stopS = msOf('core/main.ts', 'STOP_PATIENCE_MS') / 1_000;
    for (const { pod, container } of deployments) {
      const { periodSeconds, failureThreshold } = container.startupProbe;
      expect(periodSeconds * failureThreshold!).toBeGreaterThan(startS);
      expect(pod.terminationGracePeriodSeconds - (container.lifecycle?.preStop.sleep.seconds ?? 0)).toBeGreaterThan(
        stopS + 10,
      );
    }
    for (const [, service] of ours) expect(Number.parseInt(service.stop_grace_period!)).toBeGreaterThan(stopS + 10);
  });
});

describe('what is named is there', () => {
  it('in compose: services, volumes, hosts', () => {
    const { services } = compose;
    for (const { depends_on, volumes, environment } of Object.values(services)) {
      for (const [name, { condition }] of Object.entries(depends_on ?? {})) {
        expect(Object.keys(services)).toContain(name);
        if (condition === 'service_healthy') expect(services[name]?.healthcheck, name).toBeDefined();
      }
      for (const volume of (volumes ?? []).filter((each) => !each.startsWith('./')))
        expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
      const url = environment?.['CLICKHOUSE_URL'];
      if (url !== undefined) expect(Object.keys(services)).toContain(new URL(url).hostname);
    }
    for (const [, { build }] of ours)
      expect(existsSync(join(ROOT, 'deploy', build!.context, build!.dockerfile))).toBe(true);
  });

  it('in Kubernetes: every file, every selector, every budget and service', () => {
    expect([...kustomization.resources].sort()).toEqual([...manifestFiles].sort());
    expect(ofKind('Namespace').map(({ metadata }) => metadata.name)).toEqual([kustomization.namespace]);
    for (const { spec, pod, labels } of deployments) {
      expect(isSubset(spec.selector.matchLabels, labels)).toBe(true);
      expect(pod.topologySpreadConstraints.length).toBeGreaterThan(0);
      for (const { labelSelector } of pod.topologySpreadConstraints)
        expect(isSubset(labelSelector.matchLabels, labels)).toBe(true);
    }
    const chosen = (selector: Readonly<Record<string, string>>): string[] =>
      deployments.filter(({ labels }) => isSubset(selector, labels)).map(({ name }) => name);
    const budgets = ofKind('PodDisruptionBudget');
    expect(budgets.flatMap(({ spec }) => chosen(spec.selector.matchLabels)).sort()).toEqual(
      deployments.map(({ name }) => name).sort(),
    );
    // A budget that allows none of the pods to go would hold up the draining of a node for ever.
    for (const { spec } of budgets) expect(spec.maxUnavailable).toBeGreaterThanOrEqual(1);
    for (const { spec } of ofKind('Service')) {
      expect(chosen(spec.selector)).toEqual(['touchstone-control']);
      for (const { targetPort } of spec.ports)
        expect(
          deployments.find(({ name }) => name === 'touchstone-control')!.container.ports.map(({ name }) => name),
        ).toContain(targetPort);
    }
    expect(deployments.find(({ name }) => name === 'touchstone-control')?.spec.replicas).toBe(2);
  });

  it('in Kubernetes: every volume, and every key of the Secret in the command that makes it', () => {
    const made = [...textOf('deploy/README.md').matchAll(/--from-(?:literal|file)=([\w-]+)=/g)].map(
      (match) => match[1],
    );
    for (const { pod, container } of deployments) {
      for (const { name } of container.volumeMounts) expect(pod.volumes.map((volume) => volume.name)).toContain(name);
      const keys = [
        ...container.env.map(({ valueFrom }) => valueFrom!.secretKeyRef),
        ...pod.volumes.flatMap(({ secret }) =>
          (secret?.items ?? []).map(({ key }) => ({ name: secret!.secretName, key })),
        ),
      ];
      expect(keys.map(({ key }) => key).sort()).toEqual([...made].sort());
      for (const { name } of keys) expect(textOf('deploy/README.md')).toContain(`create secret generic ${name} `);
    }
  });

  it('in the Dockerfile: what it copies', () => {
    const copies = instructions.filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from='));
    const from = copies.flatMap(({ rest }) => rest.split(' ').slice(0, -1));
    expect(from.length).toBeGreaterThan(5);
    expect(from.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const allowed = textOf('deploy/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    expect(allowed.map((line) => line.slice(1)).sort()).toEqual([...new Set(from)].sort());
  });
});
