// A clinic behind `chairside-clinic serve`, and the real screens in headless
// Chromium in front of it.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(join(root, 'ui/package.json'));
const { chromium } = require('playwright-core');

/** Tuesday morning in Stockholm: when every test begins. */
export const NOW = '2026-11-24T10:22';

/** As much of the screen as the design is drawn for. */
const SIZE = { width: 1440, height: 900 };

/** The accessibility checker, as the page takes it. */
export const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

function clinicProgram() {
  const program = process.env.CHAIRSIDE_CLINIC;
  if (!program) throw new Error('CHAIRSIDE_CLINIC names the program; scripts/browser sets it');
  return program;
}

/** Serves a fresh demo clinic until `close`. */
export async function serveDemo() {
  const folder = mkdtempSync(join(tmpdir(), 'chairside-'));
  const keyFile = join(folder, 'clinic.key');
  const data = join(folder, 'clinic');
  writeFileSync(keyFile, '5a'.repeat(32), { mode: 0o600 });
  execFileSync(clinicProgram(), ['--key-file', keyFile, 'demo', '--data', data, '--now', NOW]);
  const server = spawn(
    clinicProgram(),
    ['--key-file', keyFile, '--json', 'serve', '--data', data, '--ui', join(root, 'ui/dist'), '--now', NOW],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const { url } = await firstDocument(server.stdout);
  return {
    url,
    async close() {
      server.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The first JSON document on a stream. */
function firstDocument(stream) {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (more) => {
      text += more;
      if (!text.trimEnd().endsWith('}')) return;
      resolve(JSON.parse(text));
    });
    stream.once('end', () => reject(new Error(`the server ended before it said where it listens: ${text}`)));
  });
}

/** A browser that talks to nobody but us. */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHAIRSIDE_CHROMIUM || undefined,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** The board of a served clinic, drawn. What goes wrong in the page is kept in `faults`. */
export async function openBoard(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: SIZE, locale: 'en-GB', ...options });
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  await page.goto(url);
  await page.locator('[data-visit]').first().waitFor();
  return { page, faults };
}
