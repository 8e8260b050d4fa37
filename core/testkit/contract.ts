import type { Json, Plugin } from '../plugin.ts';
import type { ClosedWindow } from '../windows/closedWindow.ts';
import { frozen } from './frozen.ts';
import { hostedCheck, judgeWindows, type HostedCheck, type Said, toldBy } from './judge.ts';
import { busyWindows, hardWindows } from './scenes.ts';
import { withoutClock } from './withoutClock.ts';

/** One thing that every plugin promises. */
export interface Law {
  readonly name: string;
  /** Throws when it does not hold. */
  readonly check: () => void;
}

/** What the laws are tried with. */
export interface ContractTerms {
  /** Windows in which the plugin has something to say; a varied scene when left out. Give your own when you judge readings of your own. */
  readonly shown?: readonly ClosedWindow[];
  readonly options?: unknown;
}

/** The promises of a plugin as named laws, for any test runner: `for (const { name, check } of pluginContract(mine)) it(name, check)`. */
export function pluginContract<Options, MessageId extends string>(
  plugin: Plugin<Options, MessageId>,
  { shown = busyWindows(), options = {} }: ContractTerms = {},
): readonly Law[] {
  const make = (): HostedCheck => hostedCheck(plugin, frozen(options), toldBy(shown));
  const unbroken = (): string => textOf(judgeWindows(plugin, options, shown));
  const cuts = [1, shown.length >> 2, shown.length >> 1, shown.length - (shown.length >> 3)];
  return [
    ...declarations(plugin),
    {
      name: 'has something to say of what it is shown',
      check: () => expect(unbroken() !== '[]', 'it said nothing: show it something else'),
    },
    {
      name: 'judges batches or windows',
      check: () => expect((make().check.window ?? make().check.process) !== undefined, 'give it window or process'),
    },
    { name: 'says the same of the same windows', check: () => same(unbroken(), unbroken(), 'shown twice') },
    { name: 'reads no clock and draws no lots of its own', check: () => withoutClock(() => void unbroken()) },
    {
      name: 'changes nothing of what it is shown',
      check: () => same(textOf(judgeWindows(plugin, options, frozen(shown))), unbroken(), 'shown frozen windows'),
    },
    {
      name: 'makes snapshots of plain JSON, one entry a series',
      check: () => cuts.forEach((cut) => checkSnapshot(make(), shown.slice(0, cut))),
    },
    {
      name: 'goes on from a snapshot as if it had never stopped',
      check: () =>
        cuts.forEach((cut) =>
          same(broken(make(), make(), shown, cut), unbroken(), `restored after ${String(cut)} windows`),
        ),
    },
    {
      name: 'forgets all else when it is restored',
      check: () =>
        cuts.forEach((cut) =>
          same(
            broken(make(), used(make(), shown), shown, cut),
            unbroken(),
            `restored over other state after ${String(cut)} windows`,
          ),
        ),
    },
    {
      name: 'begins anew when it is restored to nothing',
      check: () => same(startedAnew(used(make(), shown), shown), unbroken(), 'restored to nothing'),
    },
    {
      name: 'is not changed by a snapshot',
      check: () => same(watched(make(), shown), unbroken(), 'asked for a snapshot after each window'),
    },
    ...Object.entries(hardWindows()).map(([scene, hard]): Law => ({
      name: `bears ${scene}`,
      check: () => void judgeWindows(plugin, options, hard),
    })),
  ];
}

function declarations({
  name,
  version,
  description,
  messages,
  options,
}: Pick<Plugin, 'name' | 'version' | 'description' | 'messages' | 'options'>): Law[] {
  return [
    {
      name: 'has a name, a version and a description',
      check: () =>
        expect(
          /^[a-z][a-z0-9-]*$/.test(name) && /^\d+\.\d+\.\d+$/.test(version) && description.length > 0,
          `${name} ${version} '${description}'`,
        ),
    },
    {
      name: 'has a template for every message',
      check: () =>
        expect(
          Object.keys(messages).length > 0 &&
            Object.entries(messages).every(
              ([id, template]) => /^[a-z][a-z0-9-]*$/.test(id) && template.trim().length > 0,
            ),
          JSON.stringify(messages),
        ),
    },
    { name: 'has a default for every option', check: () => void options.parse({}) },
    {
      name: 'refuses options that it does not know',
      check: () => expect(!options.safeParse({ 'no such option': 1 }).success, 'make the options a strict object'),
    },
  ];
}

/** The drafts of a run in which the process ended after `cut` windows and another one, `next`, went on. */
function broken(first: HostedCheck, next: HostedCheck, shown: readonly ClosedWindow[], cut: number): string {
  const before = shown.slice(0, cut).flatMap((closed, at) => first.window(closed, at));
  next.check.restore?.(stored(first));
  return textOf([...before, ...shown.slice(cut).flatMap((closed, at) => next.window(closed, cut + at))]);
}

function used(hosted: HostedCheck, shown: readonly ClosedWindow[]): HostedCheck {
  for (const closed of shown) hosted.window(closed);
  return hosted;
}

function startedAnew(hosted: HostedCheck, shown: readonly ClosedWindow[]): string {
  hosted.check.restore?.([]);
  return textOf(shown.flatMap((closed, at) => hosted.window(closed, at)));
}

function watched(hosted: HostedCheck, shown: readonly ClosedWindow[]): string {
  return textOf(
    shown.flatMap((closed, at) => {
      const said = hosted.window(closed, at);
      stored(hosted);
      return said;
    }),
  );
}

/** A snapshot as it comes back from the store. */
const stored = ({ check }: HostedCheck): [string, Json][] =>
  JSON.parse(JSON.stringify([...(check.snapshot?.() ?? [])])) as [string, Json][];

function checkSnapshot(hosted: HostedCheck, shown: readonly ClosedWindow[]): void {
  used(hosted, shown);
  expect(
    (hosted.check.snapshot === undefined) === (hosted.check.restore === undefined),
    'give it both snapshot and restore, or neither',
  );
  const entries = [...(hosted.check.snapshot?.() ?? [])];
  expect(new Set(entries.map(([series]) => series)).size === entries.length, 'a series has two entries');
  for (const [series, state] of entries) checkPlain(state, `snapshot of '${series}'`);
}

function checkPlain(value: unknown, where: string): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return;
  if (typeof value === 'number') {
    expect(Number.isFinite(value), `${where} is ${String(value)}, which JSON cannot hold`);
    return;
  }
  const isPlain =
    typeof value === 'object' &&
    (Array.isArray(value) ||
      Object.getPrototypeOf(value) === Object.prototype ||
      Object.getPrototypeOf(value) === null);
  expect(isPlain, `${where} is no plain JSON`);
  for (const [key, of] of Object.entries(value as object)) checkPlain(of, `${where}.${key}`);
}

/** Of drafts, in the order in which they were said. */
const textOf = (said: readonly Said[]): string => JSON.stringify(said);

function same(got: string, wanted: string, when: string): void {
  if (got === wanted) return;
  let at = 0;
  while (got[at] === wanted[at]) at++;
  throw new Error(
    `it says something else when ${when}: ...${got.slice(Math.max(0, at - 200), at + 40)} instead of ...${wanted.slice(Math.max(0, at - 200), at + 40)}`,
  );
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
