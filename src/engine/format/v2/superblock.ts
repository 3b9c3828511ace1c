import { SUPERBLOCK_1 } from '../v1/superblock.js';
import type { SuperblockFormat } from '../store-format.js';
export const SUPERBLOCK_2: SuperblockFormat = { ...SUPERBLOCK_1, pageIds: [0, 1] };
