import { spoken } from '../preferences'

const zh = {
  title: '我的单位',
  which: '看哪些',
  unit: '看哪个单位',
  tabs: { all: '全部', sign: '待签收', inHand: '办理中', joint: '会办', supervised: '督办', late: '超期', cards: '黄牌红牌' },
  columns: { title: '事项', waits: '下一步', due: '时限', place: '地点', filed: '登记', number: '工单号', act: '处理' },
  waits: { sign: '签收', reply: '答复', joint: '会办答复', decision: '等审批', explanation: '回复督办' },
  signed: (number: string) => `已签收 ${number}`,
  empty: {
    all: '没有等您单位办的工单',
    sign: '没有等签收的工单',
    inHand: '没有办理中的工单',
    joint: '没有等会办答复的工单',
    supervised: '没有等回复的督办',
    late: '没有超期的工单',
  },
  emptyHint: '热线转派过来的工单会出现在这里，最先到期的在最上面。',
  tooMany: (most: number) => `只显示最先到期的${most}张。`,
}

const en: typeof zh = {
  title: 'My unit',
  which: 'Which',
  unit: 'Which unit',
  tabs: { all: 'All', sign: 'To sign', inHand: 'In hand', joint: 'Joint', supervised: 'Supervised', late: 'Overdue', cards: 'Cards' },
  columns: { title: 'Matter', waits: 'Waits for', due: 'Limit', place: 'Where', filed: 'Filed', number: 'Number', act: 'To do' },
  waits: { sign: 'Signing', reply: 'Reply', joint: 'Joint reply', decision: 'A decision', explanation: 'An explanation' },
  signed: (number: string) => `Signed ${number}`,
  empty: {
    all: 'Nothing waits for your unit',
    sign: 'Nothing waits to be signed',
    inHand: 'Nothing is in hand',
    joint: 'No joint reply is waited for',
    supervised: 'No supervision waits to be answered',
    late: 'Nothing is overdue',
  },
  emptyHint: 'What the hotline dispatches to you is listed here, what is due first at the top.',
  tooMany: (most: number) => `Only the ${most} that are due first are shown.`,
}

export const words = spoken({ zh, en })
