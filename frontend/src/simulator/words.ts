/** Every word of the demo page that is not a message. Chinese first; English says the same, not more. */
import type { Language } from '@/chat/words'
import type { PhoneKind } from './events'

export interface Words {
  title: string
  demo: string
  chatPage: string
  guide: string
  heading: string
  about: string
  stays: string
  tryThese: string
  /** What to try: a sentence, what is said, and on which phone; said in Chinese, which is what the hotline answers. */
  tries: readonly { what: string; says: string; on: PhoneKind }[]
  more: readonly string[]
  phone: Record<PhoneKind, string>
  tab: Record<PhoneKind, string>
  news: (count: number) => string
  off: string
  offNow: string
  following: string
  opening: string
  away: string
  renewed: string
  optedOut: string
  /** What a follower did beside writing, by the platform's name for it. */
  did: Readonly<Record<string, string>>
  pressed: (item: string) => string
  account: string
  follow: string
  followFirst: string
  emptyWeChat: (menu: boolean) => string
  emptySms: string
  conversation: string
  newMessages: string
  me: string
  hotline: string
  sending: string
  delivered: string
  failed: string
  failedToMe: string
  colon: string
  /** What the carrier's codes mean, https://www.twilio.com/docs/api/errors */
  reasons: Readonly<Record<string, string>>
  image: string
  voice: string
  place: string
  compose: string
  placeholder: string
  send: string
  menu: string
  toMenu: string
  toKeyboard: string
  plus: string
  picture: string
  samplePicture: string
  sendPlace: string
  sendVoice: string
  voiceLabel: string
  voiceHint: string
  cost: (length: number, segments: number) => string
  notSent: string
  notPicture: string
  tooLong: string
}

/** The place the demo sends: a crossing everybody in the city knows. */
export const PLACE = { latitude: 23.0205, longitude: 113.7518, label: '东莞市南城街道鸿福路' }

const zh: Words = {
  title: '演示 · 一线 12345',
  demo: '演示',
  chatPage: '网页对话',
  guide: '说明',
  heading: '两部手机，一条热线',
  about: '一部用微信，一部发短信。您在上面说的话由模拟的平台签好名送到热线，热线的答复再回到手机上，走的路和真的一样。',
  stays: '这是演示：不用账号，也不花钱。没有一条会发到真的微信或运营商，都留在运行演示的这台机器上。',
  tryThese: '可以这样试',
  tries: [
    { what: '问一件事', says: '社保卡丢了怎么补办', on: 'wechat' },
    { what: '找人工客服', says: '转人工', on: 'wechat' },
    { what: '用短信问', says: '公积金怎么提取', on: 'sms' },
    { what: '退订短信', says: 'TD', on: 'sms' },
  ],
  more: [
    '打开短信手机的“关机”，再说一句，看热线送不到时怎么记、怎么办。',
    '取消关注微信，再重新关注。',
    '点微信的“＋”，发图片、位置和语音。',
  ],
  phone: { wechat: '微信手机', sms: '短信手机' },
  tab: { wechat: '微信', sms: '短信' },
  news: (count) => `${count}条新消息`,
  off: '关机',
  offNow: '这部手机现在收不到消息。仍可替它说一句，看看热线送不到时怎么办。',
  following: '关注',
  opening: '正在打开手机',
  away: '模拟器没有回应，正在重试。',
  renewed: '原来的手机已经不在了（模拟器重新启动过），这是一部新的。',
  optedOut: '这个号码已经退订，收不到热线的短信。回复 START 可以恢复。',
  did: { subscribe: '您关注了公众号', unsubscribe: '您取消了关注' },
  pressed: (item) => `您点了“${item}”`,
  account: '一线 12345',
  follow: '关注公众号',
  followFirst: '没有关注，不能对话。',
  emptyWeChat: (menu) => `写一句话，比如“身份证丢了怎么补办”。${menu ? '\n左下角有菜单。' : ''}`,
  emptySms: '写一条短信，比如“公积金怎么提取”。',
  conversation: '对话',
  newMessages: '有新消息',
  me: '您',
  hotline: '热线',
  sending: '发送中',
  delivered: '已送达',
  failed: '没发出去',
  failedToMe: '没送到这部手机',
  colon: '：',
  reasons: {
    '30003': '关机或没信号',
    '30004': '被拦下了',
    '30005': '没有这个号码',
    '30006': '座机收不了短信',
    '30007': '被运营商拦下了',
    '30008': '运营商没说原因',
  },
  image: '图片',
  voice: '语音',
  place: '位置',
  compose: '写消息',
  placeholder: '写一句话',
  send: '发送',
  menu: '公众号菜单',
  toMenu: '换成菜单',
  toKeyboard: '换成键盘',
  plus: '发图片、位置或语音',
  picture: '选图片',
  samplePicture: '示例图片',
  sendPlace: '位置：南城鸿福路',
  sendVoice: '语音',
  voiceLabel: '微信听出来的话',
  voiceHint: '写下您说的话',
  cost: (length, segments) => `${length}字 · ${segments}条`,
  notSent: '没能发出，请再试一次。',
  notPicture: '这张图片发不了，请换一张 JPG 或 PNG。',
  tooLong: '太长了，请分几次写。',
}

const en: Words = {
  title: 'Demo · Yixian 12345',
  demo: 'demo',
  chatPage: 'Web chat',
  guide: 'About',
  heading: 'Two phones, one hotline',
  about:
    'One phone has WeChat, the other sends texts. Simulated platforms sign what you say and deliver it to the hotline; its replies come back the same way the real ones would.',
  stays: 'This is a demo: no account, no cost. Nothing reaches the real WeChat or a carrier; it all stays on the machine that runs the demo.',
  tryThese: 'Things to try',
  tries: [
    { what: 'Replace a lost social security card', says: '社保卡丢了怎么补办', on: 'wechat' },
    { what: 'Ask for a person', says: '转人工', on: 'wechat' },
    { what: 'Ask by text about the housing fund', says: '公积金怎么提取', on: 'sms' },
    { what: 'Opt out of texts', says: 'TD', on: 'sms' },
  ],
  more: [
    'Switch the SMS phone off, say something, and see what the hotline does when it cannot deliver.',
    'Unfollow the WeChat account, then follow it again.',
    'Press “+” in WeChat to send a picture, a place or a voice message.',
  ],
  phone: { wechat: 'WeChat phone', sms: 'SMS phone' },
  tab: { wechat: 'WeChat', sms: 'SMS' },
  news: (count) => (count === 1 ? '1 new message' : `${count} new messages`),
  off: 'Off',
  offNow: 'This phone receives nothing now. You can still speak for it and see what the hotline does.',
  following: 'Following',
  opening: 'Starting the phone',
  away: 'The simulator does not answer. Trying again.',
  renewed: 'The phone from before is gone (the simulator was restarted). This is a new one.',
  optedOut: 'This number has opted out and gets no texts. Reply START to undo it.',
  did: { subscribe: 'You followed the account', unsubscribe: 'You unfollowed the account' },
  pressed: (item) => `You pressed “${item}”`,
  account: '一线 12345',
  follow: 'Follow the account',
  followFirst: 'Follow the account to talk.',
  emptyWeChat: (menu) =>
    `Write something in Chinese, such as “身份证丢了怎么补办”.${menu ? '\nThe menu is at the lower left.' : ''}`,
  emptySms: 'Text the hotline in Chinese, such as “公积金怎么提取”.',
  conversation: 'Conversation',
  newMessages: 'New messages',
  me: 'You',
  hotline: 'Hotline',
  sending: 'Sending',
  delivered: 'Delivered',
  failed: 'Not sent',
  failedToMe: 'Did not reach this phone',
  colon: ': ',
  reasons: {
    '30003': 'it is off or has no signal',
    '30004': 'it was blocked',
    '30005': 'there is no such number',
    '30006': 'a landline takes no texts',
    '30007': 'the carrier blocked it',
    '30008': 'the carrier gave no reason',
  },
  image: 'Picture',
  voice: 'Voice message',
  place: 'Location',
  compose: 'Write a message',
  placeholder: 'Message',
  send: 'Send',
  menu: 'Account menu',
  toMenu: 'Show the menu',
  toKeyboard: 'Show the keyboard',
  plus: 'Send a picture, a place or a voice message',
  picture: 'Choose a picture',
  samplePicture: 'Sample picture',
  sendPlace: 'Place: Hongfu Road',
  sendVoice: 'Voice',
  voiceLabel: 'What WeChat heard',
  voiceHint: 'Write what you said',
  cost: (length, segments) => `${length} chars · ${segments} ${segments === 1 ? 'segment' : 'segments'}`,
  notSent: 'Could not be sent. Please try again.',
  notPicture: 'This picture cannot be sent. Please choose a JPG or PNG.',
  tooLong: 'Too long. Please send it in parts.',
}

export const words: Record<Language, Words> = { zh, en }
