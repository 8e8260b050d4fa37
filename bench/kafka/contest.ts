/** What all contestants read, and where they may keep what is theirs. */
export interface Course {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly events: number;
  /** Where the events' time begins and ends. */
  readonly startMs: number;
  readonly endMs: number;
  /** Sum of one member over all events: whoever has another one has not read them all, or some twice. */
  readonly priceMicros: number;
  /** A fresh folder for one run. */
  readonly dir: string;
  /** Differs from run to run: consumer groups are named after it. */
  readonly run: string;
}

/** What one run took. */
export interface Measured {
  readonly events: number;
  /** CPU seconds of the named processes, without ClickHouse's. */
  readonly cpuS: number;
  /** Of the embedded ClickHouse, where there is one. */
  readonly engineCpuS?: number;
  /** From the first event to the last. */
  readonly wallS: number;
  readonly priceMicros: number;
  /** Events and CPU seconds (without ClickHouse's) of the second half: in the first one the compilers of Java and JavaScript get warm. */
  readonly warm?: { readonly events: number; readonly cpuS: number };
}

/** Somebody who does the work. */
export interface Contestant {
  readonly name: string;
  /** What it does, in few words. */
  readonly work: string;
  run(course: Course): Promise<Measured>;
}
