/** CIELAB of the white of sRGB (D65, 2°): lightness 0…100, green to red, blue to yellow. */
export type Lab = readonly [L: number, a: number, b: number];

/** Linear sRGB to XYZ divided by the white's (IEC 61966-2-1); each row sums to 1. */
const TO_XYZ = [
  [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339 / 1.08883, 0.119192 / 1.08883, 0.9503041 / 1.08883],
] as const;
const KNEE = (6 / 29) ** 3;

/** sRGB 0…255 to CIELAB (CIE 15:2004). */
export function labOf(red: number, green: number, blue: number): Lab {
  const [r, g, b] = [red, green, blue].map((value) => {
    const v = value / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const [x, y, z] = TO_XYZ.map((row) => {
    const t = row[0] * r + row[1] * g + row[2] * b;
    return t > KNEE ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29;
  }) as [number, number, number];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const degrees = (radians: number): number => (radians * 180) / Math.PI;
const radians = (angle: number): number => (angle * Math.PI) / 180;
/** The share by which grey-near colours are pushed apart, and by which blues turn. */
const seventh = (chroma: number): number => Math.sqrt(chroma ** 7 / (chroma ** 7 + 25 ** 7));
const hueOf = (a: number, b: number): number =>
  a === 0 && b === 0 ? 0 : (degrees(Math.atan2(b, a)) + 360) % 360;

/** CIEDE2000 of two colours; about 1 is just seen side by side. As in Sharma, Wu, Dalal (2005), eqs. 2 to 22. */
export function deltaE2000([l1, a1, b1]: Lab, [l2, a2, b2]: Lab): number {
  const g = 1 + 0.5 * (1 - seventh((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2));
  const c1 = Math.hypot(g * a1, b1);
  const c2 = Math.hypot(g * a2, b2);
  const h1 = hueOf(g * a1, b1);
  const h2 = hueOf(g * a2, b2);
  const grey = c1 * c2 === 0;
  const far = Math.abs(h1 - h2) > 180;
  const turn = grey ? 0 : h2 - h1 - (far ? 360 * Math.sign(h2 - h1) : 0);
  const dH = 2 * Math.sqrt(c1 * c2) * Math.sin(radians(turn / 2));
  const lightness = (l1 + l2) / 2;
  const chroma = (c1 + c2) / 2;
  const hue = grey ? h1 + h2 : ((h1 + h2 + (far ? 360 : 0)) / 2) % 360;
  const t =
    1 -
    0.17 * Math.cos(radians(hue - 30)) +
    0.24 * Math.cos(radians(2 * hue)) +
    0.32 * Math.cos(radians(3 * hue + 6)) -
    0.2 * Math.cos(radians(4 * hue - 63));
  const sL = 1 + (0.015 * (lightness - 50) ** 2) / Math.sqrt(20 + (lightness - 50) ** 2);
  const sC = 1 + 0.045 * chroma;
  const sH = 1 + 0.015 * chroma * t;
  const rotation = -Math.sin(radians(60 * Math.exp(-(((hue - 275) / 25) ** 2)))) * 2 * seventh(chroma);
  const [x, y, z] = [(l2 - l1) / sL, (c2 - c1) / sC, dH / sH];
  return Math.sqrt(x * x + y * y + z * z + rotation * y * z);
}
