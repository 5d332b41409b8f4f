// How wide a line of text is, before it is on the screen.

/** The weight and size of a line of text in Inter. */
export interface TextStyle {
  weight: number;
  /** In CSS pixels. */
  size: number;
}

/** A patient's name on a card. */
export const NAME_STYLE: TextStyle = { weight: 620, size: 12 };

/** A status word on a card. */
export const STATUS_STYLE: TextStyle = { weight: 550, size: 11 };

/** What a letter takes on average, as a share of the size; for where nothing can be measured. */
const AVERAGE_LETTER = 0.58;

/** Names come again and again; this many widths are kept. */
const KEPT = 5_000;

/** Rises when a font has come: what was measured with its stand-in is measured again. */
let fonts = $state(0);

document.fonts?.addEventListener('loadingdone', () => {
  kept.clear();
  fonts += 1;
});

const kept = new Map<string, number>();
let context: CanvasRenderingContext2D | null | undefined;

/** The width of `text` in CSS pixels; whoever asks follows when the font comes. */
export function textWidth(text: string, { weight, size }: TextStyle): number {
  void fonts;
  const key = `${weight} ${size} ${text}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * size * AVERAGE_LETTER;
  context.font = `${weight} ${size}px 'Inter Variable'`;
  const { width } = context.measureText(text);
  if (kept.size >= KEPT) kept.clear();
  kept.set(key, width);
  return width;
}
