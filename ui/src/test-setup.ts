import { afterEach, beforeEach } from 'vitest';
import { cleanup } from '@testing-library/svelte';
import { useTransport } from '$lib/api/backend';
import { setLanguage } from '$lib/i18n';

beforeEach(() => setLanguage('en'));

afterEach(() => {
  cleanup();
  useTransport(null);
});
