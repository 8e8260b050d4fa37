const SOURCES = [
  [Date, 'now'],
  [performance, 'now'],
  [Math, 'random'],
] as const;

/** Runs something while whoever asks the clock or draws lots gets an error. For synchronous work: it is over when this returns. */
export function withoutClock(work: () => void): void {
  const before = SOURCES.map(([owner, verb]) => Object.getOwnPropertyDescriptor(owner, verb));
  for (const [owner, verb] of SOURCES)
    Object.defineProperty(owner, verb, {
      configurable: true,
      value: () => {
        throw new Error(`a check may not ask for ${verb === 'random' ? 'Math.random' : 'the time'}`);
      },
    });
  try {
    work();
  } finally {
    SOURCES.forEach(([owner, verb], at) => {
      const known = before[at];
      if (known === undefined) Reflect.deleteProperty(owner, verb);
      else Object.defineProperty(owner, verb, known);
    });
  }
}
