import type { PemMode } from '@sslkit/pem';
import { type BlockView, type Finding, inspect } from './inspect.ts';

const byId = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;
const text = byId<HTMLTextAreaElement>('text');
const file = byId<HTMLInputElement>('file');
const mode = byId<HTMLSelectElement>('mode');
const drop = byId('drop');

/** The bytes of a file that was dropped or chosen, until the text is edited: DER has no text. */
let bytes: Uint8Array | null = null;
let finding: Finding | null = null;

text.addEventListener('input', () => {
  bytes = null;
  show();
});
mode.addEventListener('change', show);
file.addEventListener('change', () => readFile(file.files));
byId('clear').addEventListener('click', () => setText(''));
byId('use').addEventListener('click', () => setText(finding?.mended?.text ?? text.value));
byId('save').addEventListener('click', save);
byId('show').addEventListener('click', showPlace);
for (const name of ['dragenter', 'dragover']) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
}
drop.addEventListener('dragleave', () => drop.classList.remove('over'));
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  const files = event.dataTransfer?.files;
  if (files !== undefined && files.length > 0) readFile(files);
  else setText(event.dataTransfer?.getData('text') ?? '');
});

async function readFile(files: FileList | null): Promise<void> {
  const chosen = files?.[0];
  if (chosen === undefined) return;
  bytes = new Uint8Array(await chosen.arrayBuffer());
  text.value = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  // The same file again must be a change again.
  file.value = '';
  show();
}

function setText(value: string): void {
  bytes = null;
  text.value = value;
  show();
  text.focus();
}

function show(): void {
  const input = bytes ?? text.value;
  finding = input.length === 0 ? null : inspect(input, mode.value as PemMode);
  byId('status').textContent = finding === null ? 'Nothing to read yet.' : summary(finding);
  showFault(finding);
  showMended(finding);
  byId('result').hidden = (finding?.blocks.length ?? 0) === 0;
  byId('blocks').replaceChildren(...(finding?.blocks ?? []).map(blockItem));
}

function summary({ blocks, error }: Finding): string {
  const count = blocks.length === 1 ? 'One block' : `${blocks.length} blocks`;
  if (error === null) return `${count} read, all well.`;
  return blocks.length === 0 ? 'This cannot be read.' : `${count} read before something went wrong.`;
}

function showFault(found: Finding | null): void {
  const error = found?.error ?? null;
  byId('fault').hidden = error === null;
  if (error === null) return;
  byId('fault-message').textContent = error.message;
  byId('fault-hint').textContent = error.hint ?? '';
  byId('fault-code').textContent = error.code;
  // Offsets into bytes are not offsets into the text that shows them.
  byId('show').hidden = bytes !== null;
}

function showMended(found: Finding | null): void {
  const mended = found?.mended ?? null;
  byId('mended').hidden = mended === null;
  byId('repairs').replaceChildren(
    ...(mended?.repairs ?? []).map(({ line, description }) => element('li', `Line ${line}: ${description}`)),
  );
}

function blockItem({ block, kind, secret, notes }: BlockView): HTMLElement {
  const item = element('li', '');
  item.className = 'block';
  const facts = document.createElement('dl');
  const fact = (name: string, value: string) => facts.append(element('dt', name), element('dd', value));
  fact('Contents', kind === 'unknown' ? 'no structure this page knows' : kind);
  fact('Size', `${block.der.length} bytes${secret ? ', secret' : ''}`);
  fact('Place', `${block.start} to ${block.end}`);
  for (const [name, value] of block.headers) fact(name, value);
  if (block.preamble.trim() !== '') fact('Text before', block.preamble.trim());
  item.append(element('h3', block.label === '' ? '(no label)' : block.label), facts);
  for (const note of notes) {
    const line = element('p', note);
    line.className = 'note';
    item.append(line);
  }
  return item;
}

function element(name: string, content: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = content;
  return made;
}

function showPlace(): void {
  const error = finding?.error;
  if (error === undefined || error === null) return;
  const lineEnd = text.value.indexOf('\n', error.offset);
  text.focus();
  text.setSelectionRange(error.offset, lineEnd < 0 ? text.value.length : lineEnd);
}

function save(): void {
  const mended = finding?.mended;
  if (mended === undefined || mended === null) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([mended.text], { type: 'application/x-pem-file' }));
  link.download = 'mended.pem';
  link.click();
  URL.revokeObjectURL(link.href);
}

show();
