import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { formatPem, parsePem, repairPem } from '@sslkit/pem';
import { buildSync } from 'esbuild';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { requires } from './require.ts';

const CHROMIUM = '/usr/bin/chromium';
const page_ = new URL('../dist/index.html', import.meta.url);
const examples = readFileSync(new URL('../../../packages/pem/test/rfc7468.pem', import.meta.url), 'utf8');
const certificate = formatPem(parsePem(examples)[0]!);
const inBrowser = requires(existsSync(CHROMIUM), CHROMIUM);

let folder: string;
let browser: BrowserContext;
let page: Page;
let requests: string[];

const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) return;
  folder = mkdtempSync(join(tmpdir(), 'sslkit-pem-page-'));
  browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: CHROMIUM,
    headless: true,
    acceptDownloads: true,
    args: [...ARGS, ...QUIET],
  });
});

afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  if (browser === undefined) return;
  page = await browser.newPage();
  requests = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(page_.href);
});

afterEach(async () => {
  await page?.close();
});

const status = () => page.locator('#status').textContent();
const labels = () => page.locator('#blocks h3').allTextContents();

describe('the page', () => {
  inBrowser('shows the blocks of a pasted text', async () => {
    await page.locator('#text').fill(examples);
    expect(await labels()).toEqual(parsePem(examples).map(({ label }) => label));
    expect(await status()).toBe('14 blocks read, all well.');
    expect(await page.locator('#blocks li').nth(1).textContent()).toContain('Subject: CN=Atlantis');
    expect(await page.locator('#blocks li').nth(7).textContent()).toContain('Encrypted');
    expect(await page.locator('#fault').isVisible()).toBe(false);
  });

  inBrowser('names a literal \\n, mends it, and is then content', async () => {
    await page.locator('#text').fill(certificate.replaceAll('\n', '\\n'));
    expect(await page.locator('#fault').textContent()).toContain('ERR_PEM_LITERAL_NEWLINE');
    expect(await page.locator('#repairs').textContent()).toContain('Line 1: ');
    await page.locator('#use').click();
    expect(await page.locator('#text').inputValue()).toBe(certificate);
    expect(await status()).toBe('One block read, all well.');
    expect(await page.locator('#mended').isVisible()).toBe(false);
  });

  inBrowser('shows the place of a fault', async () => {
    const broken = certificate.replace('\nA1UE', '\nA1*E');
    await page.locator('#text').fill(broken);
    await page.locator('#show').click();
    const at = await page.locator('#text').evaluate((area) => (area as HTMLTextAreaElement).selectionStart);
    expect(at).toBe(broken.indexOf('*'));
  });

  inBrowser('reads a dropped DER file and offers it as PEM', async () => {
    const der = [...parsePem(examples)[0]!.der];
    await page.locator('#drop').evaluate((drop, bytes) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([Uint8Array.from(bytes)], 'server.der'));
      drop.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    }, der);
    await page.locator('#fault').waitFor();
    expect(await page.locator('#fault-code').textContent()).toBe('ERR_PEM_DER');
    await page.locator('#use').click();
    expect(await page.locator('#text').inputValue()).toBe(certificate);
  });

  inBrowser('offers no repair of a file that is no text', async () => {
    const path = join(folder, 'store.p12');
    // A SEQUENCE that is none of the kinds that have a label, with a CRLF in it by chance.
    writeFileSync(path, Uint8Array.of(0x30, 0x81, 0x82, 0x0d, 0x0a, ...new Uint8Array(0x80)));
    await page.locator('#file').setInputFiles(path);
    await page.locator('#fault').waitFor();
    expect(await page.locator('#fault-code').textContent()).toBe('ERR_PEM_DER');
    expect(await page.locator('#mended').isVisible()).toBe(false);
  });

  inBrowser('reads a chosen file as bytes, and saves what it mended', async () => {
    const path = join(folder, 'crlf.pem');
    writeFileSync(path, `\ufeff${examples.replaceAll('\n', '\r\n')}`);
    await page.locator('#file').setInputFiles(path);
    await page.locator('#blocks li').nth(13).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save').click()]);
    expect(readFileSync(await download.path(), 'utf8')).toBe(examples);
  });

  inBrowser('the rules can be chosen', async () => {
    await page.locator('#text').fill(certificate.replaceAll('\n', ' '));
    expect(await page.locator('#fault-code').textContent()).toBe('ERR_PEM_ONE_LINE');
    await page.locator('#mode').selectOption('lax');
    expect(await labels()).toEqual(['CERTIFICATE']);
  });

  inBrowser('works with the keyboard alone, in the order of the page', async () => {
    await page.locator('#text').fill(certificate.replaceAll('\n', '\\n'));
    await page.locator('#text').focus();
    const order: string[] = [];
    for (let i = 0; i < 7; i++) {
      await page.keyboard.press('Tab');
      order.push(await page.evaluate(() => document.activeElement?.id ?? ''));
    }
    expect(order.slice(0, 6)).toEqual(['file', 'mode', 'clear', 'show', 'use', 'save']);
    await page.locator('#use').focus();
    await page.keyboard.press('Enter');
    expect(await status()).toBe('One block read, all well.');
  });

  inBrowser('every control has a name, and the status is announced', async () => {
    const tree = await page.locator('body').ariaSnapshot();
    for (const part of [
      'textbox "PEM text"',
      'combobox "Rules"',
      'button "Choose a file"',
      'button "Clear"',
      'status:',
    ]) {
      expect(tree).toContain(part);
    }
  });

  inBrowser('cannot connect, and does not try', async () => {
    await page.locator('#text').fill(examples);
    expect(requests).toEqual([page_.href]);
    const refused = await page.evaluate(() =>
      fetch('http://127.0.0.1:9/').then(
        () => 'sent',
        (error: Error) => error.name,
      ),
    );
    expect(refused).toBe('TypeError');
    expect(await page.content()).toContain("default-src 'none'");
  });

  inBrowser('text that looks like markup is shown as text', async () => {
    await page.locator('#text').fill(`<img src=x onerror=alert(1)>\n${certificate}`);
    expect(await page.locator('#blocks img').count()).toBe(0);
    expect(await page.locator('#blocks').textContent()).toContain('<img src=x');
  });
});

describe('in the browser', () => {
  inBrowser('the package gives what it gives in Node', async () => {
    const code = buildSync({
      stdin: { contents: "export * from '@sslkit/pem'", resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
      bundle: true,
      format: 'iife',
      globalName: 'pem',
      platform: 'browser',
      write: false,
    }).outputFiles[0]!.text;
    await page.goto(pathToFileURL(folder).href);
    await page.evaluate(code.replace(/^"use strict";\s*var pem =/, 'globalThis.pem ='));
    const damaged = examples.replaceAll('\n', '\\n');
    const run = async ([text, broken]: [string, string]) => {
      const { pem } = globalThis as unknown as { pem: typeof import('@sslkit/pem') };
      const blocks = pem.parsePem(new TextEncoder().encode(text));
      const streamed: string[] = [];
      for await (const block of pem.parsePemStream(new Blob([text]).stream())) streamed.push(pem.formatPem(block));
      return {
        blocks: blocks.map(({ label, der, start, end, preamble }) => ({ label, der: [...der], start, end, preamble })),
        streamed,
        mended: pem.repairPem(broken),
        seconds: pem.certTimeToSeconds('May  9 00:00:00 2007 GMT'),
      };
    };
    expect(await page.evaluate(run, [examples, damaged] as [string, string])).toEqual({
      blocks: parsePem(examples).map(({ label, der, start, end, preamble }) => ({
        label,
        der: [...der],
        start,
        end,
        preamble,
      })),
      streamed: parsePem(examples).map((block) => formatPem(block)),
      mended: repairPem(damaged),
      seconds: 1178668800,
    });
  });
});
