import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { imageStage, rawConfig, wordsOf } from '../support/deployFiles.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { type OpenFolder, openFolder } from '../support/openFolder.ts';
import { missingToPlay, PlayedImage } from '../support/playedImage.ts';
import { freePort } from '../../core/store/engine/freePort.ts';
import { until } from '../support/touchstoneChild.ts';

const GRACE_SECONDS = 30;
const missing = missingToPlay();
if (missing !== undefined)
  console.warn(`\n*** NOT TESTED: the image's files, user and signals by hand, since ${missing} is missing ***\n`);

describe.skipIf(missing !== undefined)('the image, played by hand (no container runtime was used)', () => {
  let folder: OpenFolder;
  let engine: TestEngine;
  let image: PlayedImage;
  let port: number;
  const [node = '', script = '', ...path] = wordsOf('HEALTHCHECK');
  const health = (...args: string[]): { status: number | null; stdout: string } =>
    spawnSync(join(image.root, 'usr/local/bin', node), [join(image.root, script), ...args], {
      env: { TOUCHSTONE_PORT: String(port) },
      encoding: 'utf8',
    });

  beforeAll(async () => {
    folder = await openFolder();
    engine = await startTestEngine();
    port = await freePort();
    // Kafka is not what is tested here; an empty folder has nothing to read.
    image = new PlayedImage(folder.path, stringify({ ...rawConfig, source: { kind: 'files', dirs: ['/tmp'] } }));
  });

  afterAll(async () => {
    await image.remove();
    await engine.stop();
    await folder.remove();
  });

  it('its healthcheck fails while nothing listens', () => {
    expect(health(...path).status).toBe(1);
  });

  it('starts with a ClickHouse elsewhere and nothing but its own files, and its healthcheck says so', async () => {
    const { user, password } = engine.engine.admin;
    image.start({
      TOUCHSTONE_PORT: String(port),
      CLICKHOUSE_URL: engine.engine.url,
      CLICKHOUSE_USER: user,
      CLICKHOUSE_PASSWORD: password,
      OTEL_SDK_DISABLED: 'true',
    });
    await until('the image is ready', () => {
      if (image.exitCode !== null) throw new Error(`it ended by itself: ${image.said}`);
      return health('/readyz').status === 0;
    });
    expect(health(...path)).toMatchObject({ status: 0, stdout: '{"status":"ok"}' });
    expect(health('/not-there').status).toBe(1);
  });

  it('is process 1, not root, and cannot become it', () => {
    const [uid = '', gid = ''] = (imageStage.find(({ name }) => name === 'USER')?.rest ?? '').split(':');
    const status = image.status();
    expect(status['NSpid']?.split('\t').at(-1)).toBe('1');
    expect(status).toMatchObject({ Name: expect.stringMatching(/^(node|MainThread)$/) as string, NoNewPrivs: '1' });
    expect(new Set(status['Uid']?.split('\t'))).toEqual(new Set([uid]));
    expect(new Set(status['Gid']?.split('\t'))).toEqual(new Set([gid]));
    expect(Number(uid)).toBeGreaterThan(0);
    expect(status['CapEff']).toMatch(/^0+$/);
  });

  it('takes the token that is mounted, though it may not write there', async () => {
    const streams = (token: string): Promise<number> =>
      fetch(`http://127.0.0.1:${String(port)}/v1/streams`, { headers: { Authorization: `Bearer ${token}` } }).then(
        ({ status }) => status,
      );
    expect(await streams('token-of-the-secret')).toBe(200);
    expect(await streams('another')).toBe(401);
  });

  it(`ends by itself within ${String(GRACE_SECONDS)} s of SIGTERM`, async () => {
    const sinceMs = performance.now();
    image.signal('SIGTERM');
    await until('it ended', () => image.exitCode !== null, GRACE_SECONDS * 1_000);
    console.info(`SIGTERM to process 1: ended after ${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`);
    expect(image.exitCode, image.said).toBe(0);
  });
});
