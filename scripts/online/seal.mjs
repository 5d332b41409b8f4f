// What a patient tells the clinic and nobody else, sealed as a booking page
// does before anything leaves it (crates/sync/src/sealed.rs).

import { createCipheriv, randomBytes } from 'node:crypto';

/** The key everybody can read: until clinics have keys of their own it marks where words are sealed. */
const KEY = { number: 0, bytes: Buffer.from('chairside development, no secret') };

/** The length is filled up to a multiple of this, in bytes: it says little of a name's. */
const FILLED_TO = 64;

/** `who` ({ given, family, birth, phone, note }) for the eyes of one clinic, as hexadecimal digits. */
export function seal(clinic, who) {
  const words = Buffer.from(JSON.stringify(who));
  const filled = Buffer.alloc(Math.ceil(words.length / FILLED_TO) * FILLED_TO, ' ');
  words.copy(filled);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', KEY.bytes, nonce);
  cipher.setAAD(Buffer.from(clinic.replaceAll('-', ''), 'hex'));
  const sealed = Buffer.concat([cipher.update(filled), cipher.final(), cipher.getAuthTag()]);
  return Buffer.concat([Buffer.from([KEY.number]), nonce, sealed]).toString('hex');
}
