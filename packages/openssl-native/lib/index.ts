export type * from './types.ts';
export { Want } from './types.ts';
