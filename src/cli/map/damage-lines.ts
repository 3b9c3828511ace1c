/** Below a map: which pages have damage. */
import { FINDING_KINDS, isHarm, type PageCensus } from '../../engine/index.js';
import { counted, grouped } from '../text/counts.js';
import { type Canvas, damageText } from './canvas.js';

const PAGES_NAMED = 8;

export function* damageLines(census: PageCensus, canvas: Canvas): Generator<string, void> {
  const { damage, pages } = census;
  const named: number[] = [];
  let harmed = 0;
  let others = 0;
  for (let page = 0; page < pages; page++) {
    const severity = damage.severity(page);
    if (isHarm(severity)) {
      if (harmed++ < PAGES_NAMED) named.push(page);
    } else if (severity === 'odd') others++;
  }
  if (harmed === 0) yield 'no damage was found';
  else yield `${damageText(canvas)} ${counted(harmed, 'page', 'pages')} with damage`;
  for (const page of named) {
    const [code = 'page-crc'] = damage.codes(page);
    yield `  page ${page}: ${code}, ${FINDING_KINDS[code].meaning}`;
  }
  if (harmed > named.length) yield `  ${grouped(harmed - named.length)} more`;
  if (others > 0) yield `${counted(others, 'page', 'pages')} with something odd that harms nobody`;
}
