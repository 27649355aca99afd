/** Kinds of pictures that people have and this program does not read: told by what a file holds, else by its name. */

interface PictureKind {
  /** With its article: `a HEIC picture`. */
  readonly name: string;
  readonly extensions: readonly string[];
  /** Whether a file is one, by its first bytes as latin1 text. */
  readonly holds?: (head: string) => boolean;
  /** Drawings and documents, which lie beside frames without being any. */
  readonly isDocument?: boolean;
}

type Mark = string | readonly [at: number, text: string];

/** Whether a file begins with one of some texts, or has it at an offset. */
function begins(...marks: readonly Mark[]): (head: string) => boolean {
  return (head) =>
    marks.some((mark) =>
      typeof mark === "string" ? head.startsWith(mark) : head.startsWith(mark[1], mark[0]),
    );
}

/** Brands of HEIF files whose pictures are coded as HEVC. */
const HEIC_BRANDS = /^(he(ic|ix|im|is|vc|vx|vm|vs)|mif1|msf1)$/;

/** The brands that an ISO media file names in its first box, the main one first. */
function brandsOf(head: string): readonly string[] {
  if (!head.startsWith("ftyp", 4)) return [];
  const length = [0, 1, 2, 3].reduce((sum, i) => sum * 256 + head.charCodeAt(i), 0);
  const box = head.slice(0, length);
  return [box.slice(8, 12), ...(box.slice(16).match(/.{4}/gs) ?? [])];
}

/** Whether an ISO media file promises an AVIF picture, whatever its main brand. */
function isAvif(head: string): boolean {
  const [main = "", ...others] = brandsOf(head);
  return (
    /^avi[fs]$/.test(main) || (HEIC_BRANDS.test(main) && others.some((brand) => /^avi[fs]$/.test(brand)))
  );
}

/** Sizes in bytes that the header of a bitmap can have. */
const BMP_HEADERS = [12, 40, 52, 56, 64, 108, 124];

const RAW =
  "cr2 cr3 crw nef nrw arw sr2 srf dng raf orf rw2 rwl pef srw 3fr fff iiq x3f erf kdc dcr mrw mef mos";

const KINDS: readonly PictureKind[] = [
  {
    name: "a HEIC picture",
    extensions: ["heic", "heif", "hif", "heics", "heifs"],
    holds: (head) => HEIC_BRANDS.test(brandsOf(head)[0] ?? "") && !isAvif(head),
  },
  { name: "a JPEG XL picture", extensions: ["jxl"], holds: begins("\xff\x0a", [4, "JXL \r\n"]) },
  {
    name: "a JPEG 2000 picture",
    extensions: ["jp2", "j2k", "j2c", "jpf", "jpx"],
    holds: begins("\xff\x4f\xff\x51", [4, "jP  \r\n"]),
  },
  {
    name: "a camera's raw picture",
    extensions: RAW.split(" "),
    holds: begins("FUJIFILMCCD-RAW", "IIRO", "IIRS", "IIU\0", "FOVb", [4, "ftypcrx "], [8, "CR\x02\0"]),
  },
  {
    name: "a bitmap (BMP)",
    extensions: ["bmp", "dib"],
    // The mark is two letters: the size of the header must fit too.
    holds: (head) =>
      head.startsWith("BM") && head.startsWith("\0\0\0", 15) && BMP_HEADERS.includes(head.charCodeAt(14)),
  },
  {
    name: "a portable bitmap (PPM, PGM)",
    extensions: ["ppm", "pgm", "pbm", "pnm", "pam", "pfm"],
    holds: (head) => /^P[1-7]\s[\d\s#W]/.test(head),
  },
  { name: "a Targa picture", extensions: ["tga"] },
  { name: "an OpenEXR picture", extensions: ["exr"], holds: begins("v/1\x01") },
  { name: "a Radiance HDR picture", extensions: ["hdr"], holds: begins("#?RADIANCE", "#?RGBE") },
  { name: "a JPEG XR picture", extensions: ["jxr", "wdp", "hdp"], holds: begins("II\xbc") },
  { name: "a QOI picture", extensions: ["qoi"], holds: begins("qoif") },
  { name: "a DDS texture", extensions: ["dds"], holds: begins("DDS ") },
  { name: "a Photoshop file", extensions: ["psd", "psb"], holds: begins("8BPS"), isDocument: true },
  { name: "a GIMP file", extensions: ["xcf"], holds: begins("gimp xcf"), isDocument: true },
  { name: "a PDF document", extensions: ["pdf", "ai"], holds: begins("%PDF"), isDocument: true },
  { name: "a PostScript drawing", extensions: ["eps", "ps"], holds: begins("%!PS"), isDocument: true },
  {
    name: "an SVG drawing",
    extensions: ["svg", "svgz"],
    holds: (head) =>
      /^(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|!DOCTYPE|svg)/i.test(head) && /<svg[\s>]/i.test(head),
    isDocument: true,
  },
  { name: "a Windows icon", extensions: ["ico", "cur"], holds: begins("\0\0\x01\0"), isDocument: true },
];

/** Bytes of a file that are enough to tell what it holds. */
export const PICTURE_HEAD = 1024;

const isRead = begins("\x89PNG", "\xff\xd8\xff", "GIF8", [8, "WEBP"], "II*\0", "MM\0*", "II+\0", "MM\0+");

/** Extensions of image files that are read. */
export const IMAGE_EXTENSIONS: readonly string[] =
  ".png .apng .jpg .jpeg .jpe .jfif .webp .tif .tiff .avif".split(" ");

function extensionOf(path: string): string {
  return /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
}

/** Whether a name promises an image that is read, a gif (which is an animation as a rule) among them. */
export function isImageName(path: string): boolean {
  const extension = `.${extensionOf(path)}`;
  return IMAGE_EXTENSIONS.includes(extension) || extension === ".gif";
}

/** Whether a file's first bytes (latin1) are those of an image that is read. */
export function isReadImage(head: string): boolean {
  return isRead(head) || isAvif(head);
}

/** What kind of picture that is not read a file is, by its first bytes (latin1) or, where they tell nothing, its name. */
export function foreignPicture(path: string, head: string): PictureKind | undefined {
  const byContent = KINDS.find(({ holds }) => holds?.(head));
  if (byContent) return byContent;
  const byName = KINDS.find(({ extensions }) => extensions.includes(extensionOf(path)));
  // A camera's raw file is a tiff whose first picture is a thumbnail.
  const isTiff = /^(II[*+]\0|MM\0[*+])/.test(head);
  return isReadImage(head) && !isTiff ? undefined : byName;
}
