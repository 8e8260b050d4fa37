const PLACES = 40;

/** A bar on standard error that is drawn anew as the share (0..1) grows; without a terminal one line in ten percent. */
export function progressBar(title: string): (share: number) => void {
  let shown = -1;
  return (share) => {
    const percent = Math.floor(share * 100);
    const step = process.stderr.isTTY ? percent : percent - (percent % 10);
    if (step === shown) return;
    shown = step;
    const full = Math.round(share * PLACES);
    const bar = `  ${title} ${'#'.repeat(full)}${'.'.repeat(PLACES - full)} ${String(percent)} %`;
    process.stderr.write(process.stderr.isTTY ? `\r${bar}${share >= 1 ? '\n' : ''}` : `${bar}\n`);
  };
}
