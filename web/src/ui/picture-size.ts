// How many pixels a picture has, by its first bytes: what has too many is not even given to the browser, which would stand still
// over it. The formats: PNG (RFC 2083), GIF89a, JPEG (ITU T.81, B.2.2) and WebP (RFC 9649).

export interface Pixels {
  width: number;
  height: number;
}

/** Gives the size of a PNG, GIF, JPEG or WebP; undefined for what is none, or is broken. */
export async function pixelsOf(picture: Blob): Promise<Pixels | undefined> {
  const data = new DataView(await picture.arrayBuffer());
  try {
    const starts = data.getUint32(0);
    if (starts === 0x89504e47) return { width: data.getUint32(16), height: data.getUint32(20) };
    if (starts === 0x47494638) return { width: data.getUint16(6, true), height: data.getUint16(8, true) };
    if (starts >>> 16 === 0xffd8) return ofJpeg(data);
    if (starts === 0x52494646 && data.getUint32(8) === 0x57454250) return ofWebp(data);
  } catch {
    // It ends too early.
  }
  return undefined;
}

/** Looks for the segment that begins a frame. */
function ofJpeg(data: DataView): Pixels | undefined {
  for (let at = 2; data.getUint8(at) === 0xff; at += 2 + data.getUint16(at + 2)) {
    const marker = data.getUint8(at + 1);
    // C4, C8 and CC are tables and extensions.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { width: data.getUint16(at + 7), height: data.getUint16(at + 5) };
  }
  return undefined;
}

function ofWebp(data: DataView): Pixels | undefined {
  const three = (at: number) => data.getUint16(at, true) + (data.getUint8(at + 2) << 16);
  switch (data.getUint32(12)) {
    case 0x56503858: // VP8X
      return { width: three(24) + 1, height: three(27) + 1 };
    case 0x56503820: // VP8, of which the two upper bits are a scale
      return { width: data.getUint16(26, true) & 0x3fff, height: data.getUint16(28, true) & 0x3fff };
    case 0x5650384c: {
      const bits = data.getUint32(21, true); // VP8L
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    default:
      return undefined;
  }
}
