/** What one server of the roster sent of one stream in one window, by every witness there is. */
export interface ServerArrival {
  readonly server: string;
  /** Distinct events stored. */
  readonly received: number;
  /** Events the server says it had, from its packet of that time; undefined without a packet. */
  readonly announced: number | undefined;
  /** Events its closed log files hold less than their manifests say, as far as they concern this window; 0 without manifests. */
  readonly missingByManifest: number;
  /** Holes in the sequence numbers: events that were numbered but not received. */
  readonly missingBySequence: number;
  /** Sequence numbers received more than once. */
  readonly repeated: number;
  /** Whether a packet of the server covers this window. */
  readonly heartbeat: boolean;
}
