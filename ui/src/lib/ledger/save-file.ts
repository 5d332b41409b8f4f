// Hands a text made in the page to whoever looks at it, as a file.

/** Spreadsheet programs take a file for UTF-8 by this. */
const BYTE_ORDER_MARK = '\u{feff}';

/** Saves `text` as `name`, where the browser keeps what is downloaded. */
export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([BYTE_ORDER_MARK, text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
