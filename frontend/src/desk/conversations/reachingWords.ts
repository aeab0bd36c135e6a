import { spoken } from '../preferences'

const zh = {
  bot: '机器人',
  find: '手机号、名字后四位、工单号',
  findLabel: '找会话',
  botAbout: '机器人在接待的，最近有动静的在最上面。打开就能看，要您来就接手。',
  refresh: '刷新',
  found: (count: number, text: string) => `“${text}”找到${count}个会话`,
  leave: '回到列表',
  noneBot: '机器人手上没有会话',
  noneBotHint: '市民说的话先由机器人回答，没有转人工的、结束了的，都在这里。',
  noneFound: (text: string) => `没有找到“${text}”的会话`,
  noneFoundHint: '可以写完整的手机号、列表里名字的后四位（例如 3F2A），或者工单号。别的单位在接待的、不让您看的，这里也找不到。',
  goTo: '看那时候说的话',
  goToDay: '看哪一天说的',
}

const en: typeof zh = {
  bot: 'With the bot',
  find: 'Phone, end of the name, ticket number',
  findLabel: 'Find a conversation',
  botAbout: 'What the bot is answering, the latest first. Open one to read it; take it if you are needed.',
  refresh: 'Refresh',
  found: (count: number, text: string) => `${count} ${count === 1 ? 'conversation' : 'conversations'} for “${text}”`,
  leave: 'Back to the list',
  noneBot: 'The bot has no conversations',
  noneBotHint: 'The bot answers first. Whatever did not go to a person, or was closed, is here.',
  noneFound: (text: string) => `No conversation for “${text}”`,
  noneFoundHint: 'Write a whole phone number, the last four characters of a name in the lists (such as 3F2A), or a ticket number. What others have and you may not see is not found here either.',
  goTo: 'See what was said then',
  goToDay: 'See what was said on',
}

export const words = spoken({ zh, en })
