/** What to do about what was found. */
import { FINDING_KINDS, type FindingCode, SEVERITIES, type Severity, type VerifyReport } from '../../engine/index.js';
import { shellWord } from '../text/shell.js';

const REPAIRED_FROM_COPY = 'page 0 is no loss: the next command that writes repairs it from its copy in page 1';

/** The codes that were found, the worst first. */
export function codesFound({ codes }: VerifyReport): FindingCode[] {
  const found = Object.keys(FINDING_KINDS).filter((code): code is FindingCode => code in codes);
  return SEVERITIES.flatMap((severity) => found.filter((code) => FINDING_KINDS[code].severity === severity));
}

/** Each thing once. Where content is in danger or may be missing, wasted space is not worth a word. */
export function nextSteps(store: string, report: VerifyReport): string[] {
  const { appliedPosition, severities, tornTo } = report;
  const codes = codesFound(report);
  const inDanger = severities.corrupt + severities.torn > 0;
  const isUntraced = codes.includes('applied-untraced');
  const pressing = codes.filter((code) => {
    const { severity } = FINDING_KINDS[code];
    if (severity === 'leak' && isUntraced && code !== 'applied-untraced') return false;
    return !inDanger || isDanger(severity);
  });
  const remedies = new Set(pressing.map((code) => remedyOf(code, report)));
  const torn = FINDING_KINDS['version-torn'].remedy;
  return [...remedies].map((remedy) => {
    const step = remedy.replaceAll(/\bSTORE\b/g, () => shellWord(store));
    return remedy === torn && appliedPosition !== null && tornTo !== null
      ? `${step}, up to position ${tornTo} at least: a crash left parts of what came after position ${appliedPosition}`
      : step;
  });
}

/** Where the copy of page 0 is good, and of the commit that the other pages are of, page 0 is repaired from it. */
function remedyOf(code: FindingCode, { isCopyUsed, codes }: VerifyReport): string {
  const isOfPage0 = code === 'superblock-magic' || code === 'superblock-crc';
  return isOfPage0 && isCopyUsed && !('page-sum' in codes) ? REPAIRED_FROM_COPY : FINDING_KINDS[code].remedy;
}

function isDanger(severity: Severity): boolean {
  return severity === 'corrupt' || severity === 'torn';
}
