/**
 * Page sums: what a superblock says about all pages in use, so that a page that is not what the last commit left is
 * found, and named when it is the only one. With c(i) the checksum stored in page i
 *
 *     S0 = Σ c(i) mod p      S1 = Σ i·c(i) mod p      p = 4,294,967,291, the largest prime below 2^32
 *
 * If one page n alone differs, by d, then S0 is off by d and S1 by n·d: their quotient is n.
 */
const P = 4_294_967_291;
const HALF = 65_536;

/** Two sums modulo p. Values never change: each method gives new ones. */
export class PageSum {
  static readonly ZERO = new PageSum(0, 0);

  private constructor(
    readonly sum0: number,
    readonly sum1: number,
  ) {}

  /** The sums that a superblock says. */
  static of({ sum0, sum1 }: { readonly sum0: number; readonly sum1: number }): PageSum {
    return new PageSum(sum0 % P, sum1 % P);
  }

  /** The sums after the checksum of a page has changed; 0 is that of a page that does not count. */
  with(pageId: number, before: number, after: number): PageSum {
    const change = modulo(after - before);
    return new PageSum(modulo(this.sum0 + change), modulo(this.sum1 + times(pageId, change)));
  }

  plus(other: PageSum): PageSum {
    return new PageSum(modulo(this.sum0 + other.sum0), modulo(this.sum1 + other.sum1));
  }

  minus(other: PageSum): PageSum {
    return new PageSum(modulo(this.sum0 - other.sum0), modulo(this.sum1 - other.sum1));
  }

  equals(other: PageSum): boolean {
    return this.sum0 === other.sum0 && this.sum1 === other.sum1;
  }

  /**
   * Of a difference of sums: the only page that can have made it alone, undefined when none can. Whether it is a page
   * in use is for the caller to look at.
   */
  culprit(): number | undefined {
    return this.sum0 === 0 ? undefined : times(this.sum1, inverse(this.sum0));
  }
}

/** Products that a double holds the sum of: each is below 2^48. */
const ROUND = 32;

/** Sums over many pages: the remainder of some products at once, a remainder each took as long as a checksum. */
export class RunningSum {
  #sum = PageSum.ZERO;
  #sum0 = 0;
  #high = 0;
  #low = 0;
  #pending = 0;

  /** Adds a page with this checksum. */
  add(pageId: number, crc: number): void {
    this.#sum0 += crc;
    this.#high += pageId * (crc >>> 16);
    this.#low += pageId * (crc & 0xffff);
    if (++this.#pending === ROUND) this.#fold();
  }

  /** Adds pages that were added up elsewhere. */
  addSum(sum: PageSum): void {
    this.#sum = this.#sum.plus(sum);
  }

  get sum(): PageSum {
    this.#fold();
    return this.#sum;
  }

  #fold(): void {
    const sum1 = (modulo(this.#high) * HALF + modulo(this.#low)) % P;
    this.#sum = this.#sum.plus(PageSum.of({ sum0: this.#sum0, sum1 }));
    this.#sum0 = this.#high = this.#low = this.#pending = 0;
  }
}

/** 0 to p − 1, of a whole number whose absolute value a double holds. */
function modulo(value: number): number {
  const rest = value % P;
  return rest < 0 ? rest + P : rest;
}

/** a·b mod p of numbers below 2^32: in halves of a, so that no product is beyond 2^53. */
function times(a: number, b: number): number {
  const high = Math.floor(a / HALF);
  return (((high * b) % P) * HALF + (a - high * HALF) * b) % P;
}

/** 1/a mod p, which is a^(p − 2), as p is prime. */
function inverse(a: number): number {
  let result = 1;
  let square = a;
  for (let exponent = P - 2; exponent > 0; exponent = Math.floor(exponent / 2)) {
    if (exponent % 2 === 1) result = times(result, square);
    square = times(square, square);
  }
  return result;
}
