/**
 * Makes a bare repository with a random, but always the same, history: `node history/make-repository.js PATH [COMMITS]
 * [MAX_PUTS]`. COMMITS counts the first-parent ones; merges bring side branches beside them. The branch is `main`.
 */
import { fileURLToPath } from 'node:url';
import { git } from '../lib/git.js';
import { Random } from '../lib/random.js';
import { commitLines } from './fast-import.js';
import { WorkingTree } from './working-tree.js';

export const DEFAULT_COMMITS = '2500';
/** In format 1 a key has room for 46 versions or fewer. */
export const DEFAULT_MAX_PUTS = '40';

const SEED = 3;

export function makeRepository(path, commits, maxPuts) {
  git(['init', '--quiet', '--bare', '--initial-branch=main', path]);
  git(['-C', path, 'fast-import', '--quiet'], [...history(commits, maxPuts)].flat().join('\n'));
}

function* history(commits, maxPuts) {
  const random = new Random(SEED);
  const tree = new WorkingTree(random, maxPuts);
  let mark = 0;
  let main;
  for (let count = 0; count < commits; count++) {
    const parents = main === undefined ? [] : [main];
    let changes = random.chance(0.03) ? new Map() : tree.change();
    if (main !== undefined && random.chance(0.15)) {
      // A side branch, from the last commit, changes the files; the merge takes that over and changes some more.
      let side = main;
      for (let left = random.below(3) + 1; left > 0; left--) {
        const sideChanges = tree.change();
        yield commitLines({ mark: ++mark, branch: 'side', parents: [side], changes: sideChanges });
        side = mark;
        changes = new Map([...changes, ...sideChanges]);
      }
      parents.push(side);
    }
    yield commitLines({ mark: ++mark, branch: 'main', parents, changes });
    main = mark;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, commits = DEFAULT_COMMITS, maxPuts = DEFAULT_MAX_PUTS] = process.argv.slice(2);
  makeRepository(path, Number(commits), Number(maxPuts));
}
