/** What somebody signed in with, told from what the browser says of itself. Pure. */

const BROWSERS: readonly [RegExp, string][] = [
  [/MicroMessenger/, 'WeChat'],
  [/Edg/, 'Edge'],
  [/Firefox|FxiOS/, 'Firefox'],
  [/Chrome|CriOS/, 'Chrome'],
  [/Safari/, 'Safari'],
]
const SYSTEMS: readonly [RegExp, string][] = [
  [/HarmonyOS|OpenHarmony/, 'HarmonyOS'],
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
]

/** `Chrome · Windows`; what is not a browser as it calls itself. */
export function browserName(agent: string): string {
  const first = (from: readonly [RegExp, string][]) => from.find(([sign]) => sign.test(agent))?.[1]
  const browser = first(BROWSERS)
  return browser ? [browser, first(SYSTEMS)].filter(Boolean).join(' · ') : agent
}
