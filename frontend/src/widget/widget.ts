/**
 * The button other sites put on their pages:
 *
 *   <script src="https://HOTLINE/widget.js" defer></script>
 *
 * data-language="zh|en": of the button; that of the page when not given. data-side="left": where it floats, right when
 * not given. It opens the hotline's chat in a frame of the hotline's own origin, which must list the site's origin in
 * `web.allowed_origins`. No framework; one element is added to the page, with a shadow root.
 */
import style from './widget.css?inline'

const OPEN = 'yixian.widget'
const MARK = 'M3 22.5h11.5L28.5 8.5'
const CLOSE = 'M9 9l14 14M23 9L9 23'
const WORDS = {
  zh: { name: '一线', label: '打开一线 12345，在线问', close: '收起', frame: '一线 12345 在线对话', comma: '，', unread: '条新消息' },
  en: { name: 'Yixian', label: 'Open Yixian, the 12345 chat', close: 'Close', frame: 'Yixian 12345 chat', comma: ', ', unread: ' new' },
}

function icon(path: string, size: number): SVGElement {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  const line = document.createElementNS(space, 'path')
  const looks = { d: path, fill: 'none', stroke: 'currentColor', 'stroke-width': '4', 'stroke-linecap': 'round' }
  for (const [name, value] of Object.entries(looks)) line.setAttribute(name, value)
  svg.setAttribute('viewBox', '0 0 32 32')
  svg.setAttribute('width', String(size))
  svg.setAttribute('height', String(size))
  svg.setAttribute('aria-hidden', 'true')
  svg.append(line)
  return svg
}

/** A style sheet that a site's own policy against inline styles does not forbid, where the browser has such. */
function dress(root: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(style)
    root.adoptedStyleSheets = [sheet]
  } catch {
    root.append(Object.assign(document.createElement('style'), { textContent: style }))
  }
}

/** For this tab: a site's next page shows what the one before did, and counts answers where somebody has asked. */
function remember(open: boolean): void {
  try {
    sessionStorage.setItem(OPEN, open ? 'open' : 'closed')
  } catch {
    // Storage is closed to us; every page begins with the button.
  }
}

function remembered(): string | null {
  try {
    return sessionStorage.getItem(OPEN)
  } catch {
    return null
  }
}

function start(origin: string, language: 'zh' | 'en', side: string): void {
  const words = WORDS[language]
  const host = document.createElement('div')
  host.id = 'yixian-widget'
  host.lang = language === 'zh' ? 'zh-CN' : 'en'
  const root = host.attachShadow({ mode: 'open' })
  dress(root)

  const box = document.createElement('div')
  box.className = side === 'left' ? 'left' : ''
  const launch = document.createElement('button')
  launch.type = 'button'
  launch.className = 'launch'
  launch.setAttribute('aria-expanded', 'false')
  const badge = document.createElement('span')
  badge.className = 'unread'
  badge.hidden = true
  launch.append(icon(MARK, 26), words.name, badge)

  const panel = document.createElement('section')
  panel.className = 'panel'
  panel.hidden = true
  panel.setAttribute('role', 'dialog')
  panel.setAttribute('aria-label', words.frame)
  const close = document.createElement('button')
  close.type = 'button'
  close.className = 'close'
  close.append(icon(CLOSE, 20), words.close)
  panel.append(close)
  box.append(launch, panel)
  root.append(box)

  let frame: HTMLIFrameElement | null = null

  function count(unread: number): void {
    badge.hidden = unread === 0
    badge.textContent = unread === 0 ? '' : unread > 99 ? '99+' : String(unread)
    launch.setAttribute('aria-label', unread ? words.label + words.comma + unread + words.unread : words.label)
  }

  function tellFrame(): void {
    frame?.contentWindow?.postMessage({ yixian: 'shown', shown: !panel.hidden }, origin)
  }

  function load(): void {
    frame = document.createElement('iframe')
    frame.title = words.frame
    frame.allow = 'geolocation'
    frame.referrerPolicy = 'no-referrer'
    frame.src = `${origin}/`
    frame.addEventListener('load', tellFrame)
    panel.append(frame)
  }

  function show(open: boolean): void {
    if (open && !frame) load()
    panel.hidden = !open
    launch.hidden = open
    launch.setAttribute('aria-expanded', String(open))
    remember(open)
    tellFrame()
  }

  launch.addEventListener('click', () => {
    show(true)
    close.focus()
  })
  close.addEventListener('click', () => {
    show(false)
    launch.focus()
  })
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    show(false)
    launch.focus()
  })
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== origin) return
    const told = event.data as { yixian?: unknown; unread?: unknown } | null
    if (told?.yixian === 'unread' && typeof told.unread === 'number') count(told.unread)
  })

  count(0)
  document.body.append(host)
  const before = remembered()
  if (before === 'open') show(true)
  else if (before === 'closed') load()
}

const script = document.currentScript
if (script instanceof HTMLScriptElement && !document.getElementById('yixian-widget')) {
  const { language = document.documentElement.lang, side = 'right' } = script.dataset
  const begin = () => start(new URL(script.src).origin, language.startsWith('en') ? 'en' : 'zh', side)
  if (document.body) begin()
  else document.addEventListener('DOMContentLoaded', begin)
}
