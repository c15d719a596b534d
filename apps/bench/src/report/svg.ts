/** As little SVG as the charts need. Text is escaped; numbers are rounded, so that a rerun changes only what changed. */

export function tag(name: string, attributes: Record<string, string | number>, content?: string): string {
  const list = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeText(value)}"`,
  );
  return content === undefined ? `<${name}${list.join('')}/>` : `<${name}${list.join('')}>${content}</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Record<string, string | number> = {}): string {
  return tag('text', { x, y, ...attributes }, escapeText(content));
}

/** A whole image on a white ground, so that it reads on a dark page too. */
export function image(width: number, height: number, title: string, content: readonly string[]): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${round(width)} ${round(height)}`,
    width,
    height,
    role: 'img',
    'font-family': 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif',
    'font-size': 12,
    fill: '#1f2328',
  };
  const ground = tag('rect', { width, height, fill: '#ffffff' });
  return `${tag('svg', attributes, `\n${[tag('title', {}, escapeText(title)), ground, ...content].join('\n')}\n`)}\n`;
}

function escapeText(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const round = (value: number): number => Math.round(value * 100) / 100;
