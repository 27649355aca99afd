/**
 * General categories of nouns and verbs where grammar alone does not tell a place from a thing. None is complete: a word that
 * is missing is read by its preposition. Words are lower case and singular.
 */
import { singulars, stems } from "./forms.ts";

const list = (words: string): ReadonlySet<string> => new Set(words.split(" "));

const TIMES = list(
  "sunset sunrise night dusk dawn day daytime daylight morning evening afternoon midnight noon twilight nighttime summer winter " +
    "autumn fall spring christmas halloween january february march april may june july august september october november december",
);

const WEATHER = list(
  "rain snowfall snowstorm storm thunderstorm fog mist blizzard weather sunshine sunlight moonlight drizzle downpour hail haze",
);

/** Surroundings, whatever preposition leads to them. */
const SCENERY = list(
  "background backdrop sky skyline horizon landscape scenery cityscape seascape mountain hill forest wood jungle desert beach " +
    "ocean sea lake river pond field meadow city town street road park garden space galaxy moon mars universe cloud " +
    "planet sunset sunrise aurora water grass snow sand ground floor room wall stage surface canyon valley island " +
    "farm village yard lawn pool highway bridge tunnel station stadium court arena gym kitchen bedroom studio square",
);

/** What one sits, stands or rides on, or plays: it takes part in what is done on it. */
const RIDDEN = list(
  "bike bicycle unicycle motorcycle motorbike scooter tricycle moped skateboard snowboard surfboard longboard bodyboard board " +
    "paddleboard ski sled sledge sleigh skate horse pony donkey camel elephant bull cow dragon unicorn car truck bus van jeep taxi " +
    "cab train tram boat ship canoe kayak raft yacht sailboat jetski tractor carriage cart wagon chariot wheelchair plane " +
    "airplane helicopter rocket spaceship broom broomstick carpet swing trampoline rope trapeze piano guitar violin cello drum " +
    "flute saxophone trumpet keyboard harp banjo laptop computer phone leash",
);

const CONTAINERS = list(
  "bowl basket cup mug glass vase pot pan plate bucket box bag jar bottle dish tray crate barrel backpack hand arm mouth lap " +
    "cage suitcase saucer teacup can chest drawer",
);

const WORN = list(
  "dress shirt suit coat jacket hat cap helmet uniform costume skirt jeans trousers pants shorts sweater hoodie robe gown kimono " +
    "armor armour clothing clothes outfit scarf glove boot shoe sneaker sandal heel glasses sunglasses mask tie bikini swimsuit " +
    "tuxedo vest blouse t-shirt tshirt apron cloak cape pajamas pyjamas overalls leather denim bandana crown veil sari jersey wetsuit",
);

/** Kinds of picture. */
const MEDIA = list(
  "photo photograph photography picture image painting drawing sketch illustration render rendering cartoon anime manga " +
    "watercolor watercolour art artwork engraving etching mosaic comic poster print film movie video footage clip " +
    "animation portrait mural collage woodcut lithograph fresco graffiti shot closeup close-up timelapse lapse time-lapse view " +
    "style filter aesthetic rendition version",
);

/** Ways in which a picture is made; before a noun they speak of the whole picture. */
const STYLES = list(
  "cartoon cartoonish anime manga pixar disney ghibli watercolor watercolour ukiyo-e ukiyoe cubist cubism impressionist " +
    "impressionism expressionist expressionism surrealist surrealism pop-art pixel pixelated pixel-art 3d 2d low-poly lowpoly voxel " +
    "sketch sketched hand-drawn handdrawn pencil charcoal crayon claymation stop-motion stopmotion monochrome sepia " +
    "photorealistic realistic hyperrealistic animated stylized stylised cinematic chibi line-art lineart black-and-white",
);
/** What may stand with a style before a noun: "a pixel art cat", "a Van Gogh style cat". */
const STYLE_NOUNS = list("art style styled painting drawing character");

const has = (words: ReadonlySet<string>, word: string): boolean =>
  words.has(word) || singulars(word).some((stem) => words.has(stem));

export const isTime = (word: string): boolean => has(TIMES, word);
export const isWeather = (word: string): boolean => has(WEATHER, word);
export const isScenery = (word: string): boolean => has(SCENERY, word);
export const isRidden = (word: string): boolean =>
  has(RIDDEN, word) || /(board|cycle|bike|boat|plane|ship)s?$/.test(word);
export const isContainer = (word: string): boolean => has(CONTAINERS, word);
export const isWorn = (word: string): boolean =>
  has(WORN, word) || /(coat|suit|shirt|dress|wear|boots|shoes)s?$/.test(word);
export const isMedium = (word: string): boolean => has(MEDIA, word);
export const isStyle = (word: string): boolean => has(STYLES, word) || /-(style|styled|art)$/.test(word);
export const isStyleNoun = (word: string): boolean => has(STYLE_NOUNS, word);

/** Heads that only count or frame what follows their "of": "a group of people". */
const MEASURES = list(
  "group herd flock bunch pair couple pack number crowd team piece swarm school row pile stack set series collection array lot " +
    "variety",
);
export const isMeasure = (word: string): boolean => has(MEASURES, word);

/** Verbs, by stem, that attach a thing to their subject as "with" does. */
const HAVING = list("wear hold carry have contain feature sport bear");
/** Participles, by stem, that say how their noun looks or what it is made of. */
const MADE = list(
  "make cover fill paint decorate carve build surround lit light wrap coat dress color colour adorn top",
);
/** What stands in a place and can be told from it: its looks are an attribute of its own. */
const FURNITURE = list(
  "table chair sofa couch bench bed desk shelf stool armchair bookshelf counter pillow cushion blanket rug mat carpet towel " +
    "cloth tablecloth",
);
export const isFurniture = (word: string): boolean => has(FURNITURE, word);

/** Verbs, by stem, whose preposition leads to their object and to no place: "looks at", "nibbles on", "jumps over". */
const AIMING = list(
  "look stare gaze point smile wave laugh shout bark aim shoot listen talk speak nibble chew munch gnaw snack peck sip",
);
const LEAPING = list("jump leap hop vault step trip climb crawl kick throw");

const hasVerb = (words: ReadonlySet<string>, word: string): boolean =>
  words.has(word) || stems(word).some((stem) => words.has(stem));

export const isHaving = (verb: string): boolean => hasVerb(HAVING, verb);
export const isMaking = (verb: string): boolean =>
  verb === "made" || verb === "built" || verb === "lit" || hasVerb(MADE, verb);
export const isAiming = (verb: string): boolean => hasVerb(AIMING, verb);
export const isLeaping = (verb: string): boolean => hasVerb(LEAPING, verb);
