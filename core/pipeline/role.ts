/** What a process may do: `ingest` reads and stores, `judge` turns windows into findings, `control` findings into alerts and deliveries. */
export type Role = 'ingest' | 'judge' | 'control';

/** Every role there is. */
export const ROLES: readonly Role[] = ['ingest', 'judge', 'control'];

/** The roles that a text such as `ingest,judge` names; undefined when it names something else. */
export function rolesOf(text: string): ReadonlySet<Role> | undefined {
  const names = text.split(',').map((name) => name.trim());
  const roles = ROLES.filter((role) => names.includes(role));
  return roles.length > 0 && names.every((name) => (ROLES as readonly string[]).includes(name))
    ? new Set(roles)
    : undefined;
}
