// The screens in a headless browser, and what a person sees and does there.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Clinic, TODAY } from './clinic.mjs';
import { DEADLINE_MS, eventually } from './eventually.mjs';

const ui = createRequire(new URL('../../../ui/package.json', import.meta.url));
const { chromium } = ui('playwright-core');
const AXE = ui.resolve('axe-core/axe.min.js');

/** A usual desk's screen, in CSS pixels. */
const DESK = { width: 1440, height: 900 };

/** The text's size as browsers come, in CSS pixels. */
const USUAL_TEXT = 16;

/** Browsers by the size of their text. */
const browsers = new Map();
after(async () => {
  for (const browser of browsers.values()) await (await browser).close();
});

function launched(textPercent = 100) {
  if (!browsers.has(textPercent)) {
    const size = (USUAL_TEXT * textPercent) / 100;
    const launching = chromium.launch({
      executablePath: process.env.CHAIRSIDE_CHROMIUM,
      // Only pages of our own are opened, and whoever runs the tests may be root.
      chromiumSandbox: false,
      args: [
        `--blink-settings=defaultFontSize=${size}`,
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
      ],
    });
    browsers.set(textPercent, launching);
  }
  return browsers.get(textPercent);
}

/**
 * A test with a clinic and its screens open. `how` says what differs from the
 * demo clinic on an English desk: `clinic` makes another one, `locale`,
 * `size` of the window, `textPercent`, `colorScheme`
 * and `reducedMotion`.
 */
export function onScreen(name, how, body) {
  test(name, async (t) => {
    const clinic = await (how.clinic ?? Clinic.demo)();
    t.after(() => clinic.remove());
    const screen = await Screen.open(clinic, how);
    t.after(() => screen.close());
    try {
      await body({ clinic, screen, page: screen.page });
    } catch (error) {
      t.diagnostic(`what stood on the screen: ${await screen.picture(name)}`);
      throw error;
    }
    assert.deepEqual(screen.errors, [], 'errors in the page');
  });
}

/** One page with the screens. */
export class Screen {
  /** What went wrong in the page, apart from what the test said would. */
  errors = [];
  #expected = [];

  constructor(clinic, context, page) {
    this.clinic = clinic;
    this.context = context;
    this.page = page;
    page.setDefaultTimeout(DEADLINE_MS);
    page.on('pageerror', (error) => this.#note(String(error)));
    page.on('console', (message) => message.type() === 'error' && this.#note(message.text()));
  }

  /** A page without anything, for what isn't a clinic's screens. */
  static async blank({ locale = 'en-GB', size = DESK, colorScheme }) {
    const browser = await launched();
    const context = await browser.newContext({ viewport: size, locale, colorScheme });
    return { context, page: await context.newPage() };
  }

  /** `seen`: how far somebody at this computer had read the clinic's log. */
  static async open(
    clinic,
    { locale = 'en-GB', size = DESK, textPercent, colorScheme, reducedMotion, seen = null },
  ) {
    const browser = await launched(textPercent);
    const context = await browser.newContext({ viewport: size, locale, colorScheme, reducedMotion });
    if (seen !== null) {
      const kept = { key: `chairside.seen.${clinic.view.id}`, value: String(seen) };
      await context.addInitScript(({ key, value }) => localStorage.setItem(key, value), kept);
    }
    const page = await context.newPage();
    const screen = new Screen(clinic, context, page);
    await page.goto(clinic.url);
    await page.locator('.board .card, .board-area .bold').first().waitFor();
    await page.evaluate(() => document.fonts.ready);
    return screen;
  }

  async close() {
    await this.context.close();
  }

  /** Says that errors like `pattern` belong to what is tested. */
  expect(pattern) {
    this.#expected.push(pattern);
  }

  #note(text) {
    if (!this.#expected.some((pattern) => pattern.test(text))) this.errors.push(text);
  }

  /** Keeps a picture of the page; answers where. */
  async picture(name) {
    const folder = join(tmpdir(), 'chairside-browser-pictures');
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${name.replaceAll(/\W+/g, '_')}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  /** A visit's card. */
  card(visit) {
    return this.page.locator(`.board .card[data-visit="${visit.id ?? visit}"]`);
  }

  /** The board's heading for the day. */
  title() {
    return this.page.locator('#date-title .title');
  }

  /** A panel, dialog or other region, by its name. */
  region(name) {
    return this.page.getByRole('region', { name });
  }

  dialog(name) {
    return this.page.getByRole('dialog', { name });
  }

  button(name) {
    return this.page.getByRole('button', { name });
  }

  async press(keys) {
    await this.page.keyboard.press(keys);
  }

  /** Shows another day, by the month to pick it from. */
  async goTo(date) {
    await this.press('g');
    const picker = this.dialog('Pick a day');
    const day = picker.locator(`[data-day="${date}"]`);
    await picker.locator('h2').waitFor();
    while ((await day.count()) === 0) {
      const month = await picker.locator('h2').textContent();
      await picker.getByRole('button', { name: 'The month after' }).click();
      await eventually(async () => assert.notEqual(await picker.locator('h2').textContent(), month));
    }
    await day.click();
    await this.shows(date);
  }

  /** Waits until the board shows a day's every visit. */
  async shows(date) {
    await eventually(async () => {
      const { visits } = await this.clinic.day(date);
      assert.deepEqual(await this.shownVisits(), visits.map((visit) => visit.id).sort());
    });
  }

  /** The visits that have a card, by id. */
  async shownVisits() {
    const cards = this.page.locator('.board .card[data-visit]');
    return (await cards.evaluateAll((all) => all.map((card) => card.dataset.visit))).sort();
  }

  /** The visit whose card has the focus; `null` where none has. */
  async focused() {
    return this.page.evaluate(
      () => document.activeElement?.closest('[data-visit]')?.getAttribute('data-visit') ?? null,
    );
  }

  async isFocused(visit) {
    await eventually(async () => assert.equal(await this.focused(), visit.id ?? visit));
  }

  /** Puts the focus on a card. */
  async focus(visit) {
    await this.card(visit).focus();
    await this.isFocused(visit);
  }

  /** Where a time stands in a practitioner's column, on the page; `across` is the share of its width. */
  async place(practitioner, time, across = 0.5) {
    const { id } = this.clinic.practitioner(practitioner);
    const column = await this.page.locator(`.board .behind[data-practitioner="${id}"]`).boundingBox();
    const hours = this.shownHours ?? { start: 8 * 60, end: 17 * 60 };
    const [hour, minute] = time.split(':').map(Number);
    const share = (hour * 60 + minute - hours.start) / (hours.end - hours.start);
    return { x: column.x + column.width * across, y: column.y + column.height * share };
  }

  /** Drags from one point of the page to another, as a hand does: down, along, up. */
  async drag(from, to) {
    const { mouse } = this.page;
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
    await mouse.move(to.x, to.y, { steps: 4 });
    await mouse.up();
  }

  /** Waits until a visit's card has a status. */
  async hasStatus(visit, status, date = TODAY) {
    await eventually(async () => {
      assert.equal(await this.card(visit).getAttribute('data-status'), status);
      assert.equal((await this.clinic.visit(visit.id, date)).status, status);
    });
  }

  /** Waits until some element holds `text`. */
  async says(text, within = this.page.locator('body')) {
    await within.getByText(text).first().waitFor();
  }

  /** Serious findings of axe-core, as lines; `[]` where there are none. */
  async barriers(what) {
    // The page's own policy lets no other script in; this way in is the debugger's.
    if (!(await this.page.evaluate(() => 'axe' in window))) {
      await this.page.evaluate(await readFile(AXE, 'utf8'));
    }
    const found = await this.page.evaluate(async () => {
      // A card's label says what the card shows, but in the order it is spoken.
      const rules = { 'label-content-name-mismatch': { enabled: false } };
      const { violations } = await window.axe.run(document, { resultTypes: ['violations'], rules });
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} (${node.failureSummary})`));
    });
    return found.map((line) => `${what}: ${line}`);
  }
}
