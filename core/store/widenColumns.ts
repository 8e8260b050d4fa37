import type { StreamSchema } from '../events/stream.ts';
import type { Connection } from './connection.ts';
import { fieldColumns } from './eventTable.ts';

/**
 * Makes the columns of a table of a stream's events (named with its database) fit a config in which a field's type was changed. Anything may become text; another change would lose what is stored,
 * and is refused: throws RangeError naming the fields.
 */
export async function widenColumns(connection: Connection, fullName: string, schema: StreamSchema): Promise<void> {
  const [database = '', table = ''] = fullName.split('.');
  const rows = await connection.query<{ name: string; type: string }>(
    `SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String}`,
    { database, table },
  );
  const stored = new Map(rows.map(({ name, type }) => [name, type]));
  const changed = fieldColumns(schema).filter(({ name, type }) => (stored.get(name) ?? type) !== type);
  const refused = changed.filter(({ type }) => !type.includes('String'));
  if (refused.length > 0)
    throw new RangeError(
      `${table} holds ${refused.map(({ name, type }) => `${name} as ${stored.get(name) ?? ''}, which cannot become ${type}`).join('; ')}: declare it as it was, or as text, or give the new field another name`,
    );
  for (const { name, type } of changed)
    await connection.command(`ALTER TABLE ${fullName} MODIFY COLUMN \`${name}\` ${type}`);
}
