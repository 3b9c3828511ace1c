/** How far a copy has come. */

/** The store is checked, copied, and the copy compared with it. */
export type CopyPhase = 'checking' | 'copying' | 'comparing';

export interface CopyProgress {
  readonly phase: CopyPhase;
  readonly pagesDone: number;
  /** An estimate; a copy may be shorter or longer than what it is made of. */
  readonly pagesTotal: number;
}

/** Is told how many pages are done, of about how many. */
export type OnPages = (done: number, total: number) => void;
