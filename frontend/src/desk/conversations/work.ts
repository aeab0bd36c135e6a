/**
 * What this tab knows of conversations, live: the lists, the conversations looked at, what is not sent yet, alarms.
 * One for all pages of the desk; it begins with the shell, so that whoever is at their desk counts as connected.
 */
import { computed, ref, shallowRef, watch } from 'vue'
import { api, DeskError, reachable } from '../api'
import { doubt, may, session, standing as signedIn } from '../session'
import { heard, resumed } from '../tickets/live'
import { page as ticketPage } from '../tickets/model'
import { wanted } from '../title'
import { toast } from '../toasts'
import { inWords } from '../words'
import { present, toldTime } from '../workdays'
import { pathOf, readAlarm, Rung, withAlarm, without } from './alarms'
import type { Alarm } from './alarms'
import { listen, notify, show, sound } from './alerts'
import { Conversation } from './conversation'
import { DeskLine } from './line'
import type { Standing } from './line'
import { byConversation, Marks } from './marks'
import type { Mark, Marked } from './marks'
import { citizenName, gist, noteText, until } from './names'
import { readRow } from './protocol'
import type { Agent, Frame, Note, Row } from './protocol'
import { changed, counts, newlyTheirs, othersOf, spoken, wants, welcomed } from './rows'
import type { Rows, Viewer } from './rows'
import { Sending } from './unsent'
import type { Outcome, Unsent } from './unsent'
import { words as w } from './words'

const TICK_MS = 1_000
const KEPT = 12
const LOOKED_AT_ONCE = 20
/** Rows are told together a few times a second. */
const ROW_MS = 1_500

export const rows = shallowRef<Rows>(new Map())
export const viewer = shallowRef<Viewer>({ username: '', leads: false })
export const ownState = ref<Agent['state']>('away')
export const standing = ref<Standing>('connecting')
/** The gateway's clock, every second. */
export const now = ref(Date.now())
/** Nobody has seen to them yet. */
export const alarms = shallowRef<readonly Alarm[]>([])
/** What this person has still to look at in conversations, beside new messages. */
export const marked = shallowRef<Marked>(new Map())
/** Where that is, and what is open since they came to look. */
const markedRows = shallowRef<readonly Row[]>([])
/** Others' among them, which only this shows the way to. */
export const others = computed(() => othersOf(rows.value, markedRows.value, viewer.value))
export const unsent = shallowRef<readonly Unsent[]>([])
/** Before the first welcome nothing is known of the lists. */
export const welcomedOnce = ref(false)
export const counted = computed(() => {
  const own = counts(rows.value, viewer.value)
  return { ...own, mine: own.mine + others.value.length }
})

let begun = false
let sending: Sending | null = null
let rung: Rung | null = null
let marks: Marks | null = null
/** The conversation whose thread is on the page. */
let open = ''
const looked = new Map<string, Conversation>()
/** Taken by this person: no news to them. */
const taken = new Set<string>()
const dispatched = new Set<string>()

const line = new DeskLine({
  openSocket: () => new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws/desk`),
  onFrame,
  onStanding: (now) => {
    standing.value = now
    if (now !== 'live') return
    sending?.wake()
    for (const conversation of looked.values()) conversation.onLive()
  },
  onDoubt: () => void doubt(),
})

export function begin(): void {
  if (begun || !session.value) return
  begun = true
  const { username, scopes } = session.value
  viewer.value = { username, leads: scopes.includes('conversations.lead') }
  rung = new Rung(storageOrNull('localStorage'), username)
  marks = new Marks(storageOrNull('sessionStorage'), username, onMarks, (ids) => {
    for (let from = 0; from < ids.length; from += LOOKED_AT_ONCE) line.say({ type: 'looked', ids: ids.slice(from, from + LOOKED_AT_ONCE) })
  })
  sending = new Sending({
    post,
    onChange: (items) => {
      unsent.value = items
    },
    keep: storageOrNull('sessionStorage'),
    owner: username,
  })
  setInterval(() => {
    now.value = present()
  }, TICK_MS)
  window.addEventListener('focus', () => marks?.lookAt(open))
  window.addEventListener('online', () => line.wake())
  window.addEventListener('offline', () => line.offline())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') line.wake()
  })
  watch(reachable, (is) => {
    if (is) line.wake()
  })
  watch(signedIn, (is) => {
    if (is === 'in') line.start()
  })
  line.start()
  if (may('conversations.handle', 'conversations.unit')) listen()
  watch(
    () => wants(rows.value, viewer.value, marked.value.keys()),
    (now) => {
      wanted.value = now
    },
    { immediate: true },
  )
}

function storageOrNull(name: 'sessionStorage' | 'localStorage'): Storage | null {
  try {
    return window[name]
  } catch {
    return null
  }
}

function onFrame(frame: Frame): void {
  switch (frame.type) {
    case 'welcome':
      if (frame.now) toldTime(frame.now)
      now.value = present()
      ownState.value = frame.state
      setRows(welcomed(rows.value, frame.rows, viewer.value))
      marks?.welcomed()
      if (welcomedOnce.value) resumed()
      welcomedOnce.value = true
      alarms.value = frame.alarms
      ring(frame.alarms)
      break
    case 'rows':
      setRows(changed(rows.value, frame.rows, frame.gone, viewer.value))
      break
    case 'message':
    case 'delivery':
    case 'typing':
    case 'allowance':
      looked.get(frame.conversation_id)?.onFrame(frame)
      break
    case 'watched':
      if (frame.row) setRows(changed(rows.value, [frame.row], [], viewer.value))
      looked.get(frame.conversation_id)?.onFrame(frame)
      break
    case 'note':
      looked.get(frame.note.conversation_id)?.onFrame(frame)
      break
    case 'mention':
      onMention(frame.note, frame.mark)
      break
    case 'marks':
      marks?.told(frame.marks)
      if (document.hasFocus()) marks?.lookAt(open)
      break
    case 'looked':
      marks?.known(frame.ids)
      break
    case 'ticket':
      heard(frame.number, frame.events)
      if (frame.state === 'dispatched') onDispatched(frame.number)
      break
    case 'undelivered':
      onUndelivered(frame.mark)
      break
    case 'alarm':
      alarms.value = withAlarm(alarms.value, frame.alarm)
      ring([frame.alarm])
      break
    case 'alarms':
      if (frame.seenTo) onSeenTo(frame.seenTo)
      alarms.value = frame.alarms
      ring(frame.alarms)
      break
    case 'error':
      toast(w.value.lineErrors[frame.code] ?? frame.message, 'trouble')
      break
  }
}

function setRows(next: Rows): void {
  const { username } = viewer.value
  const [given, said] = welcomedOnce.value ? [newlyTheirs(rows.value, next, username), spoken(rows.value, next, username)] : [[], []]
  rows.value = next
  for (const [id, conversation] of looked) conversation.onRow(next.get(id) ?? null)
  for (const row of given) {
    if (taken.delete(row.id)) continue
    const text = w.value.given(citizenName(row))
    toast(text, 'news')
    notify(text, row.latest ? gist(row.latest) : '', pageOf(row.id))
  }
  if (document.hasFocus()) return
  for (const row of said) notify(w.value.says(citizenName(row)), row.latest ? gist(row.latest) : '', pageOf(row.id))
}

function onMention(note: Note, mark: Mark): void {
  const named = note.mentions.includes(viewer.value.username)
  const text = named ? w.value.mention(note.name) : w.value.whispered(note.name, citizenName(mark.row))
  toast(text, 'news')
  notify(text, noteText(note), pageOf(mark.row.id))
  marks?.put(mark, inSight(mark.row.id))
}

function onUndelivered(mark: Mark): void {
  const text = w.value.undelivered(citizenName(mark.row))
  toast(text, 'trouble')
  notify(text, '', pageOf(mark.row.id))
  marks?.put(mark, inSight(mark.row.id))
}

function onMarks(marks: readonly Mark[]): void {
  marked.value = byConversation(marks)
  const still = markedRows.value.filter((row) => row.id === open)
  markedRows.value = [...still, ...marks.map((mark) => mark.row)]
}

/** Its thread is on the page, and the page in front. */
function inSight(id: string): boolean {
  return id === open && document.hasFocus()
}

/** The thread that is on the page from now on; none. What was to be looked at there has been. */
export function lookAt(id: string): void {
  open = id
  markedRows.value = markedRows.value.filter((row) => row.id === id || marked.value.has(row.id))
  marks?.lookAt(id)
}

function citizenOf(id: string): string {
  const row = rows.value.get(id)
  return row ? citizenName(row) : w.value.aCitizen
}

/** The people of units are told once of each that waits for them to sign. */
function onDispatched(number: string): void {
  if (!session.value?.unit || dispatched.has(number)) return
  dispatched.add(number)
  const text = w.value.dispatched(number)
  toast(text)
  notify(text, '', ticketPage(number))
}

function pageOf(conversationId: string): string {
  return `/desk/conversations/${conversationId}`
}

/** Once for each, and one sound for what is told together. */
function ring(told: readonly Alarm[]): void {
  const fresh = rung?.first(told) ?? []
  const alarm = fresh.find((one) => one.escalatedAt) ?? fresh[0]
  if (!alarm) return
  sound(alarm.escalatedAt > 0)
  void whenListed(alarm.conversationId).then(() => {
    const what = w.value.alarm(w.value.alarmKinds[alarm.kind] ?? '')
    show(alarm.escalatedAt ? w.value.unseenAlarm(what) : what, whose(alarm), pathOf(alarm))
  })
}

/** An alarm may come before the row that says whose it is: wait for it, but not long. */
function whenListed(conversationId: string): Promise<void> {
  if (!conversationId || rows.value.has(conversationId)) return Promise.resolve()
  return new Promise((done) => {
    const end = (): void => {
      stop()
      clearTimeout(timer)
      done()
    }
    const timer = setTimeout(end, ROW_MS)
    const stop = watch(rows, (now) => now.has(conversationId) && end())
  })
}

/** The ticket's number, or who writes. */
export function whose(alarm: Alarm): string {
  return alarm.ticket || citizenOf(alarm.conversationId)
}

/** Somebody else did; told to whom it stood for. */
function onSeenTo(alarm: Alarm): void {
  const left = without(alarms.value, alarm)
  if (alarm.seenToBy === viewer.value.username || left.length === alarms.value.length) return
  toast(w.value.seenTo(alarm.seenToName, until(alarm.seenToAt, now.value), whose(alarm)), 'news')
}

/** Whether this person was the first to. A conversation that nobody has becomes theirs. Throws `DeskError`. */
export async function seeTo(alarm: Alarm): Promise<boolean> {
  const id = alarm.conversationId
  const takes = id !== '' && rows.value.get(id)?.owner.kind !== 'agent'
  if (takes) taken.add(id)
  try {
    const seen = readAlarm(await api.post('/alarms/see_to', { id: alarm.id })) ?? alarm
    onSeenTo(seen)
    alarms.value = without(alarms.value, seen)
    return seen.seenToBy === viewer.value.username
  } catch (error) {
    taken.delete(id)
    throw error
  }
}

/** The conversation, kept for a while after it was looked at, so that going back to it takes no time. */
export function conversation(id: string): Conversation {
  const found = looked.get(id) ?? new Conversation(id, line, () => now.value, (clientId) => sending?.remove(clientId))
  looked.delete(id)
  looked.set(id, found)
  const oldest = looked.keys().next().value
  if (looked.size > KEPT && oldest !== undefined) looked.delete(oldest)
  found.onRow(rows.value.get(id) ?? null)
  return found
}

/** Once for its client id, however often it is tried. */
async function post(item: Unsent): Promise<Outcome> {
  const path = `/conversations/${item.conversationId}`
  const kept = looked.get(item.conversationId)
  try {
    if (item.kind === 'note') {
      const body = { client_id: item.clientId, text: item.text, mentions: item.mentions }
      kept?.storedNote(await api.post(`${path}/notes`, body))
    } else kept?.storedMessage(await api.post(`${path}/messages`, { client_id: item.clientId, text: item.text }))
    return { done: true }
  } catch (error) {
    if (!(error instanceof DeskError)) throw error
    const refused = error.kind === 'refused' && error.status !== 429
    return { done: false, refused, why: refused ? inWords(error) : '' }
  }
}

export function say(conversationId: string, kind: Unsent['kind'], text: string, mentions: readonly string[] = []): void {
  sending?.add(conversationId, kind, text, mentions, now.value)
}

export function retry(clientId: string): void {
  sending?.retry(clientId)
}

export function discard(clientId: string): void {
  sending?.remove(clientId)
}

/** The citizen sees that somebody writes. */
export function typing(conversationId: string): void {
  line.say({ type: 'typing', conversation_id: conversationId })
}

/** Whose it is changes, or what it is worked as one with; the row afterwards. Throws `DeskError`. */
export async function move(conversationId: string, particulars: { move: string } & Record<string, unknown>): Promise<Row | null> {
  if (particulars.move === 'take') taken.add(conversationId)
  try {
    const row = readRow(await api.post(`/conversations/${conversationId}/moves`, particulars))
    if (row) {
      setRows(changed(rows.value, [row], [], viewer.value))
      looked.get(conversationId)?.onRow(row)
    }
    return row
  } catch (error) {
    taken.delete(conversationId)
    throw error
  }
}

/** Whether one wants to be given conversations. Throws `DeskError`. */
export async function setOwnState(state: Agent['state']): Promise<void> {
  ownState.value = (await api.put<Agent>('/agents/me', { state })).state
}
