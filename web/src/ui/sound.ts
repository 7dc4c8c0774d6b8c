// Two soft notes, made by the browser: there is no file to fetch.

let audio: AudioContext | undefined;

/** Plays them, unless the browser does not allow the page to make a sound. */
export function chime(): void {
  audio ??= new AudioContext();
  void audio.resume();
  for (const [at, pitch] of [
    [0, 660],
    [0.14, 880],
  ] as const)
    note(audio, audio.currentTime + at, pitch);
}

function note(context: AudioContext, start: number, pitch: number): void {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.08, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, start + 0.4);
  tone.connect(volume).connect(context.destination);
  tone.start(start);
  tone.stop(start + 0.4);
}
