/** The files of a repository that grows at random: how it looks now, and what a commit changes of it. */

const FOLDERS = ['', 'src/', 'src/core/', 'src/core/deep/er/', 'docs/', 'test/', 'test/data/', 'lib.d/'];
const ENDINGS = ['.js', '.md', '.txt', '.json', ''];
// Each character is one byte of the path: é in UTF-8 and in Latin-1, and what shells and tools stumble over.
const ODD_NAMES = ['\xc3\xa9', '\xe9', 'new\nline', 'tab\t', '"quoted"', 'back\\slash', '-dash', ' space', '\xff\xfe'];
const MODES = ['100644', '100644', '100644', '100755', '120000'];
const FILES_WANTED = 400;

export class WorkingTree {
  #files = new Map();
  #paths = [];
  #puts = new Map();
  #made = 0;

  /** A path is put at most `maxPuts` times: the store may hold only this many versions of a key. */
  constructor(random, maxPuts) {
    this.random = random;
    this.maxPuts = maxPuts;
  }

  /** Changes some files and says which. */
  change() {
    const changes = new Map();
    for (let left = this.random.below(8) + 1; left > 0; left--) this.#changeOne(changes);
    return changes;
  }

  #changeOne(changes) {
    const { random } = this;
    const growing = this.#paths.length < FILES_WANTED ? 0.5 : 0.2;
    if (this.#paths.length === 0 || random.chance(growing)) return this.#put(this.#newPath(), changes);
    const path = this.#pickPath();
    if (random.chance(0.12)) return this.#remove(path, changes);
    if (random.chance(0.08)) return this.#rename(path, changes);
    if (random.chance(0.04)) return this.#turnIntoFolder(path, changes);
    return this.#put(path, changes);
  }

  /** Few files change often, most of them seldom. */
  #pickPath() {
    const { random } = this;
    return this.#paths[Math.floor(this.#paths.length * random.next() ** 3)];
  }

  #newPath() {
    const { random } = this;
    const name = random.chance(0.1) ? random.pick(ODD_NAMES) : 'file';
    return `${random.pick(FOLDERS)}${name}-${++this.#made}${random.pick(ENDINGS)}`;
  }

  #put(path, changes, file = this.#newFile()) {
    const puts = (this.#puts.get(path) ?? 0) + 1;
    if (puts > this.maxPuts) return;
    this.#puts.set(path, puts);
    if (!this.#files.has(path)) this.#paths.push(path);
    this.#files.set(path, file);
    changes.set(path, file);
  }

  #newFile() {
    const { random } = this;
    const number = random.below(2 ** 32);
    if (random.chance(0.02)) return { mode: '160000', content: number.toString(16).padStart(40, '0') };
    return { mode: random.pick(MODES), content: `content ${number}\n` };
  }

  #remove(path, changes) {
    this.#files.delete(path);
    this.#paths.splice(this.#paths.indexOf(path), 1);
    changes.set(path, undefined);
  }

  #rename(path, changes) {
    const file = this.#files.get(path);
    this.#remove(path, changes);
    this.#put(this.#newPath(), changes, file);
  }

  #turnIntoFolder(path, changes) {
    this.#remove(path, changes);
    this.#put(`${path}/file-${++this.#made}`, changes);
  }
}
