/** A picture as the simulator takes it: base64, made smaller when it is too large to be passed on. */

/** With a third more for base64 and the rest of the request this stays below the gateway's 2 MiB. */
const MOST_BYTES = 1_400_000
const LONGEST_SIDE = 1_600
export const PICTURE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']

/** Base64 of the bytes, without a prefix. */
export async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let text = ''
  // in pieces, because a call takes a limited number of arguments
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}

/** The file if it is small enough, else a smaller JPEG of it; null when it cannot be read as a picture. */
export async function fitting(file: File): Promise<Blob | null> {
  if (!PICTURE_TYPES.includes(file.type)) return null
  if (file.size <= MOST_BYTES) return file
  try {
    const bitmap = await createImageBitmap(file)
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(bitmap.width * scale)
    canvas.height = Math.round(bitmap.height * scale)
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    bitmap.close()
    const smaller = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.8))
    return smaller && smaller.size <= MOST_BYTES ? smaller : null
  } catch {
    return null
  }
}
