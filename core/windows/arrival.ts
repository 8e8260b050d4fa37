/** Sequence numbers of one boot of a server, from the first to the last that came. */
export interface BootSpan {
  readonly boot: number;
  readonly least: number;
  readonly greatest: number;
}

/** Beside how many events came: of how many one field has a value. */
export interface FieldArrival {
  readonly field: string;
  /** Events stored, repeated ones too, in which the field is there and a number. */
  readonly present: number;
}

/** A sum that is told twice: by the events, and by the packet that counted them. */
export interface TwiceTold {
  readonly metric: string;
  readonly received: number;
  readonly announced: number;
}

/** What one server of the roster sent of one stream in one window, by every witness there is. */
export interface ServerArrival {
  readonly server: string;
  /** It is expected by name, whether or not it was ever heard of. */
  readonly isDeclared: boolean;
  /** Events stored, repeated ones too. */
  readonly received: number;
  /** Events the server says it had, from its packet of that time; undefined without a packet. */
  readonly announced: number | undefined;
  /** Events its closed log files hold less than their manifests say, as far as they concern this window; 0 without manifests. */
  readonly missingByManifest: number;
  /** Holes in the sequence numbers: events that were numbered but not received. */
  readonly missingBySequence: number;
  /** Sequence numbers received more than once. */
  readonly repeated: number;
  /** Boots whose numbers came, ascending; none without sequence numbers. */
  readonly boots: readonly BootSpan[];
  /** Fields that metrics are made of, by name; none where nothing came. */
  readonly fields: readonly FieldArrival[];
  /** Metrics that its packet counted too, by name. */
  readonly twiceTold: readonly TwiceTold[];
  /** Whether a packet of the server covers this window. */
  readonly heartbeat: boolean;
}
