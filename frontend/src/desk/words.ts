/** Words that every page of the desk uses. Each folder has those of its own pages beside it. */
import type { DeskError } from './api'
import { language, spoken } from './preferences'
import type { Role } from './session'

const zh = {
  product: '一线',
  desk: '工作台',
  cancel: '取消',
  close: '关闭',
  save: '保存',
  retry: '再试一次',
  unsent: '写了的还没有发出',
  unsentAbout: '离开这里，写了的就没有了。',
  discard: '不要了',
  writeOn: '接着写',
  more: '再看一些',
  loading: '正在读取',
  none: '无',
  all: '全部',
  reason: '理由',
  reasonHint: '记入审计日志',
  required: '必填',
  optional: '选填',
  copied: '已复制',
  comma: '，',
  colon: '：',
  semicolon: '；',
  listed: '、',
  documentation: '平台的说明',
  errorTitle: '没有读到',
  unread: { unreachable: '连不上服务器，请稍后再试。', unexpected: '出了点问题，请再试一次。' },
  unreachable: '连不上服务器，您填写的内容都还在，请稍后再试。',
  unexpected: '出了点问题，您填写的内容都还在，请再试一次。',
  waitSeconds: (seconds: number) => (seconds < 90 ? `请等${Math.ceil(seconds)}秒再试。` : `请等${Math.ceil(seconds / 60)}分钟再试。`),
  roles: {
    agent: '坐席',
    shift_leader: '班长',
    unit_clerk: '单位经办人',
    unit_head: '单位负责人',
    knowledge_editor: '知识编辑',
    supervisor: '督查',
    administrator: '系统管理员',
  } satisfies Record<Role, string>,
}

const en: typeof zh = {
  product: 'Yixian',
  desk: 'Desk',
  cancel: 'Cancel',
  close: 'Close',
  save: 'Save',
  retry: 'Try again',
  unsent: 'Not sent yet',
  unsentAbout: 'What you have written is lost when you leave.',
  discard: 'Discard',
  writeOn: 'Keep writing',
  more: 'Show more',
  loading: 'Loading',
  none: 'None',
  all: 'All',
  reason: 'Reason',
  reasonHint: 'Kept in the audit log',
  required: 'required',
  optional: 'optional',
  copied: 'Copied',
  comma: ', ',
  colon: ': ',
  semicolon: '; ',
  listed: ', ',
  documentation: 'What the platform says',
  errorTitle: 'This could not be loaded',
  unread: {
    unreachable: 'The server cannot be reached. Please try again in a moment.',
    unexpected: 'Something went wrong. Please try again.',
  },
  unreachable: 'The server cannot be reached. What you have written is kept; please try again in a moment.',
  unexpected: 'Something went wrong. What you have written is kept; please try again.',
  waitSeconds: (seconds: number) =>
    seconds < 90 ? `Please wait ${Math.ceil(seconds)} seconds.` : `Please wait ${Math.ceil(seconds / 60)} minutes.`,
  roles: {
    agent: 'Agent',
    shift_leader: 'Shift leader',
    unit_clerk: 'Unit clerk',
    unit_head: 'Head of unit',
    knowledge_editor: 'Knowledge editor',
    supervisor: 'Supervisor',
    administrator: 'Administrator',
  },
}

export const common = spoken({ zh, en })

/** What went wrong, in a sentence for the person in front of it. reading: nothing was written that could be kept. */
export function inWords(error: DeskError, reading = false): string {
  const w = common.value
  const why = error.kind === 'unreachable' ? 'unreachable' : 'unexpected'
  const wait = error.retryAfter === null ? '' : ` ${w.waitSeconds(error.retryAfter)}`
  const said = error.message.replace(/([^。？.?])$/, language.value === 'zh' ? '$1。' : '$1.')
  if (said) return said + wait
  return (reading ? w.unread : w)[why] + wait
}
