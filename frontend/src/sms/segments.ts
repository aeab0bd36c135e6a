/** How many segments a short message takes: 160/153 characters of GSM-7, else 70/67 of UCS-2. Pure. 3GPP TS 23.038. */

const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿' +
    'abcdefghijklmnopqrstuvwxyzäöñüà',
)
const EXTENDED = new Set('\f^{}\\[~]|€')

export interface Cost {
  /** In the units counted: an extension character or an emoji takes two. */
  length: number
  segments: number
}

/** Nothing takes no segment. A character of two units is never cut in two. */
export function costOf(text: string): Cost {
  const characters = [...text]
  const gsm = characters.every((one) => BASIC.has(one) || EXTENDED.has(one))
  const units = characters.map((one) => (gsm ? (EXTENDED.has(one) ? 2 : 1) : one.length))
  const length = units.reduce((sum, unit) => sum + unit, 0)
  const [single, each] = gsm ? [160, 153] : [70, 67]
  if (length === 0) return { length, segments: 0 }
  if (length <= single) return { length, segments: 1 }
  let segments = 1
  let used = 0
  for (const unit of units) {
    if (used + unit > each) {
      segments += 1
      used = 0
    }
    used += unit
  }
  return { length, segments }
}
