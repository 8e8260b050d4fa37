import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

/** Root of the project. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

export interface Healthcheck {
  readonly test: readonly string[];
}

export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: Healthcheck;
  readonly ports?: readonly string[];
  readonly stop_grace_period?: string;
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, null>>;
}

export const compose = parse(textOf('deploy/compose.yaml'), { merge: true }) as Compose;

type Labels = Readonly<Record<string, string>>;

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold?: number;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
  }[];
  readonly envFrom: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly subPath?: string }[];
}

export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly replicas: number;
    readonly maxUnavailable: number;
    readonly selector: Labels & { readonly matchLabels: Labels };
    readonly ports: readonly { readonly port: number; readonly targetPort: string }[];
    readonly template: {
      readonly metadata: { readonly labels: Labels; readonly annotations: Labels };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly topologySpreadConstraints: readonly { readonly labelSelector: { readonly matchLabels: Labels } }[];
        readonly containers: readonly Container[];
        readonly volumes: readonly {
          readonly name: string;
          readonly configMap?: { readonly name: string };
          readonly secret?: { readonly secretName: string; readonly items: readonly { readonly key: string }[] };
        }[];
      };
    };
  };
}

export interface Kustomization {
  readonly namespace: string;
  readonly resources: readonly string[];
  readonly configMapGenerator: readonly {
    readonly name: string;
    readonly files?: string[];
    readonly literals?: string[];
  }[];
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
}

export const KUBERNETES = 'deploy/kubernetes';
export const kustomization = parse(textOf(`${KUBERNETES}/kustomization.yaml`)) as Kustomization;
/** Files of manifests that are there, whether the kustomization names them or not. */
export const manifestFiles = readdirSync(join(ROOT, KUBERNETES)).filter(
  (name) => name.endsWith('.yaml') && name !== 'kustomization.yaml' && name !== 'touchstone.config.yaml',
);
/** Every document of a text of YAML; throws where it is not YAML. */
export const documentsOf = (text: string): Manifest[] =>
  parseAllDocuments(text).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS() as Manifest;
  });
export const manifests = manifestFiles.flatMap((name) => documentsOf(textOf(`${KUBERNETES}/${name}`)));
export const ofKind = (kind: string): Manifest[] => manifests.filter((manifest) => manifest.kind === kind);

/** The config that is mounted, as it is written. */
export const rawConfig = parse(textOf('deploy/touchstone.config.yaml')) as Record<string, unknown>;

/** The services of compose that are Touchstone. */
export const ours = Object.entries(compose.services).filter(([, { image }]) => image.startsWith('touchstone:'));
/** The Deployments, each with its pod and its one container. */
export const deployments = ofKind('Deployment').map(({ metadata, spec }) => {
  const container = spec.template.spec.containers[0]!;
  return { name: metadata.name, spec, pod: spec.template.spec, labels: spec.template.metadata.labels, container };
});

/** Instructions of the Dockerfile, continued lines joined, comments gone. */
export const instructions = textOf('deploy/Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    return { name, rest };
  });

/** The last stage: what becomes the image. */
export const imageStage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
/** The list of words of the last such instruction (`CMD`, `ENTRYPOINT`, `HEALTHCHECK`) in the image. */
export const wordsOf = (instruction: string): string[] => {
  const rest = imageStage.findLast(({ name }) => name === instruction)?.rest ?? '';
  return JSON.parse(rest.slice(rest.indexOf('['))) as string[];
};
