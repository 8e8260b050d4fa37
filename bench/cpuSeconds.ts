import { readFileSync } from 'node:fs';

/** CPU seconds (user and system) that another process has used so far: fields 14 and 15 of /proc/PID/stat, in ticks of 10 ms. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
