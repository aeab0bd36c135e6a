/**
 * Why a message did not get through, by the platform's code or by ours, in both languages. A code that is not here is told
 * in the platform's own words.
 */
import { language } from './preferences'

type Both = readonly [zh: string, en: string]

export const REASONS: Readonly<Record<string, Both>> = {
  // Twilio: https://www.twilio.com/docs/api/errors
  '14107': ['发得太快，超出了速率限制', 'Sent too fast, over the rate limit'],
  '20003': ['短信账号或密钥不对', 'The SMS account or its password is wrong'],
  '20005': ['短信账号没有启用', 'The SMS account is not active'],
  '20404': ['短信账号或接口地址不存在', 'The SMS account or the address of the interface does not exist'],
  '20429': ['请求太多，平台要我们慢一点', 'Too many requests; the platform asks us to slow down'],
  '20500': ['平台内部出错', 'An error inside the platform'],
  '20503': ['平台暂时不可用', 'The platform is not available for now'],
  '21211': ['对方号码无效', 'The citizen’s number is not valid'],
  '21212': ['发送号码无效', 'Our number is not valid'],
  '21408': ['没有开通向这个地区发短信', 'Texts to this region are not enabled'],
  '21602': ['短信没有内容', 'The text says nothing'],
  '21603': ['没有指定发送号码', 'No number to send from was given'],
  '21604': ['没有指定对方号码', 'No number to send to was given'],
  '21606': ['发送号码不能发短信', 'Our number cannot send texts'],
  '21608': ['试用账号只能发给验证过的号码', 'A trial account sends to verified numbers only'],
  '21609': ['状态回调地址无效', 'The address for status reports is not valid'],
  '21610': ['对方退订了短信', 'The citizen has opted out of texts'],
  '21611': ['发送号码排队的短信已满', 'Too many texts already wait to leave our number'],
  '21612': ['发送号码发不到对方号码', 'Our number cannot reach the citizen’s'],
  '21614': ['对方号码不是手机号', 'The citizen’s number is not a mobile one'],
  '21617': ['短信超过1600字', 'The text is longer than 1,600 characters'],
  '21659': ['发送号码不属于这个平台', 'Our number is not one of the platform’s'],
  '21660': ['发送号码不属于这个账号', 'Our number does not belong to this account'],
  '21703': ['消息服务没有可用的发送号码', 'The messaging service has no number to send from'],
  '30001': ['平台的发送队列已满', 'The platform’s queue is full'],
  '30002': ['短信账号已停用', 'The SMS account is suspended'],
  '30003': ['对方手机暂时无法接通', 'The phone is off or has no signal'],
  '30004': ['短信被拦截', 'The text was blocked'],
  '30005': ['号码不存在或已停用', 'The number does not exist or is out of use'],
  '30006': ['对方是座机，或运营商送不到', 'A landline, or a carrier that cannot be reached'],
  '30007': ['短信被运营商过滤', 'The carrier filtered the text'],
  '30008': ['运营商没有说明原因', 'The carrier gave no reason'],
  '30022': ['超出运营商的速率限制', 'Over the carrier’s rate limit'],
  '63018': ['超出渠道的速率限制', 'Over the channel’s rate limit'],

  // WeChat: https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
  '-1': ['微信系统繁忙', 'WeChat is busy'],
  '40001': ['接口凭证或密钥不对', 'The access token or the secret is wrong'],
  '40003': ['微信不认得这位市民', 'WeChat does not know this citizen'],
  '40007': ['文件编号无效', 'The file’s id is not valid'],
  '40008': ['消息类型无效', 'The kind of message is not valid'],
  '40013': ['公众号的 AppID 不对', 'The account’s AppID is wrong'],
  '40014': ['接口凭证无效', 'The access token is not valid'],
  '40037': ['模板编号无效', 'The template is not valid'],
  '40125': ['公众号的 AppSecret 不对', 'The account’s AppSecret is wrong'],
  '40164': ['服务器地址不在公众号的白名单里', 'Our server’s address is not on the account’s allowlist'],
  '41001': ['缺少接口凭证', 'The access token is missing'],
  '42001': ['接口凭证已过期', 'The access token has expired'],
  '43004': ['对方没有关注公众号', 'The citizen does not follow the account'],
  '43019': ['对方在公众号的黑名单里', 'The account has blocked the citizen'],
  '43101': ['对方拒收这类消息', 'The citizen refuses such messages'],
  '44004': ['消息没有内容', 'The message says nothing'],
  '45002': ['消息太长', 'The message is too long'],
  '45009': ['今天的接口调用次数已用完', 'The day’s calls are used up'],
  '45011': ['这一分钟调用太频繁', 'Too many calls in this minute'],
  '45015': ['对方48小时内没有来过消息，不能再发', 'The citizen has not written for 48 hours, so nothing can be sent'],
  '45047': ['对方来消息后能发的条数已用完', 'All messages allowed since the citizen last wrote have been sent'],
  '45166': ['消息里有微信不允许的内容', 'WeChat does not allow what the message says'],
  '47001': ['微信读不懂消息的格式', 'WeChat could not read the message'],
  '47003': ['模板里有一项填得不对', 'A field of the template is not valid'],
  '48001': ['公众号没有这个接口的权限', 'The account has no permission for this'],
  '48002': ['对方关闭了公众号消息', 'The citizen has switched the account’s messages off'],
  '48004': ['公众号的这个接口被封禁', 'WeChat has banned the account from this'],
  '50002': ['公众号受到限制', 'The account is restricted'],
  '87014': ['微信认为消息内容有风险', 'WeChat found what the message says risky'],

  // ours
  opted_out: ['对方不想再收到消息', 'The citizen wants no more messages here'],
  empty: ['这条消息在对方的渠道上显示不了', 'Nothing in the message can be shown on this channel'],
  late: ['没来得及发出', 'There was no time left to send it'],
  no_answer: ['平台没有回应', 'The platform did not answer'],
  no_connection: ['连不上平台', 'The platform could not be reached'],
  no_token: ['平台没有给接口凭证', 'The platform gave no access token'],
  token_busy: ['正在取接口凭证', 'The access token is being fetched'],
  no_file: ['没有可取的文件', 'There is no file to fetch'],
  bad_address: ['地址不对，或不是平台的', 'The address is not valid, or not the platform’s'],
  redirected: ['平台转到了别的地址', 'The platform sent us on to another address'],
  too_large: ['内容太大', 'It is too large'],
  sender_lost: ['发到一半程序停了', 'The process that was sending it stopped'],
  store_unavailable: ['存储暂时连不上', 'A store could not be reached'],
  defect: ['我们的程序出了错', 'An error in our own program'],
  undelivered: ['平台没有说明原因', 'The platform gave no reason'],
  canceled: ['发出前被取消', 'Cancelled before it was sent'],
  // HTTP's
  '200': ['平台的回应读不懂', 'The platform’s answer could not be read'],
  '429': ['请求太多，平台要我们慢一点', 'Too many requests; the platform asks us to slow down'],
  // where there is no code, the kind of error
  ChannelError: ['平台没有收下', 'The platform did not take it'],
  TemporaryChannelError: ['平台暂时没有收下', 'The platform did not take it for now'],
  PermanentChannelError: ['平台拒绝了', 'The platform refused it'],
  Unreachable: ['在这个渠道上联系不到对方', 'The citizen cannot be reached here'],
  UncertainChannelError: ['不知道平台有没有收下', 'It is not known whether the platform took it'],
}

const STATUSES: Readonly<Record<string, Both>> = {
  '2': ['平台的回应读不懂', 'The platform’s answer could not be read'],
  '3': ['平台转到了别的地址', 'The platform sent us on to another address'],
  '4': ['平台拒绝了请求', 'The platform refused the request'],
  '5': ['平台出了故障', 'The platform is in trouble'],
}

export interface Given {
  code: string
  meaning: string
}

/** words: in the reader's language, where the code is known. code: to stand behind them, where they do not have it. */
export interface Reason {
  words: string
  code: string
}

/** What a person let go carries their own words. */
export function reason({ code, meaning }: Given): Reason {
  if (code === 'dropped') return { words: meaning, code: '' }
  const known = of(code)
  if (known) return { words: known[language.value === 'zh' ? 0 : 1], code }
  return { words: meaning || code, code: (meaning || code).includes(code) ? '' : code }
}

function of(code: string): Both | undefined {
  if (Object.hasOwn(REASONS, code)) return REASONS[code]
  return /^[1-5]\d\d$/.test(code) ? STATUSES[code.charAt(0)] : undefined
}
