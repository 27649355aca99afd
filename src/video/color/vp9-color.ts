/** BT.709 in VP9's table of colour spaces (VP9 bitstream specification, 7.2.2). */
const CS_BT_709 = 2;

/**
 * Writes the colour space into a key frame of VP9 profile 0, in place: the encoder leaves it unknown (its uncompressed
 * header, 6.2: frame marker 2 bits, profile 2, four flags, sync code 24, then colour space 3). Any other packet is left
 * as it is.
 */
export function tagVp9KeyFrame(packet: Uint8Array): void {
  const [flags, ...sync] = packet.subarray(0, 4);
  // Marker 2, profile 0, a new frame, a key frame; the last two flags are free.
  const isKeyFrame = (flags! & 0b11111100) === 0b10000000 && sync.join() === "73,131,66";
  if (isKeyFrame) packet[4] = (packet[4]! & 0b00011111) | (CS_BT_709 << 5);
}
