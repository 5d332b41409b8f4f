// Reads `text/event-stream`. The browser's own reader can't send the token in
// a header, and a token doesn't belong in an address.

/** Calls `event` with the data of each event until the stream ends. */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  event: (data: string) => void,
): Promise<void> {
  const reader = body
    .pipeThrough<string>(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = '';
  let data: string[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) event(data.join('\n'));
        data = [];
      } else if (line.startsWith('data:')) {
        data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
      }
    }
  }
}
