/** Whether a page id is that of a page in a file of this many, and not one before the first that trees have. */
export function leadsIntoFile(pageId: bigint, first: number, filePages: number): boolean {
  return pageId >= first && pageId < BigInt(filePages);
}

/** Which pages a pointer may lead to, in words. */
export function describePages(first: number, filePages: number): string {
  if (filePages <= first) return 'none: the file has no other page';
  return filePages === first + 1 ? `page ${first}` : `page ${first} to ${filePages - 1}`;
}
