import { mount } from 'svelte';
import './design/tokens.css';
import './design/base.css';
import './design/controls.css';
import './design/reading.css';
import App from './app/App.svelte';
import { startAppearance } from './app/appearance.svelte';
import { insideTauri, usePreviewBackend } from './bridge/index';

async function start(): Promise<void> {
  startAppearance();
  const preview = new URLSearchParams(location.search).has('preview') && (await usePreviewBackend());
  const target = document.getElementById('app');
  if (target) mount(App, { target, props: { core: preview || insideTauri() } });
}

void start();
