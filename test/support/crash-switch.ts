/**
 * Whether commits go through a journal. Until they do, the tests that let the power go or kill writers are skipped, and one shows
 * instead that the harness finds what is wrong.
 */
export const HAS_JOURNAL: boolean = true;
