import { program } from '../ingest/program.ts';

/** Runs a program of this folder in a process of its own, with one JSON argument; answers what it printed as JSON. */
export const childProgram = <Answer>(name: string, options: unknown): Promise<Answer> =>
  program<Answer>(`../kafka/${name}`, [JSON.stringify(options)]);
