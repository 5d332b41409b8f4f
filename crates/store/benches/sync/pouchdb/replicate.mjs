// How much PouchDB says, and how long it takes, to bring a database of records
// into line with one that has changed since their last replication.
//
// The source is a database on the disk, offered over HTTP on the loopback
// interface with as much of CouchDB's protocol as PouchDB's replication asks
// for; the target is a database on the disk too. Every byte on the connections
// counts. The one argument is a folder with before.ndjson and changed.ndjson, a
// record with its _id on each line; the answer is JSON on stdout.

import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import HttpAdapter from 'pouchdb-adapter-http';
import LevelAdapter from 'pouchdb-adapter-leveldb';
import PouchDB from 'pouchdb-core';
import replication from 'pouchdb-replication';

PouchDB.plugin(LevelAdapter).plugin(HttpAdapter).plugin(replication);

// Changes asked for at a time: the first replication is of all records.
const BATCH = 2_000;

// Cold starts timed; the middle one counts.
const STARTS = 3;

const folder = process.argv[2];
const places = { source: join(folder, 'source'), target: join(folder, 'target') };

async function records(name) {
  const lines = createInterface({ input: createReadStream(join(folder, name)) });
  const all = [];
  for await (const line of lines) {
    all.push(JSON.parse(line));
  }
  return all;
}

function open(name) {
  return new PouchDB(places[name], { adapter: 'leveldb' });
}

async function body(request) {
  const parts = [];
  for await (const part of request) {
    parts.push(part);
  }
  return parts.length > 0 ? JSON.parse(Buffer.concat(parts).toString()) : undefined;
}

// What CouchDB would answer.
async function answer(database, request) {
  const url = new URL(request.url, 'http://source');
  const [, , first, second] = url.pathname.split('/').map(decodeURIComponent);
  const asked = Object.fromEntries(url.searchParams);
  const given = await body(request);
  const route = `${request.method} ${first ?? ''}`;
  switch (route) {
    case 'GET ':
      return database.info();
    case 'GET _changes':
      return database.changes({
        since: Number(asked.since ?? 0),
        limit: Number(asked.limit ?? BATCH),
        style: asked.style,
        return_docs: true,
      });
    case 'POST _bulk_get':
      return database.bulkGet({ docs: given.docs, revs: true, latest: true });
    case 'GET _local':
      return database.get(`_local/${second}`);
    case 'PUT _local':
      return database.put({ ...given, _id: `_local/${second}` });
    default:
      throw Object.assign(new Error(`nobody here answers ${route}`), { status: 501 });
  }
}

// A checkpoint is kept under the source's address, so it has to stay: a port
// that was free the first time.
let port = 0;

// Offers a database; counts what goes over its connections.
async function offer(database) {
  const counted = { bytes: 0, messages: 0 };
  const sockets = new Set();
  const server = createServer(async (request, response) => {
    counted.messages += 2;
    let told;
    try {
      told = await answer(database, request);
    } catch (error) {
      response.statusCode = error.status ?? 500;
      told = { error: error.name, reason: error.reason ?? error.message };
    }
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(told));
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  port = server.address().port;
  const close = async () => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeIdleConnections();
    });
    for (const socket of sockets) {
      counted.bytes += socket.bytesRead + socket.bytesWritten;
    }
    return counted;
  };
  return { url: `http://127.0.0.1:${port}/source`, close };
}

// Opens both and replicates from where they last were.
async function replicate() {
  const from = performance.now();
  const [source, target] = [open('source'), open('target')];
  const offered = await offer(source);
  const done = await PouchDB.replicate(new PouchDB(offered.url), target, {
    batch_size: BATCH,
    batches_limit: 1,
  });
  const took = performance.now() - from;
  if (!done.ok || done.errors.length > 0) {
    throw new Error(`not replicated: ${JSON.stringify(done.errors)}`);
  }
  const counted = await offered.close();
  await Promise.all([source.close(), target.close()]);
  return { ...counted, cold_ms: took, written: done.docs_written };
}

// What stands in the source under these ids is written over.
async function change(changed) {
  const source = open('source');
  const ids = changed.map((record) => record._id);
  const { rows } = await source.allDocs({ keys: ids });
  const revised = changed.map((record, at) => ({ ...record, _rev: rows[at].value.rev }));
  const written = await source.bulkDocs(revised);
  if (written.some((one) => one.error)) {
    throw new Error('not changed');
  }
  await source.close();
}

async function fill(before) {
  const source = open('source');
  for (let at = 0; at < before.length; at += BATCH) {
    await source.bulkDocs(before.slice(at, at + BATCH));
  }
  await source.close();
}

const before = await records('before.ndjson');
const changed = await records('changed.ndjson');
await fill(before);
const first = await replicate();
process.stderr.write(`PouchDB's first replication: ${Math.round(first.cold_ms)} ms\n`);
const starts = [];
for (let start = 0; start < STARTS; start += 1) {
  // The same records change again; a number more tells it.
  await change(changed.map((record) => ({ ...record, version: record.version + start })));
  const replicated = await replicate();
  if (replicated.written !== changed.length) {
    throw new Error(`${replicated.written} records came over`);
  }
  starts.push(replicated);
}
const last = open('target');
const held = await last.get(changed[0]._id);
await last.close();
if (held.version !== changed[0].version + STARTS - 1) {
  throw new Error('the target is not the same');
}
starts.sort((one, other) => one.cold_ms - other.cold_ms);
const { bytes, messages, cold_ms } = starts[Math.floor(STARTS / 2)];
process.stdout.write(JSON.stringify({ bytes, messages, cold_ms }));
