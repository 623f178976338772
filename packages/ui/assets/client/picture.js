import { element } from './element.js';

const videoName = /\.(mp4|webm)$/i;

/** The preview of a model, or a calm picture of its own when there is none or it does not load. */
export function createPicture(item, name) {
  if (!item.preview_url) return createGradient(item, name);
  const picture = isVideo(item.preview_url) ? createVideo(item.preview_url) : createImage(item.preview_url);
  picture.addEventListener('error', () => picture.replaceWith(createGradient(item, name)), { once: true });
  return picture;
}

/** Whether a preview address leads to a video: it names the file in its `path` parameter. */
export function isVideo(previewUrl) {
  const path = new URL(previewUrl, 'http://preview.invalid/').searchParams.get('path') ?? previewUrl;
  return videoName.test(path);
}

/** Style of a gradient that is always the same for the same seed and differs between seeds. */
export function gradientOf(seed) {
  const hash = hashOf(seed);
  const hue = hash % 360;
  const second = (hue + 40 + ((hash >>> 9) % 80)) % 360;
  const angle = (hash >>> 17) % 360;
  const left = 15 + ((hash >>> 5) % 70);
  const top = 10 + ((hash >>> 13) % 50);
  return [
    `radial-gradient(circle at ${left}% ${top}%, hsl(${second} 75% 72% / 0.9), transparent 55%)`,
    `linear-gradient(${angle}deg, hsl(${hue} 48% 34%), hsl(${second} 52% 52%))`,
  ].join(', ');
}

function createImage(url) {
  const image = element('img', { loading: 'lazy', decoding: 'async', alt: '' });
  image.src = url;
  return image;
}

// Plays only while it is seen: a grid of running videos would keep every core busy.
function createVideo(url) {
  const video = element('video', { preload: 'none', playsinline: '', loop: '', tabindex: '-1' });
  video.muted = true;
  new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting) return video.pause();
    if (!video.src) video.src = url;
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) video.play().catch(() => undefined);
    else video.preload = 'auto';
  }).observe(video);
  return video;
}

function createGradient(item, name) {
  const [initial = ''] = [...name.trim()];
  const picture = element(
    'div',
    { class: 'gradient', 'aria-hidden': 'true' },
    element('span', {}, initial.toUpperCase()),
  );
  picture.style.backgroundImage = gradientOf(item.file_path);
  return picture;
}

// FNV-1a: short, and spreads similar names well.
function hashOf(text) {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}
