import { startTestEngine } from '../../test/support/engine.ts';

/** Quantiles as a function of ClickHouse gives them. */
export interface EngineAnswers {
  readonly name: string;
  readonly whole: readonly number[];
  /** From states of parts, merged. */
  readonly merged: readonly number[];
}

/** ClickHouse's own sketches, in the embedded engine. */
export interface EnginePeers {
  /** Value `at` belongs to part `at % parts`. */
  answers(values: Float64Array, parts: number, quantiles: readonly number[]): Promise<readonly EngineAnswers[]>;
  stop(): Promise<void>;
}

/** Function and its first parameters. */
const FUNCTIONS: readonly (readonly [string, string])[] = [
  ['quantilesTDigest', ''],
  ['quantilesDD', '0.01, '],
];

/** Starts an engine for them. */
export async function startEnginePeers(): Promise<EnginePeers> {
  const { admin, stop } = await startTestEngine();
  return {
    stop,
    async answers(values, parts, quantiles) {
      await admin.command('CREATE OR REPLACE TABLE touchstone.numbers (value Float64) ENGINE = Memory');
      await admin.insertBytes({
        table: 'touchstone.numbers',
        format: 'RowBinary',
        body: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      });
      const list = quantiles.join(', ');
      const numbers = `(SELECT value, rowNumberInAllBlocks() % ${String(parts)} AS part FROM touchstone.numbers SETTINGS max_threads = 1)`;
      return Promise.all(
        FUNCTIONS.map(async ([name, first]) => {
          const states = `SELECT ${name}State(${first}${list})(value) AS state FROM ${numbers} GROUP BY part`;
          const [row] = await admin.query<{ whole: number[]; merged: number[] }>(
            `SELECT (SELECT ${name}(${first}${list})(value) FROM ${numbers}) AS whole,
                    (SELECT ${name}Merge(${first}${list})(state) FROM (${states})) AS merged`,
          );
          return {
            name: `ClickHouse ${name.replace('quantiles', '')}`,
            whole: row?.whole ?? [],
            merged: row?.merged ?? [],
          };
        }),
      );
    },
  };
}
