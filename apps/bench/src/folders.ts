import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `apps/bench`, from `src` as well as from `dist`. */
export const benchFolder: string = dirname(dirname(fileURLToPath(import.meta.url)));

/** Root of the workspace. */
export const rootFolder: string = dirname(dirname(benchFolder));
