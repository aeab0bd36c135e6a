/** What the things of a ticket are called. A move has one name, on its button, in its news and in the log. */
import { spoken } from '../preferences'
import type { Kind, State, TicketEvent, Verdict } from './model'
import type { DECLINED, MoveName } from './moves'

type ByTimeOrCitizen =
  | 'file'
  | 'rate'
  | 'rate_beside'
  | 'supplement'
  | 'join'
  | 'attach'
  | 'remind'
  | 'card'
  | 'ask_again'
  | 'give_up'
  | 'archive'

const zh = {
  kinds: {
    consultation: '咨询',
    help: '求助',
    complaint: '投诉',
    report: '举报',
    suggestion: '建议',
    praise: '表扬',
  } satisfies Record<Kind, string>,
  states: {
    draft: '草稿',
    submitted: '待受理',
    dispatched: '待签收',
    signed: '办理中',
    replied: '待审核',
    callback: '待回访',
    answered: '即时答复办结',
    declined: '不予受理',
    merged: '已并案',
    closed: '办结',
    archived: '已归档',
  } satisfies Record<State, string>,
  verdicts: { satisfied: '满意', fairly: '基本满意', dissatisfied: '不满意' } satisfies Record<Verdict, string>,
  moves: {
    sign: '签收',
    dispatch: '转派',
    approve: '审核通过',
    decide_return: '审批退单',
    decide_extension: '审批延期',
    decide_appeal: '裁定申诉',
    answer_supervision: '回复督办',
    reply: '答复',
    reply_jointly: '会办答复',
    call_back: '回访',
    contact: '已联系市民',
    answer: '直接答复',
    send_back: '退回重写',
    decline: '不予受理',
    ask_return: '申请退单',
    ask_extension: '申请延期',
    appeal: '申诉',
    close: '办结',
    supervise: '督办',
    end_supervision: '结束督办',
    give_card: '发牌',
    add_joint: '增加会办',
    merge: '并案',
    mark: '标记',
    recuse: '回避',
    note: '内部备注',
    file: '登记',
    rate: '评价',
    rate_beside: '评价',
    supplement: '补充',
    join: '加入',
    attach: '添加附件',
    remind: '提醒',
    card: '发牌',
    ask_again: '再次请市民评价',
    give_up: '联系不上，办结',
    archive: '归档',
  } satisfies Record<MoveName | ByTimeOrCitizen, string>,
  declined: {
    litigation: '应当由法院处理',
    arbitration: '应当由仲裁机构处理',
    discipline: '反映党员干部违纪违法',
    reconsideration: '行政复议',
    disclosure: '政府信息公开申请',
    petition: '已经在信访系统办理',
    secret: '涉及国家秘密',
    private: '涉及他人隐私或商业秘密',
    order: '违反公共秩序或无法核实',
  } satisfies Record<(typeof DECLINED)[number], string>,
  causes: {
    unsigned: '逾期未签收',
    overdue: '逾期未办结',
    joint_overdue: '会办逾期未答复',
    long_overdue: '逾期超过两个工作日',
    supervision_unanswered: '督办逾期未回复',
    three_yellows: '一个月内三张黄牌',
    supervisor: '督查发现问题',
  } as Record<string, string>,
  colours: { yellow: '黄牌', red: '红牌' },
  appeals: { asked: '已申诉，待裁定', granted: '申诉成立，已撤销', refused: '申诉不成立' },
  modes: { function: '按职承办', territory: '属地承办', joint: '交叉会办' },
  roles: { lead: '主办', joint: '会办' },
  channels: { phone: '电话', web: '网页', wechat: '微信', sms: '短信' } as Record<string, string>,
  actors: { citizen: '市民', system: '系统' } as Record<string, string>,
  systemReasons: { danger: '市民说到可能有危险' } as Record<string, string>,
  confidential: '保密',
  urgent: '加急',
  complex: '复杂',
  supervised: '督办中',
  rework: '重办',
}

const en: typeof zh = {
  kinds: {
    consultation: 'Consultation',
    help: 'Help',
    complaint: 'Complaint',
    report: 'Report',
    suggestion: 'Suggestion',
    praise: 'Praise',
  },
  states: {
    draft: 'Draft',
    submitted: 'To accept',
    dispatched: 'To sign',
    signed: 'In hand',
    replied: 'To review',
    callback: 'To call back',
    answered: 'Answered at once',
    declined: 'Not accepted',
    merged: 'Merged',
    closed: 'Closed',
    archived: 'Archived',
  },
  verdicts: { satisfied: 'Satisfied', fairly: 'Fairly satisfied', dissatisfied: 'Dissatisfied' },
  moves: {
    sign: 'Sign',
    dispatch: 'Dispatch',
    approve: 'Approve',
    decide_return: 'Decide on return',
    decide_extension: 'Decide on extension',
    decide_appeal: 'Decide on appeal',
    answer_supervision: 'Answer supervision',
    reply: 'Reply',
    reply_jointly: 'Joint reply',
    call_back: 'Call back',
    contact: 'Citizen contacted',
    answer: 'Answer directly',
    send_back: 'Send back',
    decline: 'Decline',
    ask_return: 'Ask for return',
    ask_extension: 'Ask for extension',
    appeal: 'Appeal',
    close: 'Close',
    supervise: 'Supervise',
    end_supervision: 'End supervision',
    give_card: 'Give a card',
    add_joint: 'Add joint units',
    merge: 'Merge',
    mark: 'Mark',
    recuse: 'Recuse',
    note: 'Internal note',
    file: 'Filed',
    rate: 'Rated',
    rate_beside: 'Rated',
    supplement: 'Supplement',
    join: 'Joined',
    attach: 'File added',
    remind: 'Reminder',
    card: 'Card given',
    ask_again: 'Asked for a verdict again',
    give_up: 'Not reached, closed',
    archive: 'Archived',
  },
  declined: {
    litigation: 'For a court',
    arbitration: 'For arbitration',
    discipline: 'Discipline of officials',
    reconsideration: 'Administrative reconsideration',
    disclosure: 'Disclosure of information',
    petition: 'Already a petition',
    secret: 'State secrets',
    private: 'Private matters or trade secrets of others',
    order: 'Against public order, or cannot be verified',
  },
  causes: {
    unsigned: 'Not signed in time',
    overdue: 'Not finished in time',
    joint_overdue: 'Joint reply late',
    long_overdue: 'More than two workdays overdue',
    supervision_unanswered: 'Supervision not answered in time',
    three_yellows: 'Three yellow cards in a month',
    supervisor: 'Found by supervision',
  },
  colours: { yellow: 'Yellow card', red: 'Red card' },
  appeals: { asked: 'Appealed, to be decided', granted: 'Appeal granted, taken back', refused: 'Appeal refused' },
  modes: { function: 'By function', territory: 'By territory', joint: 'Jointly' },
  roles: { lead: 'Lead', joint: 'Joint' },
  channels: { phone: 'Phone', web: 'Web', wechat: 'WeChat', sms: 'SMS' },
  actors: { citizen: 'Citizen', system: 'System' },
  systemReasons: { danger: 'The citizen spoke of possible danger' },
  confidential: 'Confidential',
  urgent: 'Urgent',
  complex: 'Complex',
  supervised: 'Supervised',
  rework: 'Rework',
}

export const names = spoken({ zh, en })

/** A move's name; its code when the page does not know it. */
export function moveName(move: string): string {
  return (names.value.moves as Record<string, string>)[move] ?? move
}

/** Why something was done: people's own words; those we have for what the system does. Older records have words. */
export function reasonOf(event: Pick<TicketEvent, 'actor' | 'reason'>): string {
  return event.actor === 'system' ? (names.value.systemReasons[event.reason] ?? event.reason) : event.reason
}
