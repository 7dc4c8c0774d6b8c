// A tone in place of a microphone; the recorder is the browser's.
import type { Page } from '@playwright/test';

/** Gives the page it, until the page sets `refused`; the last one is `track`. */
export async function toneForMicrophone(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    if (!devices) return; // not a page yet
    Object.assign(window, { refused: false });
    devices.getUserMedia = async () => {
      if ((window as any).refused) throw new DOMException('Permission denied', 'NotAllowedError');
      const audio = new AudioContext();
      const tone = audio.createOscillator();
      const out = audio.createMediaStreamDestination();
      tone.connect(out);
      tone.start();
      Object.assign(window, { track: out.stream.getTracks()[0] });
      return out.stream;
    };
  });
}
