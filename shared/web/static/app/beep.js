// Two sounds that nobody mixes up in a noisy entrance: one high and short, two low. Made here, no file to load.
let context = null;

function tone(frequency, from, length) {
  const oscillator = context.createOscillator();
  const volume = context.createGain();
  oscillator.frequency.value = frequency;
  oscillator.type = "triangle";
  volume.gain.setValueAtTime(0.0001, context.currentTime + from);
  volume.gain.exponentialRampToValueAtTime(0.5, context.currentTime + from + 0.015);
  volume.gain.exponentialRampToValueAtTime(0.0001, context.currentTime + from + length);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(context.currentTime + from);
  oscillator.stop(context.currentTime + from + length);
}

/** `kind` "good" or "bad". Browsers without sound, or before the first touch, stay silent. */
export function beep(kind) {
  try {
    context ??= new (window.AudioContext ?? window.webkitAudioContext)();
    context.resume();
    if (kind === "good") tone(1046, 0, 0.16);
    else {
      tone(233, 0, 0.22);
      tone(196, 0.26, 0.34);
    }
  } catch {
    context = null;
  }
}
