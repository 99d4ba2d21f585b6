// Bytes as people read them.
const PER_LINE = 16;

/** The bytes of a base64 text. */
export const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.codePointAt(0));

/** Lines of an offset, sixteen bytes in hexadecimal, and the characters that they are in ASCII. */
export function hex(bytes) {
  const lines = [];
  for (let start = 0; start < bytes.length; start += PER_LINE) {
    const part = [...bytes.subarray(start, start + PER_LINE)];
    const digits = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const characters = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCodePoint(byte) : ".")).join("");
    lines.push(`${start.toString(16).padStart(4, "0")}  ${digits.padEnd(3 * PER_LINE - 1)}  ${characters}`);
  }
  return lines.join("\n");
}
