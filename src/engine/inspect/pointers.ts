/** Whether a page id is that of a page in a file of this many, and not the superblock's. */
export function leadsIntoFile(pageId: bigint, filePages: number): boolean {
  return pageId > 0n && pageId < BigInt(filePages);
}

/** Which pages a pointer may lead to, in words. */
export function describePages(filePages: number): string {
  if (filePages <= 1) return 'none: the file has no other page';
  return filePages === 2 ? 'page 1' : `page 1 to ${filePages - 1}`;
}
