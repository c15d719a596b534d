import { PythonList } from './pformat.ts';

/** Python's `data.split(separator)` for bytes. */
export function splitBytes(data: Uint8Array, separator: string): PythonList {
  const bytes = Buffer.from(data);
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = bytes.indexOf(separator); at >= 0; at = bytes.indexOf(separator, start)) {
    parts.push(bytes.subarray(start, at));
    start = at + separator.length;
  }
  return new PythonList([...parts, bytes.subarray(start)]);
}
